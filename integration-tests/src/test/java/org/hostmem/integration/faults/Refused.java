package org.hostmem.integration.faults;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.TreeSet;
import java.util.zip.Inflater;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.HostMemoryException;
import org.hostmem.TransferOrder;
import org.hostmem.cli.Main;
import org.hostmem.guest.GuestRam;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.EmbeddedDevice;

/**
 * Run in a JVM of its own, in a sandbox that is there already or that it puts itself into: opens memory and a device,
 * uses them, and prints what it got; or does what the command line does. The arguments: {@code as-it-is} or what to
 * forbid first, and maybe those of the command line.
 */
public final class Refused {

    private static final int PR_SET_NO_NEW_PRIVS = 38;
    private static final int PR_SET_MDWE = 65;
    private static final long SYS_SECCOMP = 317;
    private static final int SYS_MEMFD_CREATE = 319;
    private static final int SYS_GETTID = 186;
    private static final int SYS_MMAP = 9;
    private static final int SYS_MPROTECT = 10;
    private static final int SET_MODE_FILTER = 1;
    private static final int ALL_THREADS = 1;
    private static final int EPERM = 1;
    private static final int EACCES = 13;
    private static final int EMFILE = 24;

    private static final int PAGE = 4096;
    private static final int READ = 1;
    private static final int EXECUTE = 4;
    private static final int PRIVATE = 2;
    private static final int ANONYMOUS = 0x20;

    private static final int LOAD = 0x20;
    private static final int IF_EQUAL = 0x15;
    private static final int IF_SET = 0x45;
    private static final int RETURN = 0x06;
    private static final int ALLOW = 0x7fff0000;
    private static final int ERRNO = 0x00050000;
    private static final int NUMBER = 0;
    private static final int PROTECTION = 32;
    private static final int FLAGS = 40;

    private Refused() {}

    /** Exits with 0 if everything that is promised was held. */
    public static void main(String[] what) throws Exception {
        new Inflater().end(); // The JVM maps its library for jars when it first needs it, which may be after this.
        switch (what[0]) {
            case "memfd" ->
                forbid(
                        LOAD,
                        0,
                        0,
                        NUMBER,
                        IF_EQUAL,
                        0,
                        1,
                        SYS_MEMFD_CREATE,
                        RETURN,
                        0,
                        0,
                        ERRNO | EPERM,
                        RETURN,
                        0,
                        0,
                        ALLOW);
            case "gettid" ->
                forbid(
                        LOAD,
                        0,
                        0,
                        NUMBER,
                        IF_EQUAL,
                        0,
                        1,
                        SYS_GETTID,
                        RETURN,
                        0,
                        0,
                        ERRNO | EPERM,
                        RETURN,
                        0,
                        0,
                        ALLOW);
            case "descriptors" ->
                forbid(
                        LOAD,
                        0,
                        0,
                        NUMBER,
                        IF_EQUAL,
                        0,
                        1,
                        SYS_MEMFD_CREATE,
                        RETURN,
                        0,
                        0,
                        ERRNO | EMFILE,
                        RETURN,
                        0,
                        0,
                        ALLOW);
            // shared and executable, which the JVM itself never asks for
            case "mmap" -> forbidSharedExecutable(EPERM);
            case "selinux" -> forbidSharedExecutable(EACCES);
            // executable in any way, for a JVM that has mapped all of its own code
            case "any-mmap" -> forbidExecutable(SYS_MMAP);
            case "mprotect" -> forbidExecutable(SYS_MPROTECT);
            case "write-and-execute" -> {
                if ((int) Native.call("prctl", PR_SET_MDWE, 1) != 0) {
                    System.out.println("no such kernel");
                    System.exit(77);
                }
            }
            default -> {}
        }
        if (what.length > 1) {
            Main.main(Arrays.copyOfRange(what, 1, what.length));
        }
        boolean works = memory();
        System.out.println("code: "
                + Files.readAllLines(Path.of("/proc/self/maps")).stream()
                        .filter(line -> line.contains("hostmem-code"))
                        .map(line -> line.split(" ")[1])
                        .distinct()
                        .toList());
        device();
        System.exit(works ? 0 : 1);
    }

