package org.hostmem.arch.generic;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Calls of routines, one handle for each shape: few handles start quickly and serve every ISA. The routine's address is the first argument.
 *
 * <p>Each is made at its first use, for it costs some milliseconds.
 */
@SuppressWarnings("restricted") // The native access of the architecture modules is here, in Libc and in Code, and nowhere else.
final class Calls {

    private static final class Load {
        static final MethodHandle SHAPE = shape(false, FunctionDescriptor.of(JAVA_LONG, JAVA_LONG));
    }

    private static final class Store {
        static final MethodHandle SHAPE = shape(false, FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG));
    }

    private static final class Fill {
        static final MethodHandle SHAPE = shape(false, FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));
    }

    private static final class Exchange {
        static final MethodHandle SHAPE = shape(true, FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, ADDRESS));
    }

    private static final class Bulk {
        static final MethodHandle SHAPE = shape(true, FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG));
    }

    private Calls() {
    }

    /** A critical call does not leave the Java state: 2 ns cheaper, and a safepoint waits for it, so bulk calls are kept short. */
    private static MethodHandle shape(boolean heapAllowed, FunctionDescriptor shape) {
        return Linker.nativeLinker().downcallHandle(shape, Linker.Option.critical(heapAllowed));
    }

    static long load(MemorySegment routine, long address) {
        try {
            return (long) Load.SHAPE.invokeExact(routine, address);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static long store(MemorySegment routine, long address, long value) {
        try {
            return (long) Store.SHAPE.invokeExact(routine, address, value);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static long fill(MemorySegment routine, long address, long pattern, long length) {
        try {
            return (long) Fill.SHAPE.invokeExact(routine, address, pattern, length);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static long exchange(MemorySegment routine, long address, MemorySegment words) {
        try {
            return (long) Exchange.SHAPE.invokeExact(routine, address, words);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static long bulk(MemorySegment routine, long address, MemorySegment ram, long ramOffset, long length) {
        try {
            return (long) Bulk.SHAPE.invokeExact(routine, address, ram, ramOffset, length);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** The linker itself throws unchecked exceptions only: for a closed or foreign-thread segment on the RAM side. */
    private static RuntimeException unexpected(Throwable t) {
        return switch (t) {
            case RuntimeException refused -> refused;
            case Error error -> throw error;
            default -> new IllegalStateException(t);
        };
    }
}
