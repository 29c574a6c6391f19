package org.hostmem.vfio.file;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.hostmem.CacheMode;
import org.hostmem.RegionCapabilities.Area;
import org.hostmem.vfio.DriverTable.SystemCalls;
import org.hostmem.vfio.RegionInfo;
import org.hostmem.vfio.VfioException;
import org.hostmem.vfio.linux.Descriptor;
import org.hostmem.vfio.linux.Errno;
import org.hostmem.vfio.linux.FileStatus;
import org.hostmem.vfio.linux.Mapping;
import org.hostmem.vfio.linux.Opening;
import org.hostmem.vfio.linux.Syscalls;
import org.hostmem.vfio.region.DeviceFile;
import org.hostmem.vfio.region.Extent;
import org.hostmem.vfio.region.FileFacts;
import org.hostmem.vfio.region.Report;
import org.jspecify.annotations.Nullable;

/**
 * A file, or memory that has a descriptor ({@code memfd}), as a device with one region. Mappings are pages of the
 * kernel's page cache.
 */
public final class HostFile implements DeviceFile {

    public static final String DRIVER = "file";

    private static final FileFacts NORMAL = new FileFacts(
            CacheMode.NORMAL,
            SystemCalls.UNKNOWN,
            "by construction: a mapping of a file has the pages of the page cache, whose protection the kernel does"
                    + " not change (mm/filemap.c, mm/shmem.c)");

    private final Syscalls syscalls;
    private final String name;
    private final Descriptor descriptor;
    private final long size;
    private final boolean writable;

    private HostFile(Syscalls syscalls, String name, int fd, long size, boolean writable) {
        this.syscalls = syscalls;
        this.name = name;
        this.descriptor = new Descriptor(syscalls, fd);
        this.size = size;
        this.writable = writable;
    }

    /** The errors with which a file can still be opened for reading. */
    private static final Set<Integer> READ_ONLY = Set.of(Errno.EACCES, Errno.EPERM, Errno.EROFS, Errno.ETXTBSY);

    /**
     * Opens a file for writing if this process may write it, and otherwise for reading. It first gets a descriptor that
     * does not open the file ({@code O_PATH}), to find out its kind. Opening a device can already start a watchdog,
     * rewind a tape, or wake a process that waits at a pipe. Then it opens that descriptor. So a new file at the same
     * path makes no difference.
     *
     * @throws VfioException if it cannot be opened, or has no contents
     */
    public static HostFile open(Syscalls syscalls, Path path) {
        int looked = syscalls.openAsPath(path.toString());
        if (looked < 0) {
            throw refused(path, looked);
        }
        try {
            FileStatus status = FileStatus.of(looked, path.toString());
            if (status.isFolder()) {
                throw refused(path, -Errno.EISDIR);
            }
            checkContents(status, path.toString());
            return reopened(syscalls, path, "/proc/self/fd/" + looked);
        } finally {
            syscalls.close(looked);
        }
    }

    private static HostFile reopened(Syscalls syscalls, Path path, String file) {
        int forWriting = syscalls.open(file);
        boolean writable = !READ_ONLY.contains(-forWriting);
        int fd = writable ? forWriting : syscalls.openForReading(file);
        if (fd == -Errno.ENOENT) {
            throw new VfioException(
                    path + " could not be opened, because /proc is not there: mount it (mount -t proc proc /proc)");
        }
        if (fd < 0) {
            throw refused(path, fd);
        }
        try {
            return of(syscalls, path.toString(), fd, writable);
        } catch (VfioException refused) {
            syscalls.close(fd);
            throw refused;
        }
    }

    private static VfioException refused(Path path, int result) {
        return new VfioException(path + ": "
                + switch (-result) {
                    case Errno.ENOENT -> "there is no such file";
                    case Errno.EISDIR -> "is a folder; of folders only those of PCI devices below /sys can be opened";
                    case Errno.EACCES, Errno.EPERM -> "this user may not read it";
                    default -> Errno.name(result) + Opening.advice(result);
                });
    }

    private static void checkContents(FileStatus status, String name) {
        if (!status.isContents()) {
            throw new VfioException(name + " is " + status.typeName()
                    + ": it must be a file with contents, a memfd, a resource file of a PCI device below /sys, "
                    + "or a VFIO device by its address or descriptor");
        }
    }

    /**
     * Takes over a descriptor.
     *
     * @throws VfioException if the file has no contents; the caller then still owns the descriptor
     */
    public static HostFile of(Syscalls syscalls, String name, int fd, boolean writable) {
        FileStatus status = FileStatus.of(fd, name);
        checkContents(status, name);
        if (status.size() == 0) {
            throw new VfioException(name
                    + " is empty: give it its size first (truncate -s 1M). If the output of this command goes"
                    + " to the same file, the shell has emptied it: send it elsewhere");
        }
        return new HostFile(syscalls, name, fd, status.size(), writable);
    }

    @Override
    public String way() {
        return "mapped file";
    }

    @Override
    public Optional<FileFacts> fileFacts(int index) {
        return Optional.of(NORMAL);
    }

    @Override
    public List<Integer> descriptors() {
        return List.of(descriptor.number());
    }

    @Override
    public List<Extent> extents(RegionInfo region) {
        return Extent.file(descriptor.number(), 0, 0, size);
    }

    @Override
    public int regionCount() {
        return 1;
    }

    @Override
    public boolean resettable() {
        return false;
    }

    @Override
    public @Nullable ByteBuffer regionInfo(int index) {
        int flags = RegionInfo.FLAG_READ | RegionInfo.FLAG_MMAP | (writable ? RegionInfo.FLAG_WRITE : 0);
        return index == 0 ? new Report(0, flags, size, 0).bytes() : null;
    }

    @Override
    public int pageSize() {
        return syscalls.pageSize();
    }

    @Override
    public long read(RegionInfo region, long offset, MemorySegment ram, int count) {
        return descriptor.use(fd -> syscalls.pread(fd, ram, count, offset));
    }

    @Override
    public long write(RegionInfo region, long offset, MemorySegment ram, int count) {
        return descriptor.use(fd -> syscalls.pwrite(fd, ram, count, offset));
    }

    @Override
    public Mapping map(RegionInfo region, Area area, int protection) {
        long mapped = descriptor.use(fd -> syscalls.map(fd, area.offset(), area.size(), protection));
        if (mapped < 0) {
            throw new VfioException("cannot map " + name + ": " + Errno.name(mapped)
                    + (mapped != -Errno.EACCES
                            ? Opening.advice(mapped)
                            : ": it is open for another purpose than "
                                    + ((protection & Syscalls.PROT_WRITE) == 0 ? "reading" : "reading and writing")));
        }
        return new Mapping(syscalls, mapped, area.size(), protection);
    }

    @Override
    public int reset() {
        return -Errno.EINVAL;
    }

    @Override
    public void close() {
        descriptor.close();
    }
}