    private static boolean memory() {
        MemorySegment memory = Arena.global().allocate(4096, 64);
        HostMemoryAccessor region = TruncatedFile.accessor(memory);
        System.out.println("rules: " + region.rules().isa());
        System.out.println("notes: " + region.rules().notes());
        System.out.println("guarantees: " + new TreeSet<>(region.guarantees()));
        byte[] out = new byte[200];
        Arrays.fill(out, (byte) 7);
        byte[] in = new byte[200];
        region.writeBytes(3, out, 0, 200);
        region.readBytes(3, MemorySegment.ofArray(in), 0, 200, TransferOrder.ASCENDING);
        region.writeLong(1024, 0x0123456789abcdefL);
        boolean works = Arrays.equals(in, out)
                && region.readLong(1024) == 0x0123456789abcdefL
                && memory.get(ValueLayout.JAVA_BYTE, 202) == 7
                && memory.get(ValueLayout.JAVA_BYTE, 203) == 0;
        System.out.println("memory: " + (works ? "works" : "does not work"));
        return works && guestRam();
    }

    private static boolean guestRam() {
        try (HostMemoryAccessor ram = GuestRam.open(1 << 20)) {
            ram.writeInt(0xffffc, 0x01234567);
            boolean works = ram.readLong(0xffff8) == 0x01234567_0000_0000L;
            System.out.println("RAM: " + (works ? "works" : "does not work"));
            return works;
        }
    }

    private static void device() {
        try (Device device = EmbeddedDevice.open()) {
            int id = device.region(EmbeddedDevice.REGISTERS)
                    .open(org.hostmem.AccessOptions.DEFAULT)
                    .readInt(0);
            System.out.println("device: " + (id == EmbeddedDevice.ID ? "works" : "does not work"));
        } catch (HostMemoryException refused) {
            System.out.println("device: " + refused.getMessage());
        }
    }

    private static void forbidSharedExecutable(int errno) {
        forbid(
                LOAD,
                0,
                0,
                NUMBER,
                IF_EQUAL,
                0,
                5,
                SYS_MMAP,
                LOAD,
                0,
                0,
                PROTECTION,
                IF_SET,
                0,
                3,
                4,
                LOAD,
                0,
                0,
                FLAGS,
                IF_SET,
                0,
                1,
                1,
                RETURN,
                0,
                0,
                ERRNO | errno,
                RETURN,
                0,
                0,
                ALLOW);
    }

    private static void forbidExecutable(int systemCall) throws IOException {
        Refused.class.getClassLoader().getResources("libraries of the JDK's own that are loaded late");
        forbid(
                LOAD,
                0,
                0,
                NUMBER,
                IF_EQUAL,
                0,
                3,
                systemCall,
                LOAD,
                0,
                0,
                PROTECTION,
                IF_SET,
                0,
                1,
                4,
                RETURN,
                0,
                0,
                ERRNO | EACCES,
                RETURN,
                0,
                0,
                ALLOW);
        long page = Native.call("mmap", 0, PAGE, READ, PRIVATE | ANONYMOUS, -1, 0);
        long result = systemCall == SYS_MMAP
                ? Native.call("mmap", 0, PAGE, READ | EXECUTE, PRIVATE | ANONYMOUS, -1, 0)
                : (int) Native.call("mprotect", page, PAGE, READ | EXECUTE);
        if (result != -1) {
            throw new IllegalStateException("the filter forbids nothing");
        }
    }

    /** A program for the kernel's filter of system calls, as the words code, jump if true, jump if false, operand. */
    private static void forbid(int... program) {
        if ((int) Native.call("prctl", PR_SET_NO_NEW_PRIVS, 1) != 0) {
            throw new IllegalStateException("PR_SET_NO_NEW_PRIVS");
        }
        MemorySegment filter = Arena.global().allocate(program.length * 2L, 8);
        for (int i = 0; i < program.length; i += 4) {
            filter.set(ValueLayout.JAVA_SHORT, i * 2L, (short) program[i]);
            filter.set(ValueLayout.JAVA_BYTE, i * 2L + 2, (byte) program[i + 1]);
            filter.set(ValueLayout.JAVA_BYTE, i * 2L + 3, (byte) program[i + 2]);
            filter.set(ValueLayout.JAVA_INT, i * 2L + 4, program[i + 3]);
        }
        MemorySegment head = Arena.global().allocate(16, 8);
        head.set(ValueLayout.JAVA_SHORT, 0, (short) (program.length / 4));
        head.set(ValueLayout.JAVA_LONG, 8, filter.address());
        if ((int) Native.call("syscall", SYS_SECCOMP, SET_MODE_FILTER, ALL_THREADS, head.address()) != 0) {
            throw new IllegalStateException("seccomp");
        }
    }
}
