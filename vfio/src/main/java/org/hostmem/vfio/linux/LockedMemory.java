package org.hostmem.vfio.linux;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The limit of locked memory, and how much of it this process uses. */
public final class LockedMemory {

    private static final Path LIMITS = Path.of("/proc/self/limits");
    private static final Path STATUS = Path.of("/proc/self/status");

    private static final MemorySegment MLOCK = Linux.function("mlock");
    private static final MemorySegment MUNLOCK = Linux.function("munlock");

    private LockedMemory() {}

    public static int lock(long address, long size) {
        return Linux.callInt(MLOCK, address, size, 0, 0);
    }

    public static int unlock(long address, long size) {
        return Linux.callInt(MUNLOCK, address, size, 0, 0);
    }

    /** The message if the limit is exceeded. */
    public static String refusal(String what, long size) {
        return what + " needs " + kib(size) + " more of locked memory; this process may lock " + limit()
                + " (RLIMIT_MEMLOCK), and has locked " + used()
                + ". Raise the limit: ulimit -l KIB in the shell that starts it, LimitMEMLOCK= in systemd,"
                + " --ulimit memlock= of a container; or give the process CAP_IPC_LOCK."
                + " iommufd counts all processes of a user together";
    }

    private static String kib(long bytes) {
        return (bytes + 1023) / 1024 + " KiB";
    }

    private static String limit() {
        for (String line : lines(LIMITS)) {
            if (line.startsWith("Max locked memory")) {
                String soft =
                        line.substring("Max locked memory".length()).strip().split("\\s+", 2)[0];
                return soft.matches("[0-9]+") ? kib(Long.parseLong(soft)) : soft;
            }
        }
        return "an unknown amount";
    }

    private static String used() {
        String locked = "an unknown amount";
        String pinned = "";
        for (String line : lines(STATUS)) {
            if (line.startsWith("VmLck:")) {
                locked = line.substring("VmLck:".length()).strip().replace("kB", "KiB");
            } else if (line.startsWith("VmPin:")) {
                pinned = " and pinned "
                        + line.substring("VmPin:".length()).strip().replace("kB", "KiB");
            }
        }
        return locked + pinned;
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException unreadable) {
            return List.of();
        }
    }
}
