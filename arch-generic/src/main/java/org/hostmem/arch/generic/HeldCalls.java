package org.hostmem.arch.generic;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.hostmem.engine.FirstUse;

/**
 * Calls of routines on memory that its owner may end: the memory is one more argument, which no routine looks at. So
 * the linker asks its arena before the call, and holds it while the call runs, as it does with every segment. That
 * takes some nanoseconds, so memory of our own goes without ({@link Calls}).
 *
 * <p>Two shapes serve all routines: the C ABIs pass arguments in registers, or where the caller cleans up, and a
 * routine does not see those it has no use for.
 */
final class HeldCalls {

    private static final class Words {
        static final MethodHandle SHAPE =
                Calls.shape(false, FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS));
    }

    /** As {@link Calls}' shape for bulk, and its one for rings. */
    private static final class Blocks {
        static final MethodHandle VIA = Calls.shape(
                        true,
                        FunctionDescriptor.of(
                                JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS))
                .bindTo(Code.first().routine("viaBulk"));
    }

    // As those of Calls.
    private static boolean words;
    private static boolean blocks;

    private HeldCalls() {}

    /** A routine of up to three words: load, store, fill, exchange. */
    static long words(MemorySegment routine, long address, long second, long third, MemorySegment held) {
        if (!words) {
            words = FirstUse.initialise(Words.class);
        }
        try {
            return (long) Words.SHAPE.invokeExact(routine, address, second, third, held);
        } catch (Throwable t) {
            throw Calls.unexpected(t);
        }
    }

    /** A routine with RAM as its second argument, and up to four more: bulk, ring, exchange of 16 bytes. */
    static long block(
            long routine,
            long address,
            MemorySegment ram,
            long ramOffset,
            long length,
            long distance,
            MemorySegment held) {
        if (!blocks) {
            blocks = FirstUse.initialise(Blocks.class);
        }
        try {
            return (long) Blocks.VIA.invokeExact(address, ram, ramOffset, length, routine, distance, held);
        } catch (Throwable t) {
            throw Calls.unexpected(t);
        }
    }
}
