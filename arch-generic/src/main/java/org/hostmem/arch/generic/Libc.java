package org.hostmem.arch.generic;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The functions of the C library that loading code, and memory for guests, need. Module vfio has calls of its own. The
 * two cannot share code: vfio must not depend on an architecture module, and the api makes no native call.
 */
@SuppressWarnings(
        "restricted") // The native access of the architecture modules is here, in Calls and in Code, and nowhere else.
final class Libc {

    private static final int MFD_CLOEXEC = 1;
    private static final int MFD_EXEC = 0x10;
    private static final int PROT_READ = 1;
    private static final int PROT_WRITE = 2;
    private static final int PROT_EXEC = 4;
    private static final int MAP_SHARED = 1;
    private static final int MAP_PRIVATE = 2;
    private static final int MADV_DONTNEED = 4;
    private static final int MADV_HUGEPAGE = 14;
    private static final int MADV_DONTNEED_LOCKED = 24;
    private static final int ENOMEM = 12;
    private static final int EINVAL = 22;

    /** Of a huge page where base pages have 4 KiB. RAM of that size or more begins at a multiple of it. */
    private static final long HUGE = 2 << 20;

    // One shape for all, because each new one costs start-up time; module vfio has the same, so that the linker makes
    // it once. The C ABIs of 64-bit Linux pass int, long and
    // pointer in the same registers, and up to six arguments in registers only, so that a function does not see those
    // it has no parameters for.
    private static final MethodHandle CALL = Linker.nativeLinker()
            .downcallHandle(
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG),
                    Linker.Option.captureCallState("errno"));

    private static final MemorySegment MEMFD_CREATE = function("memfd_create");
    private static final MemorySegment WRITE = function("write");
    private static final MemorySegment MMAP = function("mmap");
    private static final MemorySegment MUNMAP = function("munmap");
    private static final MemorySegment MADVISE = function("madvise");
    private static final MemorySegment MPROTECT = function("mprotect");
    private static final MemorySegment MUNLOCK = function("munlock");
    private static final MemorySegment CLOSE = function("close");
    private static final MemorySegment SIGACTION = function("sigaction");
    private static final MemorySegment DLSYM = function("dlsym");

    private static final int SIGACTION_SIZE = 152; // glibc's struct sigaction on 64-bit Linux, or more

    /** What is behind an error of these calls, as far as anybody can tell. */
    private static final Map<Integer, String> LIKELY = Map.of(
            1, " (EPERM): a sandbox or SELinux forbids it",
            12, " (ENOMEM): memory is short, or a limit does not allow it",
            13, " (EACCES): a sandbox or SELinux forbids it",
            24, " (EMFILE): no descriptor is free, see ulimit -n",
            38, " (ENOSYS): the kernel or a sandbox does not know the call");

    private Libc() {}

    /**
     * NULL where the C library has none: asked for here, and refused where it is called, as an initialiser that throws
     * is never run again.
     */
    static MemorySegment function(String name) {
        return Linker.nativeLinker().defaultLookup().find(name).orElse(MemorySegment.NULL);
    }

    private static MemorySegment there(MemorySegment function, String name) throws CodeRefusedException {
        if (function.address() == 0) {
            throw new CodeRefusedException("the C library has no " + name);
        }
        return function;
    }

    private static long call(MemorySegment function, MemorySegment errno, long a, long b, long c) throws Throwable {
        return (long) CALL.invokeExact(function, errno, a, b, c, 0L, 0L, 0L);
    }

    /**
     * Maps bytes read+execute, never writable: through a memfd, so that the kernel keeps the instruction cache
     * coherent. Returns the address.
     */
    static long mapExecutable(byte[] code) throws CodeRefusedException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(ValueLayout.JAVA_INT);
            int fd = memfd(arena, errno);
            try {
                there(WRITE, "write");
                if (call(
                                WRITE,
                                errno,
                                fd,
                                arena.allocate(code.length)
                                        .copyFrom(MemorySegment.ofArray(code))
                                        .address(),
                                code.length)
                        != code.length) {
                    throw refused("write to a memfd", errno);
                }
                there(MMAP, "mmap");
                long address = (long) CALL.invokeExact(
                        MMAP,
                        errno,
                        0L,
                        (long) code.length,
                        (long) (PROT_READ | PROT_EXEC),
                        (long) MAP_SHARED,
                        (long) fd,
                        0L);
                if (address == -1) {
                    throw refused("mmap of a memfd with PROT_EXEC", errno);
                }
                return address;
            } finally {
                call(there(CLOSE, "close"), errno, fd, 0, 0);
            }
        } catch (Throwable t) {
            throw asRefused(t);
        }
    }

    /** Zeros, for the life of the process, none of which takes memory before it is written. */
    static long mapTable(long size, LinuxAbi abi) throws CodeRefusedException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(ValueLayout.JAVA_INT);
            there(MMAP, "mmap");
            long address = (long) CALL.invokeExact(
                    MMAP,
                    errno,
                    0L,
                    size,
                    (long) (PROT_READ | PROT_WRITE),
                    (long) (MAP_PRIVATE | abi.mapAnonymous()),
                    -1L,
                    0L);
            if (address == -1) {
                throw refused("mmap of " + size + " bytes for the records of faults", errno);
            }
            return address;
        } catch (Throwable t) {
            throw asRefused(t);
        }
    }

    private static int memfd(Arena arena, MemorySegment errno) throws Throwable {
        long name = cString(arena, CodePages.NAME);
        there(MEMFD_CREATE, "memfd_create");
        int fd = (int) call(MEMFD_CREATE, errno, name, MFD_CLOEXEC | MFD_EXEC, 0);
        if (fd < 0) { // Kernels before 6.3 do not know MFD_EXEC, and vm.memfd_noexec=2 forbids it; what it forbids is
            // execve, not the mapping.
            fd = (int) call(MEMFD_CREATE, errno, name, MFD_CLOEXEC, 0);
        }
        if (fd < 0) {
            throw refused("memfd_create", errno);
        }
        return fd;
    }

    private static long cString(Arena arena, String text) {
        byte[] bytes = (text + '\0').getBytes(StandardCharsets.US_ASCII);
        return arena.allocate(bytes.length)
                .copyFrom(MemorySegment.ofArray(bytes))
                .address();
    }

    /** The address of what a library of the process exports for all; 0 if none does. */
    static long symbol(String name) throws CodeRefusedException {
        try (Arena arena = Arena.ofConfined()) {
            return call(there(DLSYM, "dlsym"), arena.allocate(ValueLayout.JAVA_INT), 0, cString(arena, name), 0);
        } catch (Throwable t) {
            throw asRefused(t);
        }
    }

    /**
     * Memory that is never freed, as a buffer: an access through a layout makes handles at its first use, which takes
     * milliseconds of every start.
     */
    static ByteBuffer words(long address, long size) {
        return MemorySegment.ofAddress(address).reinterpret(size).asByteBuffer().order(ByteOrder.nativeOrder());
    }

    /**
     * Maps memory of this process alone, zeroed, of which the host gives pages as they are touched. Memory of the size
     * of a huge page or more begins at a multiple of it. A page that nobody may access follows, so that the kernel does
     * not join it to the next mapping and counts its huge pages alone. Returns the address, or -errno.
     */
    static long mapAnonymous(long size, LinuxAbi abi) {
        int flags = untouched(abi);
        if (size < HUGE) {
            return call(MMAP, 0, size, PROT_READ | PROT_WRITE, flags, -1);
        }
        long length = whole(size) + HUGE;
        if (length < 0) {
            return -ENOMEM;
        }
        long start = call(MMAP, 0, length, 0, flags, -1);
        if (start < 0) {
            return start;
        }
        long address = start + HUGE - 1 & -HUGE;
        long result = call(MPROTECT, address, size, PROT_READ | PROT_WRITE, 0, 0);
        if (result < 0) {
            unmap(start, length);
            return result;
        }
        long end = address + whole(size) + pageSize();
        if (address > start) {
            unmap(start, address - start);
        }
        if (start + length > end) {
            unmap(end, start + length - end);
        }
        return address;
    }

    private static int untouched(LinuxAbi abi) {
        return MAP_PRIVATE | abi.mapAnonymous() | abi.mapNoreserve();
    }

    /** Gives such memory back, with the page behind it. */
    static long unmapAnonymous(long address, long size) {
        return unmap(address, size < HUGE ? size : whole(size) + pageSize());
    }

    private static long whole(long size) {
        return size + pageSize() - 1 & -pageSize();
    }

    static long pageSize() {
        return Pages.SIZE;
    }

    /** In a class of its own, because a start does without it. */
    private static final class Pages {
        static final long SIZE = (int) call(function("getpagesize"), 0, 0, 0, 0, 0);
    }

    /** Gives such pages back, also locked ones; before Linux 5.18 those are refused. */
    static long discard(long address, long length) {
        long result = call(MADVISE, address, length, MADV_DONTNEED, 0, 0);
        return result == -EINVAL ? call(MADVISE, address, length, MADV_DONTNEED_LOCKED, 0, 0) : result;
    }

    static long requestHuge(long address, long length) {
        return call(MADVISE, address, length, MADV_HUGEPAGE, 0, 0);
    }

    /**
     * Puts pages that nobody may access in the place of such memory, in one step, and returns -errno if the host does
     * not let it. Under mlockall(MCL_FUTURE) the new pages count as locked, too, until they are unlocked.
     */
    static long reserve(long address, long size, LinuxAbi abi) {
        long result = call(MMAP, address, size, 0, untouched(abi) | abi.mapFixed(), -1);
        if (result >= 0) {
            call(MUNLOCK, address, size, 0, 0, 0);
        }
        return result;
    }

    /**
     * Takes all rights of such memory away, then gives back its pages. They may be locked. Returns -errno if the rights
     * stay.
     */
    static long forbid(long address, long size) {
        long result = call(MPROTECT, address, size, 0, 0, 0);
        if (result >= 0) {
            call(MUNLOCK, address, size, 0, 0, 0);
            call(MADVISE, address, size, MADV_DONTNEED, 0, 0);
        }
        return result;
    }

    static long unmap(long address, long size) {
        return call(MUNMAP, address, size, 0, 0, 0);
    }

    /** Returns the function's own result, or -errno. */
    private static long call(MemorySegment function, long a, long b, long c, long d, long e) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(ValueLayout.JAVA_INT);
            long result = (long) CALL.invokeExact(function, errno, a, b, c, d, e, 0L);
            return result == -1 || ((int) result == -1 && !function.equals(MMAP))
                    ? -errno.get(ValueLayout.JAVA_INT, 0)
                    : result;
        } catch (RuntimeException | Error thrown) {
            throw thrown;
        } catch (Throwable t) {
            throw new AssertionError(t);
        }
    }

    /** A segment of memory at an address, which ends with an arena. */
    static MemorySegment segment(long address, long size, Arena arena) {
        return MemorySegment.ofAddress(address).reinterpret(size, arena, null);
    }

    /**
     * What sigaction is given and gives: for good, as every opening of a region asks it. Three parts: errno, what was,
     * what is to be.
     */
    private static final class Actions {
        static final MemorySegment ERRNO = Arena.global().allocate(8, 8);
        static final MemorySegment OLD = Arena.global().allocate(SIGACTION_SIZE, 8);
        static final MemorySegment NEW = Arena.global().allocate(SIGACTION_SIZE, 8);
    }

    /** Sets the action of a signal, if one is given, and returns what it was; glibc's {@code struct sigaction}. */
    static synchronized ByteBuffer sigaction(int signal, @Nullable ByteBuffer action) throws CodeRefusedException {
        try {
            long given = action == null
                    ? 0
                    : Actions.NEW
                            .copyFrom(MemorySegment.ofBuffer(action.duplicate().clear()))
                            .address();
            if ((int) call(there(SIGACTION, "sigaction"), Actions.ERRNO, signal, given, Actions.OLD.address()) != 0) {
                throw refused("sigaction", Actions.ERRNO);
            }
            ByteBuffer was = ByteBuffer.allocate(SIGACTION_SIZE).order(ByteOrder.nativeOrder());
            MemorySegment.ofArray(was.array()).copyFrom(Actions.OLD);
            return was;
        } catch (Throwable t) {
            throw asRefused(t);
        }
    }

    private static CodeRefusedException refused(String what, MemorySegment errno) {
        return refused(what, errno.get(ValueLayout.JAVA_INT, 0));
    }

    static CodeRefusedException refused(String what, int number) {
        return new CodeRefusedException(what + " failed with errno " + number + LIKELY.getOrDefault(number, ""));
    }

    private static CodeRefusedException asRefused(Throwable t) {
        return switch (t) {
            case CodeRefusedException refused -> refused;
            case Error error -> throw error;
            default -> throw new AssertionError(t);
        };
    }
}
