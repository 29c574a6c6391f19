package org.hostmem.vfio;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The C library of this process, through {@code java.lang.foreign}: every restricted call of this module is here. */
final class Linux implements Syscalls {

    static final Linux INSTANCE = new Linux();

    private static final int O_RDWR = 2;
    private static final int O_CLOEXEC = 0x80000;
    private static final int MFD_CLOEXEC = 1;
    private static final int MAP_SHARED = 1;
    private static final int MAP_PRIVATE = 2;
    private static final int MAP_FIXED = 0x10;
    private static final int MAP_ANONYMOUS = 0x20;

    /** {@code int}: what {@code errno} is saved in, one for each thread, as a call may not allocate. */
    private static final ThreadLocal<MemorySegment> ERRNO = ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(JAVA_INT));

    private static final MethodHandle OPEN = variadic("open", JAVA_INT, 2, ADDRESS, JAVA_INT);
    private static final MethodHandle CLOSE = plain("close", JAVA_INT, JAVA_INT);
    private static final MethodHandle IOCTL_POINTER = variadic("ioctl", JAVA_INT, 2, JAVA_INT, JAVA_LONG, ADDRESS);
    private static final MethodHandle IOCTL_NUMBER = variadic("ioctl", JAVA_INT, 2, JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle PREAD = plain("pread", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle PWRITE = plain("pwrite", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle MMAP = plain("mmap", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
    private static final MethodHandle MUNMAP = plain("munmap", JAVA_INT, JAVA_LONG, JAVA_LONG);
    private static final MethodHandle MEMFD_CREATE = plain("memfd_create", JAVA_INT, ADDRESS, JAVA_INT);
    private static final MethodHandle FTRUNCATE = plain("ftruncate", JAVA_INT, JAVA_INT, JAVA_LONG);
    private static final MethodHandle GETPAGESIZE = plain("getpagesize", JAVA_INT);

    private Linux() {
    }

    /** One call: the handle's own result, of which -1 means that {@code errno} is set. */
    @FunctionalInterface
    private interface Call {
        long invoke(MemorySegment errno) throws Throwable;
    }

    private static MethodHandle plain(String name, ValueLayout result, ValueLayout... arguments) {
        return bind(name, List.of(), result, arguments);
    }

    private static MethodHandle variadic(String name, ValueLayout result, int firstVariadic, ValueLayout... arguments) {
        return bind(name, List.of(Linker.Option.firstVariadicArg(firstVariadic)), result, arguments);
    }

    @SuppressWarnings("restricted") // a downcall's signature is trusted: those above are those of the C library
    private static MethodHandle bind(String name, List<Linker.Option> options, ValueLayout result, ValueLayout... arguments) {
        List<Linker.Option> all = new ArrayList<>(options);
        all.add(Linker.Option.captureCallState("errno"));
        Linker linker = Linker.nativeLinker();
        FunctionDescriptor signature = FunctionDescriptor.of(result, Arrays.copyOf(arguments, arguments.length, MemoryLayout[].class));
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), signature, all.toArray(Linker.Option[]::new));
    }

    private static long once(Call call) {
        MemorySegment errno = ERRNO.get();
        try {
            long result = call.invoke(errno);
            return result == -1 ? -errno.get(JAVA_INT, 0) : result;
        } catch (RuntimeException | Error thrown) {
            throw thrown;
        } catch (Throwable impossible) {
            throw new AssertionError("a C function throws nothing", impossible);
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
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(path);
            return (int) restarting(errno -> (int) OPEN.invokeExact(errno, name, O_RDWR | O_CLOEXEC));
        }
    }

    /** Never made again: Linux has closed the descriptor even if a signal came. */
    @Override
    public int close(int fd) {
        return (int) once(errno -> (int) CLOSE.invokeExact(errno, fd));
    }

    @Override
    public int ioctl(int fd, int request, MemorySegment argument) {
        return (int) restarting(errno -> (int) IOCTL_POINTER.invokeExact(errno, fd, Integer.toUnsignedLong(request), argument));
    }

    @Override
    public int ioctl(int fd, int request, long argument) {
        return (int) restarting(errno -> (int) IOCTL_NUMBER.invokeExact(errno, fd, Integer.toUnsignedLong(request), argument));
    }

    @Override
    public long pread(int fd, MemorySegment ram, long count, long offset) {
        return restarting(errno -> (long) PREAD.invokeExact(errno, fd, ram, count, offset));
    }

    @Override
    public long pwrite(int fd, MemorySegment ram, long count, long offset) {
        return restarting(errno -> (long) PWRITE.invokeExact(errno, fd, ram, count, offset));
    }

    @Override
    public long map(int fd, long offset, long size, int protection) {
        return mmap(0, size, protection, MAP_SHARED, fd, offset);
    }

    @Override
    public long mapOver(long address, int fd, long offset, long size, int protection) {
        return mmap(address, size, protection, MAP_SHARED | MAP_FIXED, fd, offset);
    }

    /** Without MAP_NORESERVE, whose number differs between architectures: the kernel accounts for writable private memory only. */
    @Override
    public long reserve(long address, long size) {
        return mmap(address, size, 0, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    }

    private static long mmap(long address, long size, int protection, int flags, int fd, long offset) {
        return once(errno -> (long) MMAP.invokeExact(errno, address, size, protection, flags, fd, offset));
    }

    @Override
    public int unmap(long address, long size) {
        return (int) once(errno -> (int) MUNMAP.invokeExact(errno, address, size));
    }

    @Override
    public int memoryFile(String name, long size) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment cName = arena.allocateFrom(name);
            int fd = (int) once(errno -> (int) MEMFD_CREATE.invokeExact(errno, cName, MFD_CLOEXEC));
            if (fd < 0) {
                return fd;
            }
            int result = (int) restarting(errno -> (int) FTRUNCATE.invokeExact(errno, fd, size));
            if (result < 0) {
                close(fd);
                return result;
            }
            return fd;
        }
    }

    @Override
    public int pageSize() {
        return (int) once(errno -> (int) GETPAGESIZE.invokeExact(errno));
    }

    @Override
    @SuppressWarnings("restricted") // the addresses are those of a mapping this module made, and the arena is closed before they are unmapped
    public MemorySegment segment(long address, long size, Arena arena) {
        return MemorySegment.ofAddress(address).reinterpret(size, arena, null);
    }
}
