package org.hostmem.vfio;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.hostmem.vfio.linux.Linux;
import org.hostmem.vfio.linux.Syscalls;

/** The real system calls on a host whose pages are said to have another size; writes down each mapping. */
final class OtherPages implements Syscalls {

    final List<String> mappings = new ArrayList<>();
    /** Of mappings; 0 for none. */
    int refusal;

    private final int pageSize;

    OtherPages(int pageSize) {
        this.pageSize = pageSize;
    }

    @Override
    public int pageSize() {
        return pageSize;
    }

    @Override
    public long map(int fd, long offset, long size, int protection) {
        mappings.add("0x" + Long.toHexString(size) + "@0x" + Long.toHexString(offset));
        return refusal != 0 ? refusal : Linux.INSTANCE.map(fd, offset, size, protection);
    }

    @Override
    public int open(String path) {
        return Linux.INSTANCE.open(path);
    }

    @Override
    public int openForReading(String path) {
        return Linux.INSTANCE.openForReading(path);
    }

    @Override
    public int openAsPath(String path) {
        return Linux.INSTANCE.openAsPath(path);
    }

    @Override
    public int close(int fd) {
        return Linux.INSTANCE.close(fd);
    }

    @Override
    public int ioctl(int fd, int request, MemorySegment argument) {
        return Linux.INSTANCE.ioctl(fd, request, argument);
    }

    @Override
    public int ioctl(int fd, int request, long argument) {
        return Linux.INSTANCE.ioctl(fd, request, argument);
    }

    @Override
    public long pread(int fd, MemorySegment ram, long count, long offset) {
        return Linux.INSTANCE.pread(fd, ram, count, offset);
    }

    @Override
    public long pwrite(int fd, MemorySegment ram, long count, long offset) {
        return Linux.INSTANCE.pwrite(fd, ram, count, offset);
    }

    @Override
    public long mapOver(long address, int fd, long offset, long size, int protection) {
        return Linux.INSTANCE.mapOver(address, fd, offset, size, protection);
    }

    @Override
    public long reserve(long address, long size) {
        return Linux.INSTANCE.reserve(address, size);
    }

    @Override
    public int forbid(long address, long size) {
        return Linux.INSTANCE.forbid(address, size);
    }

    @Override
    public int unmap(long address, long size) {
        return Linux.INSTANCE.unmap(address, size);
    }

    @Override
    public int memoryFile(String name, long size) {
        return Linux.INSTANCE.memoryFile(name, size);
    }

    @Override
    public MemorySegment segment(long address, long size, Arena arena) {
        return Linux.INSTANCE.segment(address, size, arena);
    }
}
