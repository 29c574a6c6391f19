package org.hostmem.arch.generic;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.hostmem.engine.FirstUse;

/**
 * Calls of routines, one handle for each shape: few handles start quickly and serve every ISA. The routine's address is
 * the first argument.
 *
 * <p>Each is made at its first use, because it costs some milliseconds. It is made on a thread of its own
 * ({@link FirstUse}), because an initialiser that runs out of stack is never run again. A call checks a flag instead of
 * the initialiser. If the flag is not set, it waits for that thread.
 */
@SuppressWarnings(
        "restricted") // The native access of the architecture modules is here, in Libc and in Code, and nowhere else.
final class Calls {

    private static final class Load {
        static final MethodHandle SHAPE = shape(false, FunctionDescriptor.of(JAVA_LONG, JAVA_LONG));
    }

    private static final class Store {
        static final MethodHandle SHAPE = shape(false, FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG));
    }

    private static final class Three {
        static final MethodHandle SHAPE =
                shape(false, FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));
    }

    private static final class Exchange16 {
        static final MethodHandle SHAPE = shape(true, FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, ADDRESS));
    }

    private static boolean store;
    private static boolean three;
    private static boolean exchange16;
    private static boolean bulk;
    private static boolean ring;

    private Calls() {}

    /** What needs the process's first code, and what a first fault needs. */
    static void initialise() {
        FirstUse.initialise(Load.class, FirstLoads.class, FirstStores.class, FirstExchanges.class);
    }

    /**
     * A critical call does not leave the Java state: 2 ns cheaper, and a safepoint waits for it, so bulk calls are kept
     * short.
     */
    static MethodHandle shape(boolean heapAllowed, FunctionDescriptor shape) {
        return Linker.nativeLinker().downcallHandle(shape, Linker.Option.critical(heapAllowed));
    }

    /**
     * The loads of the process's first code, whose addresses are constants to the JIT: that saves a quarter of a call.
     * There is hardly ever other code than the first.
     */
    static final class FirstLoads {
        private static final MemorySegment LOAD1 = Code.first().routine("load1");
        private static final MemorySegment LOAD2 = Code.first().routine("load2");
        private static final MemorySegment LOAD4 = Code.first().routine("load4");
        private static final MemorySegment LOAD8 = Code.first().routine("load8");

        private FirstLoads() {}

        static long load(long address, int width) {
            return Calls.load(
                    switch (width) {
                        case 1 -> LOAD1;
                        case 2 -> LOAD2;
                        case 4 -> LOAD4;
                        default -> LOAD8;
                    },
                    address);
        }
    }

    /** The stores of the process's first code, as {@link FirstLoads}. */
    static final class FirstStores {
        private static final MemorySegment STORE1 = Code.first().routine("store1");
        private static final MemorySegment STORE2 = Code.first().routine("store2");
        private static final MemorySegment STORE4 = Code.first().routine("store4");
        private static final MemorySegment STORE8 = Code.first().routine("store8");

        private FirstStores() {}

        static long store(long address, int width, long value) {
            return Calls.store(
                    switch (width) {
                        case 1 -> STORE1;
                        case 2 -> STORE2;
                        case 4 -> STORE4;
                        default -> STORE8;
                    },
                    address,
                    value);
        }
    }

    /** The compare-and-exchanges of the process's first code, as {@link FirstLoads}. */
    static final class FirstExchanges {
        private static final MemorySegment CAS1 = InstructionAtomics.routine(Code.first(), 1);
        private static final MemorySegment CAS2 = InstructionAtomics.routine(Code.first(), 2);
        private static final MemorySegment CAS4 = InstructionAtomics.routine(Code.first(), 4);
        private static final MemorySegment CAS8 = InstructionAtomics.routine(Code.first(), 8);

        private FirstExchanges() {}

        static long exchange(long address, int width, long expected, long value) {
            return Calls.exchange(
                    switch (width) {
                        case 1 -> CAS1;
                        case 2 -> CAS2;
                        case 4 -> CAS4;
                        default -> CAS8;
                    },
                    address,
                    expected,
                    value);
        }
    }

    static long load(MemorySegment routine, long address) {
        try {
            return (long) Load.SHAPE.invokeExact(routine, address);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static long store(MemorySegment routine, long address, long value) {
        if (!store) {
            store = FirstUse.initialise(Store.class);
        }
        try {
            return (long) Store.SHAPE.invokeExact(routine, address, value);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static long fill(MemorySegment routine, long address, long pattern, long length) {
        if (!three) {
            three = FirstUse.initialise(Three.class);
        }
        try {
            return (long) Three.SHAPE.invokeExact(routine, address, pattern, length);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static long exchange(MemorySegment routine, long address, long expected, long value) {
        if (!three) {
            three = FirstUse.initialise(Three.class);
        }
        try {
            return (long) Three.SHAPE.invokeExact(routine, address, expected, value);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    static long exchange16(MemorySegment routine, long address, MemorySegment words) {
        if (!exchange16) {
            exchange16 = FirstUse.initialise(Exchange16.class);
        }
        try {
            return (long) Exchange16.SHAPE.invokeExact(routine, address, words);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /**
     * Through a jump in the process's first code, so that the address that is called is a constant to the JIT too;
     * where it goes on is a number.
     */
    private static final class Bulk {
        private static final MethodHandle VIA = shape(
                        true, FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG))
                .bindTo(Code.first().routine("viaBulk"));
    }

    static long bulk(long routine, long address, MemorySegment ram, long ramOffset, long length) {
        if (!bulk) {
            bulk = FirstUse.initialise(Bulk.class);
        }
        try {
            return (long) Bulk.VIA.invokeExact(address, ram, ramOffset, length, routine);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** As {@link Bulk}, with one parameter more. */
    private static final class Ring {
        private static final MethodHandle VIA = shape(
                        true,
                        FunctionDescriptor.of(
                                JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG))
                .bindTo(Code.first().routine("viaBulk"));
    }

    static long ring(long routine, long address, MemorySegment from, long place, long length, long distance) {
        if (!ring) {
            ring = FirstUse.initialise(Ring.class);
        }
        try {
            return (long) Ring.VIA.invokeExact(address, from, place, length, routine, distance);
        } catch (Throwable t) {
            throw unexpected(t);
        }
    }

    /** The linker itself throws unchecked exceptions only: for a segment that is closed or another thread's. */
    static RuntimeException unexpected(Throwable t) {
        return switch (t) {
            case RuntimeException refused -> refused;
            case Error error -> throw error;
            default -> new IllegalStateException(t);
        };
    }
}
