package org.hostmem.vfio.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import org.hostmem.vfio.VfioException;

/**
 * The kind of file of a descriptor.
 *
 * @param mode type and permissions, as {@code stat} has them
 * @param size in bytes
 * @param fileSystem the magic number of its file system
 */
public record FileStatus(int mode, long size, long fileSystem) {

    private static final int TYPE = 0xf000;
    private static final int REGULAR = 0x8000;
    private static final int CHARACTER_DEVICE = 0x2000;
    private static final int FOLDER = 0x4000;
    private static final int SOCKET = 0xc000;
    /** The file system of descriptors without a name, such as those of VFIO. */
    private static final int ANONYMOUS = 0;

    private static final long SYSFS = 0x62656572;
    /** sysfs, proc, debugfs, tracefs, configfs, securityfs: code of the kernel answers reads of these files. */
    private static final Set<Long> MADE_UP = Set.of(SYSFS, 0x9fa0L, 0x64626720L, 0x74726163L, 0x62656570L, 0x73636673L);

    /** {@code struct statx}, alike everywhere: u16 mode 28, u64 size 40. */
    private static final int STATX_SIZE = 256;

    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int STATX_BASIC = 0x7ff;
    /** {@code struct statfs}: the type is the first long. */
    private static final int STATFS_SIZE = 128;

    private static final MemorySegment STATX = Linux.function("statx");
    private static final MemorySegment FSTATFS = Linux.function("fstatfs");

    /**
     * Asks the kernel.
     *
     * @param name of the file, for messages
     * @throws VfioException if it is not a descriptor
     */
    public static FileStatus of(int fd, String name) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment statx = arena.allocate(STATX_SIZE, 8);
            MemorySegment statfs = arena.allocate(STATFS_SIZE, 8);
            long empty = arena.allocateFrom("").address();
            int result = Linux.callInt(STATX, fd, empty, AT_EMPTY_PATH, STATX_BASIC, statx.address());
            if (result == -Errno.EBADF) {
                throw new VfioException(name
                        + ": EBADF: this process has no such descriptor open; was it inherited, and not closed"
                        + " on the way?");
            }
            Opening.checked(result, name);
            Opening.checked(Linux.callInt(FSTATFS, fd, statfs.address(), 0, 0, 0), name);
            return new FileStatus(
                    Short.toUnsignedInt(statx.get(JAVA_SHORT, 28)), statx.get(JAVA_LONG, 40), statfs.get(JAVA_LONG, 0));
        }
    }

    public boolean isRegular() {
        return (mode & TYPE) == REGULAR;
    }

    /** Whether the file has bytes that were written, in memory or on a disk. */
    public boolean isContents() {
        return isRegular() && !MADE_UP.contains(fileSystem);
    }

    public boolean isFolder() {
        return (mode & TYPE) == FOLDER;
    }

    public boolean isSocket() {
        return (mode & TYPE) == SOCKET;
    }

    public boolean isSysfs() {
        return isRegular() && fileSystem == SYSFS;
    }

    public boolean canBeVfioDevice() {
        return (mode & TYPE) == CHARACTER_DEVICE || (mode & TYPE) == ANONYMOUS;
    }

    /** The type, for people. */
    public String typeName() {
        return switch (mode & TYPE) {
            case 0x1000 -> "a pipe";
            case CHARACTER_DEVICE -> "a character device";
            case FOLDER -> "a folder";
            case 0x6000 -> "a block device";
            case REGULAR -> isContents() ? "a file" : "a file that the kernel makes up";
            case SOCKET -> "a socket";
            default -> "something anonymous";
        };
    }
}
