package org.hostmem.vfio.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.hostmem.engine.MappingRetry;
import org.hostmem.engine.Pool;

/** The C library of this process, through {@code java.lang.foreign}: every restricted call of this module is here. */
public final class Linux implements Syscalls {

    public static final Linux INSTANCE = new Linux();

    private static final int O_RDONLY = 0;
    private static final int O_RDWR = 2;
    private static final int O_NONBLOCK = 0x800;
    private static final int O_CLOEXEC = 0x80000;
    private static final int O_PATH = 0x200000;
    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final int FIRST_AFTER_STANDARD_STREAMS = 3;
    private static final int MFD_CLOEXEC = 1;
    private static final int MAP_SHARED = 1;
    private static final int MAP_PRIVATE = 2;
    private static final int MAP_FIXED = 0x10;
    private static final int MAP_ANONYMOUS = 0x20;
    /** 1 GiB, which the kernel maps as one page where the CPU can. */
    private static final long LARGEST_PAGE = 1L << 30;

    /** The {@code int} that receives {@code errno}. Calls share a pool of them, because a call must not allocate. */
    private static final Pool<MemorySegment> ERRNO =
            new Pool<>(() -> Arena.ofAuto().allocate(JAVA_INT));

    /**
     * The one shape of all functions here that are not variadic. The C ABIs of 64-bit Linux pass int, long and pointer
     * in the same registers, and up to six arguments in registers only. So a function does not see arguments that it
     * has no parameters for. There is one shape because each new one costs start-up time.
     */
    private static final MethodHandle CALL =
            handle(FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));

    private static final MemorySegment CLOSE = function("close");
    private static final MemorySegment PREAD = function("pread");
    private static final MemorySegment PWRITE = function("pwrite");
    private static final MemorySegment MMAP = function("mmap");
    private static final MemorySegment MUNMAP = function("munmap");
    private static final MemorySegment MEMFD_CREATE = function("memfd_create");
    private static final MemorySegment FTRUNCATE = function("ftruncate");
    private static final MemorySegment GETPAGESIZE = function("getpagesize");

    /** In a class of their own, because an embedded device does without them. */
    private static final class Variadic {
        static final MemorySegment OPEN_FUNCTION = function("open");
        static final MemorySegment IOCTL_FUNCTION = function("ioctl");
        static final MemorySegment FCNTL_FUNCTION = function("fcntl");
        static final MethodHandle OPEN =
                handle(FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT), Linker.Option.firstVariadicArg(2));
        static final MethodHandle IOCTL_POINTER = handle(
                FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS), Linker.Option.firstVariadicArg(2));
        static final MethodHandle IOCTL_NUMBER = handle(
                FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG), Linker.Option.firstVariadicArg(2));
    }

    /** In a class of their own, because a region that is never closed does without them. */
    private static final class Rare {
        static final MemorySegment MPROTECT = function("mprotect");
        static final MemorySegment MUNLOCK = function("munlock");
    }

    private Linux() {}

    /** Makes one call, and returns the result of the handle; -1 means that {@code errno} is set. */
    @FunctionalInterface
    private interface Call {
        long invoke(MemorySegment errno) throws Throwable;
    }

    public static MemorySegment function(String name) {
        return Linker.nativeLinker().defaultLookup().findOrThrow(name);
    }

    @SuppressWarnings("restricted") // a downcall trusts its signature: those above are the signatures of the C library
    private static MethodHandle handle(FunctionDescriptor shape, Linker.Option... options) {
        Linker.Option[] all = Arrays.copyOf(options, options.length + 1);
        all[options.length] = Linker.Option.captureCallState("errno");
        try {
            return Linker.nativeLinker().downcallHandle(shape, all);
        } catch (IllegalCallerException notAllowed) {
            return NativeAccess.refusing(shape);
        }
    }

    /** Checks RAM and returns its address, because {@link #CALL} takes a number, which the linker cannot check. */
    public static long address(MemorySegment ram) {
        if (!ram.isNative() || !ram.scope().isAlive()) {
            throw new IllegalArgumentException("a call of the C library needs native memory that is alive");
        }
        return ram.address();
    }

    /**
     * Does the same as {@code allocateFrom}, which would make handles at its first use. That takes milliseconds of each
     * start.
     */
    private static MemorySegment cString(Arena arena, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return arena.allocate(bytes.length + 1).copyFrom(MemorySegment.ofArray(bytes));
    }

    private static long once(Call call) {
        MemorySegment errno = ERRNO.take();
        try {
            long result = call.invoke(errno);
            return result == -1 ? -errno.get(JAVA_INT, 0) : result;
        } catch (RuntimeException | Error thrown) {
            throw thrown;
        } catch (Throwable impossible) {
            throw new AssertionError("a C function throws nothing", impossible);
        } finally {
            ERRNO.give(errno);
        }
    }

    private static long restarting(Call call) {
        while (true) {
            long result = once(call);
            if (result != -Errno.EINTR) {
                return result;
            }
        }
    }

    @Override
    public int open(String path) {
        return open(path, O_RDWR);
    }

    /** Opens without waiting for a writer, if it is a pipe. */
    @Override
    public int openForReading(String path) {
        return open(path, O_RDONLY | O_NONBLOCK);
    }

    @Override
    public int openAsPath(String path) {
        return open(path, O_PATH);
    }

    private static int open(String path, int mode) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = cString(arena, path);
            return (int) restarting(
                    errno -> (int) Variadic.OPEN.invokeExact(Variadic.OPEN_FUNCTION, errno, name, mode | O_CLOEXEC));
        }
    }

    /** Returns another descriptor of the same open file, which is close-on-exec. */
    public static int duplicate(int fd) {
        return (int) once(errno -> (int) Variadic.IOCTL_NUMBER.invokeExact(
                Variadic.FCNTL_FUNCTION, errno, fd, (long) F_DUPFD_CLOEXEC, (long) FIRST_AFTER_STANDARD_STREAMS));
    }

    /** Never repeated: Linux has closed the descriptor even if a signal came. */
    @Override
    public int close(int fd) {
        return (int) once(errno -> intResult(CLOSE, errno, fd, 0, 0));
    }

    @Override
    public int ioctl(int fd, int request, MemorySegment argument) {
        return (int) restarting(errno -> (int) Variadic.IOCTL_POINTER.invokeExact(
                Variadic.IOCTL_FUNCTION, errno, fd, Integer.toUnsignedLong(request), argument));
    }

    @Override
    public int ioctl(int fd, int request, long argument) {
        return (int) restarting(errno -> (int) Variadic.IOCTL_NUMBER.invokeExact(
                Variadic.IOCTL_FUNCTION, errno, fd, Integer.toUnsignedLong(request), argument));
    }

    @Override
    public long pread(int fd, MemorySegment ram, long count, long offset) {
        return transfer(PREAD, fd, ram, count, offset);
    }

    @Override
    public long pwrite(int fd, MemorySegment ram, long count, long offset) {
        return transfer(PWRITE, fd, ram, count, offset);
    }

    private static long transfer(MemorySegment function, int fd, MemorySegment ram, long count, long offset) {
        try {
            long address = address(ram);
            return restarting(
                    errno -> (long) CALL.invokeExact(function, errno, (long) fd, address, count, offset, 0L, 0L));
        } finally {
            Reference.reachabilityFence(ram);
        }
    }

    /**
     * Calls a function that returns {@code ssize_t}, and repeats the call after a signal. Arguments beyond its
     * parameters are 0.
     */
    public static long call(MemorySegment function, long first, long second, long third, long fourth) {
        return restarting(errno -> (long) CALL.invokeExact(function, errno, first, second, third, fourth, 0L, 0L));
    }

    /**
     * Calls a function that returns {@code int}, and repeats the call after a signal. Arguments beyond its parameters
     * are 0.
     */
    public static int callInt(MemorySegment function, long first, long second, long third, long fourth) {
        return callInt(function, first, second, third, fourth, 0);
    }

    /**
     * As {@link #callInt(MemorySegment, long, long, long, long)}, but does not repeat the call: {@code -EINTR} is a
     * result. It serves calls that wait until a deadline.
     */
    public static int callOnce(MemorySegment function, long first, long second, long third) {
        return (int) once(errno -> intResult(function, errno, first, second, third));
    }

    public static int callInt(MemorySegment function, long first, long second, long third, long fourth, long fifth) {
        return (int) restarting(
                errno -> (int) (long) CALL.invokeExact(function, errno, first, second, third, fourth, fifth, 0L));
    }

    /** Converts the result of a function that returns int. The upper half of the register is undefined. */
    private static int intResult(MemorySegment function, MemorySegment errno, long first, long second, long third)
            throws Throwable {
        return (int) (long) CALL.invokeExact(function, errno, first, second, third, 0L, 0L, 0L);
    }

    @Override
    public long map(int fd, long offset, long size, int protection) {
        return MappingRetry.of(() -> mapAligned(fd, offset, size, protection));
    }

    /**
     * Maps a file so that the address and the offset in it have the same low bits, as QEMU maps BARs. Then the kernel
     * can use huge pages where a BAR is aligned to its size. If addresses are short, any address will do.
     */
    private static long mapAligned(int fd, long offset, long size, int protection) {
        long alignment = Math.min(Long.highestOneBit(size), LARGEST_PAGE);
        long room = size + alignment;
        long start =
                alignment <= INSTANCE.pageSize() || room < 0 ? 0 : mmap(0, room, 0, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (start <= 0) {
            return mmap(0, size, protection, MAP_SHARED, fd, offset);
        }
        long address = start + (offset - start & alignment - 1);
        long mapped = mmap(address, size, protection, MAP_SHARED | MAP_FIXED, fd, offset);
        if (mapped < 0) {
            INSTANCE.unmap(start, room);
            return mapped;
        }
        long end = address + size + INSTANCE.pageSize() - 1 & -INSTANCE.pageSize();
        if (address > start) {
            INSTANCE.unmap(start, address - start);
        }
        if (start + room > end) {
            INSTANCE.unmap(end, start + room - end);
        }
        return mapped;
    }

    @Override
    public long mapOver(long address, int fd, long offset, long size, int protection) {
        return mmap(address, size, protection, MAP_SHARED | MAP_FIXED, fd, offset);
    }

    /**
     * Without MAP_NORESERVE, whose number differs between architectures: the kernel accounts for writable private
     * memory only. Under mlockall(MCL_FUTURE) the new pages count as locked until they are unlocked.
     */
    @Override
    public long reserve(long address, long size) {
        long result = mmap(address, size, 0, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        if (result >= 0) {
            unlock(address, size);
        }
        return result;
    }

    @Override
    public int forbid(long address, long size) {
        int result = (int) once(errno -> intResult(Rare.MPROTECT, errno, address, size, 0));
        if (result >= 0) {
            unlock(address, size);
        }
        return result;
    }

    private static void unlock(long address, long size) {
        once(errno -> intResult(Rare.MUNLOCK, errno, address, size, 0));
    }

    public static long mmap(long address, long size, int protection, int flags, int fd, long offset) {
        return once(errno -> (long)
                CALL.invokeExact(MMAP, errno, address, size, (long) protection, (long) flags, (long) fd, offset));
    }

    @Override
    public int unmap(long address, long size) {
        return (int) once(errno -> intResult(MUNMAP, errno, address, size, 0));
    }

    @Override
    public int memoryFile(String name, long size) {
        try (Arena arena = Arena.ofConfined()) {
            long cName = cString(arena, name).address();
            int fd = (int) once(errno -> intResult(MEMFD_CREATE, errno, cName, MFD_CLOEXEC, 0));
            if (fd < 0) {
                return fd;
            }
            int result = (int) restarting(errno -> intResult(FTRUNCATE, errno, fd, size, 0));
            if (result < 0) {
                close(fd);
                return result;
            }
            return fd;
        }
    }

    @Override
    public int pageSize() {
        return (int) once(errno -> intResult(GETPAGESIZE, errno, 0, 0, 0));
    }

    @Override
    @SuppressWarnings(
            "restricted") // the addresses are those of a mapping this module made, and the arena is closed before they
    // are unmapped
    public MemorySegment segment(long address, long size, Arena arena) {
        return MemorySegment.ofAddress(address).reinterpret(size, arena, null);
    }
}
