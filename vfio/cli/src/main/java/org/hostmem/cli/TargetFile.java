package org.hostmem.cli;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.VfioException;

/**
 * The file that a dump is written to. It is opened before the device is read, and keeps its old contents until the
 * first bytes were read. So a request that is refused, or faults at once, destroys nothing. It is never the memory that
 * is read, under any name.
 */
final class TargetFile implements Closeable {

    private static final Path STANDARD_OUTPUT = Path.of("/proc/self/fd/1");
    private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");

    private static final int TYPE = 0xf000;
    private static final int BLOCK_DEVICE = 0x6000;
    private static final int CHARACTER_DEVICE = 0x2000;
    /**
     * {@code null}, {@code zero} and {@code full}, which are memory's (major 1), and the majors of terminals:
     * Documentation/admin-guide/devices.txt.
     */
    private static final Set<Long> SINKS = Set.of(device(1, 3), device(1, 5), device(1, 7));

    private static final Set<Long> TERMINALS = Set.of(4L, 5L, 136L, 137L, 138L, 139L, 140L, 141L, 142L, 143L);

    /** File systems whose files are code of the kernel. */
    private static final Set<String> MADE_UP =
            Set.of("sysfs", "proc", "debugfs", "tracefs", "configfs", "securityfs", "cgroup", "cgroup2", "efivarfs");

    private final Path file;
    private final FileChannel channel;
    private final boolean isNew;
    private long written;
    private boolean emptied;

    private TargetFile(Path file, FileChannel channel, boolean isNew) {
        this.file = file;
        this.channel = channel;
        this.isNew = isNew;
    }

    /**
     * Opens it, and makes it if it is not there.
     *
     * @throws VfioException if it is memory of the device, or a device itself: it is as it was
     * @throws IOException if it cannot be written
     */
    static TargetFile open(Path file, Device source) throws IOException {
        boolean isNew = !Files.exists(file, LinkOption.NOFOLLOW_LINKS);
        Object before = Files.exists(file) ? checked(file, source) : null;
        FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
        try {
            // What was opened is what was looked at; what was not there then is looked at now.
            Object opened = checked(file, source);
            if (before != null && !before.equals(opened)) {
                throw new FileSystemException(
                        file.toString(), null, "became another file while it was opened; nothing was written");
            }
            return new TargetFile(file, channel, isNew);
        } catch (IOException | RuntimeException refused) {
            channel.close();
            throw refused;
        }
    }

    /** Refuses what must not be written; the identity of the rest. */
    private static Object checked(Path file, Device source) throws IOException {
        if (isMemoryOf(source, file)) {
            throw new VfioException(file + overwrites(source));
        }
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        if (attributes.isDirectory()) {
            throw new FileSystemException(file.toString(), null, "is a folder; give the name of a file");
        }
        if (attributes.isRegularFile() ? isMadeUp(file) : isDevice(file)) {
            throw new FileSystemException(
                    file.toString(),
                    null,
                    "is a device or a file of the kernel's; nothing was written. Give an ordinary file; 'hostmem copy'"
                            + " writes to devices");
        }
        if (OwnFiles.has(file)) {
            throw new FileSystemException(
                    file.toString(),
                    null,
                    "is a file that this program runs from; nothing was written. Give another file");
        }
        return attributes.fileKey();
    }

    private static boolean isMemoryOf(Device device, Path file) {
        return device.regions().stream().anyMatch(region -> region.isIn(file));
    }

    /**
     * Refuses a device whose memory is where this process prints.
     *
     * @throws OutputException if it is: nothing is printed, for it would be printed there
     */
    static void refuseStandardOutput(Device device) {
        if (isMemoryOf(device, STANDARD_ERROR)) {
            throw new OutputException("standard error" + overwrites(device), false);
        }
        if (isMemoryOf(device, STANDARD_OUTPUT)) {
            throw new OutputException("standard output" + overwrites(device), true);
        }
    }

    /**
     * Refuses a file that this process prints to.
     *
     * @throws FileSystemException if it is an ordinary file, in which both would be mixed
     */
    static void refuseStreams(Path file, boolean printsResults) throws FileSystemException {
        for (Path stream : printsResults ? List.of(STANDARD_OUTPUT, STANDARD_ERROR) : List.of(STANDARD_ERROR)) {
            if (isSameFile(file, stream)) {
                throw new FileSystemException(
                        file.toString(),
                        null,
                        "is the file to which this command prints as well; nothing was written. Give another file");
            }
        }
    }

    private static boolean isSameFile(Path file, Path stream) {
        try {
            return Files.isRegularFile(stream) && Files.isSameFile(file, stream);
        } catch (IOException absent) {
            return false;
        }
    }

    private static String overwrites(Device device) {
        return " is the same file as " + device.address()
                + ", whose memory it would overwrite: nothing was read or written. Give another file";
    }

    private static boolean isMadeUp(Path file) {
        try {
            return MADE_UP.contains(Files.getFileStore(file).type());
        } catch (IOException nowhere) {
            return false; // as a file that has no name any more
        }
    }

    private static boolean isDevice(Path file) throws IOException {
        Map<String, Object> attributes = Files.readAttributes(file, "unix:mode,rdev");
        int type = (int) Objects.requireNonNull(attributes.get("mode")) & TYPE;
        long device = (long) Objects.requireNonNull(attributes.get("rdev"));
        boolean isSink = SINKS.contains(device) || TERMINALS.contains(device >> 8 & 0xfff);
        return type == BLOCK_DEVICE || (type == CHARACTER_DEVICE && !isSink);
    }

    /** As the C library numbers devices with small numbers. */
    private static long device(long major, long minor) {
        return major << 8 | minor;
    }

    long written() {
        return written;
    }

    /** Appends; the first bytes empty the file. */
    void write(byte[] bytes, int length) throws IOException {
        if (length > 0) {
            try {
                empty();
                ByteBuffer rest = ByteBuffer.wrap(bytes, 0, length);
                while (rest.hasRemaining()) {
                    written += channel.write(rest);
                }
            } catch (IOException failed) {
                throw new FileSystemException(file.toString(), null, failed.getMessage());
            }
        }
    }

    private void empty() throws IOException {
        if (!emptied && Files.isRegularFile(file)) {
            channel.truncate(0);
        }
        emptied = true;
    }

    /** All is read: nothing of the old contents stays even if that was nothing. */
    void finish() throws IOException {
        empty();
    }

    /** Leaves no empty file behind where there was none and nothing came. */
    @Override
    public void close() throws IOException {
        channel.close();
        if (isNew && !emptied) {
            Files.deleteIfExists(file);
        }
    }
}
