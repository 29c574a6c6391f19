package org.hostmem.vfio.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The system calls of this module. Tests answer them from recorded bytes. A result of 0 or more is that of the call. A
 * negative one is {@code -errno}: see {@link Errno}.
 *
 * <p>Every descriptor is close-on-exec, and a call that a signal interrupts is repeated.
 */
public interface Syscalls {

    /** {@code mmap} protection. */
    int PROT_READ = 1;
    /** {@code mmap} protection. */
    int PROT_WRITE = 2;

    /** For reading and writing. */
    int open(String path);

    /** For reading. */
    int openForReading(String path);

    /**
     * Does not open the file. The descriptor only serves to ask what the file is, and to open it by its name in
     * {@code /proc}.
     */
    int openAsPath(String path);

    int close(int fd);

    /** Makes an ioctl with a pointer, or with {@link MemorySegment#NULL}. */
    int ioctl(int fd, int request, MemorySegment argument);

    /** With a number. */
    int ioctl(int fd, int request, long argument);

    long pread(int fd, MemorySegment ram, long count, long offset);

    long pwrite(int fd, MemorySegment ram, long count, long offset);

    /**
     * Maps a file shared, and returns the address. It has the low bits of the offset, as many as the size has and up to
     * 1 GiB, if addresses are not short.
     */
    long map(int fd, long offset, long size, int protection);

    /** Maps a file shared over the pages at an address, and returns the address. */
    long mapOver(long address, int fd, long offset, long size, int protection);

    /** Replaces the pages at an address by inaccessible ones, so that the addresses are not used for anything else. */
    long reserve(long address, long size);

    /**
     * Removes all rights of the pages at an address, and gives back pages of this process alone, also locked ones. It
     * is used if the pages cannot be replaced.
     */
    int forbid(long address, long size);

    int unmap(long address, long size);

    /** Makes an anonymous file of zeros. It costs no memory until it is written. */
    int memoryFile(String name, long size);

    int pageSize();

    /** Mapped addresses as a segment that lives as long as an arena. */
    MemorySegment segment(long address, long size, Arena arena);
}
