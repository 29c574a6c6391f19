package org.hostmem.arch.generic;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/** The five functions of the C library that loading code takes. */
@SuppressWarnings("restricted") // The native access of the architecture modules is here, in Calls and in Code, and nowhere else.
final class Libc {

    private static final int MFD_CLOEXEC = 1;
    private static final int MFD_EXEC = 0x10;
    private static final int PROT_READ = 1;
    private static final int PROT_EXEC = 4;
    private static final int MAP_SHARED = 1;

    private static final StructLayout ERRNO_LAYOUT = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = ERRNO_LAYOUT.varHandle(MemoryLayout.PathElement.groupElement("errno"));

    // One shape of longs only, because each new shape costs start-up time; the C ABIs of these functions on 64-bit Linux pass int in the same registers.
    private static final MethodHandle MEMFD_CREATE = function("memfd_create", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
    private static final MethodHandle WRITE = function("write", FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));
    private static final MethodHandle MMAP = function("mmap", FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG,
            ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG));
    private static final MethodHandle CLOSE = function("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    private static final MethodHandle SIGACTION = function("sigaction", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS));

    private Libc() {
    }

    private static MethodHandle function(String name, FunctionDescriptor shape) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), shape, Linker.Option.captureCallState("errno"));
    }

    /** Maps bytes read+execute, never writable: through a memfd, so that the kernel keeps the instruction cache coherent. Returns the address. */
    static long mapExecutable(byte[] code) throws CodeRefusedException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(ERRNO_LAYOUT);
            int fd = memfd(arena, errno);
            try {
                if ((long) WRITE.invokeExact(errno, fd, arena.allocateFrom(ValueLayout.JAVA_BYTE, code), (long) code.length) != code.length) {
                    throw refused("write to a memfd", errno);
                }
                long address = (long) MMAP.invokeExact(errno, 0L, (long) code.length, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0L);
                if (address == -1) {
                    throw refused("mmap of a memfd with PROT_EXEC", errno);
                }
                return address;
            } finally {
                int ignored = (int) CLOSE.invokeExact(errno, fd);
            }
        } catch (Throwable t) {
            throw asRefused(t);
        }
    }

    private static int memfd(Arena arena, MemorySegment errno) throws Throwable {
        MemorySegment name = arena.allocateFrom("hostmem-code");
        int fd = (int) MEMFD_CREATE.invokeExact(errno, name, MFD_CLOEXEC | MFD_EXEC);
        if (fd < 0) { // Kernels before 6.3 do not know MFD_EXEC.
            fd = (int) MEMFD_CREATE.invokeExact(errno, name, MFD_CLOEXEC);
        }
        if (fd < 0) {
            throw refused("memfd_create", errno);
        }
        return fd;
    }

    /** Reads or, if {@code action} is not NULL, sets the action of a signal; glibc's {@code struct sigaction}. */
    static void sigaction(int signal, MemorySegment action, MemorySegment old) throws CodeRefusedException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment errno = arena.allocate(ERRNO_LAYOUT);
            if ((int) SIGACTION.invokeExact(errno, signal, action, old) != 0) {
                throw refused("sigaction", errno);
            }
        } catch (Throwable t) {
            throw asRefused(t);
        }
    }

    private static CodeRefusedException refused(String what, MemorySegment errno) {
        return new CodeRefusedException(what + " failed with errno " + (int) ERRNO.get(errno, 0L));
    }

    private static CodeRefusedException asRefused(Throwable t) {
        return switch (t) {
            case CodeRefusedException refused -> refused;
            case Error error -> throw error;
            default -> throw new AssertionError(t);
        };
    }
}
