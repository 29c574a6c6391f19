package org.hostmem.lab.observe;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The watched window of OBSERVERS.md, its marks, and a second view of the same memory that nobody watches, to prepare
 * and compare bytes with. The device's offsets from {@link #HOLE} to {@link #HOLE_END} are mapped, but their file ends
 * before them: an access there raises SIGBUS.
 */
final class Window {

    /** Where the observers look. */
    static final long BASE = 0x6f0000000000L;
    /** Where a program warms up. */
    static final long ELSEWHERE = 0x6e0000000000L;

    static final long SIZE = 0x10000000L;
    static final long RAM = 0x8000000L;
    static final long MARKS = 0xf000000L;
    static final long REGION_SIZE = 0x100000L;
    static final long HOLE = 0x90000L;
    static final long HOLE_END = 0xa0000L;

    private static final long BEFORE_HOLE = 0x80000L;
    private static final long READ_WRITE = 3;
    private static final long SHARED = 1;
    private static final long FIXED = 0x10;
    private static final long FIXED_NOREPLACE = 0x100000;

    private final MemorySegment all;
    private final MemorySegment view;

    Window(long address) throws Throwable {
        long fd = file(SIZE);
        all = map(address, SIZE, SHARED | FIXED_NOREPLACE, fd);
        view = map(0, SIZE, SHARED, fd);
        map(address + BEFORE_HOLE, HOLE_END - BEFORE_HOLE, SHARED | FIXED, file(HOLE - BEFORE_HOLE));
    }

    private static long file(long size) throws Throwable {
        try (Arena arena = Arena.ofConfined()) {
            long fd = Libc.call("memfd_create", arena.allocateFrom("window").address(), 0, 0, 0, 0, 0);
            if (fd < 0 || (int) Libc.call("ftruncate", fd, size, 0, 0, 0, 0) != 0) {
                throw new IllegalStateException("no memfd");
            }
            return fd;
        }
    }

    private static MemorySegment map(long address, long size, long flags, long fd) throws Throwable {
        long at = Libc.call("mmap", address, size, READ_WRITE, flags, fd, 0);
        if (at == -1 || (address != 0 && at != address)) {
            throw new IllegalStateException("mmap at " + Long.toHexString(address) + " gave " + at);
        }
        return segment(at, size);
    }

    @SuppressWarnings("restricted") // The window has an address that Java would not choose.
    private static MemorySegment segment(long address, long size) {
        return MemorySegment.ofAddress(address).reinterpret(size);
    }

    /** Makes the window inaccessible: from here on the tracer on the real CPU sees each access. */
    void protect() throws Throwable {
        if ((int) Libc.call("mprotect", all.address(), SIZE, 0, 0, 0, 0) != 0) {
            throw new IllegalStateException("mprotect failed");
        }
    }

    /** A segment of its own: MemorySegment.copy looks at whole segments to see whether they overlap. */
    MemorySegment device() {
        return segment(all.address(), REGION_SIZE);
    }

    MemorySegment ram() {
        return segment(all.address() + RAM, REGION_SIZE);
    }

    MemorySegment deviceView() {
        return view.asSlice(0, REGION_SIZE);
    }

    MemorySegment ramView() {
        return view.asSlice(RAM, REGION_SIZE);
    }

    void begin(int number) {
        all.set(ValueLayout.JAVA_BYTE, MARKS + 2L * number, (byte) 1);
    }

    void end(int number) {
        all.set(ValueLayout.JAVA_BYTE, MARKS + 2L * number + 1, (byte) 1);
    }
}
