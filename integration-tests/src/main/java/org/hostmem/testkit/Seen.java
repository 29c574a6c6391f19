package org.hostmem.testkit;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * The other CPU's view of the memory, by Java accesses that are never torn, in an order that the memory model knows.
 */
final class Seen {

    private static final VarHandle BYTE = ValueLayout.JAVA_BYTE.varHandle();
    private static final VarHandle SHORT = ValueLayout.JAVA_SHORT.varHandle();
    private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();
    private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

    private Seen() {}

    /** {@return a zero-extended value of 1, 2, 4 or 8 bytes; what is read later is read after it} */
    static long get(MemorySegment memory, long offset, int width) {
        return switch (width) {
            case 1 -> (byte) BYTE.getAcquire(memory, offset) & 0xffL;
            case 2 -> (short) SHORT.getAcquire(memory, offset) & 0xffffL;
            case 4 -> (int) INT.getAcquire(memory, offset) & 0xffff_ffffL;
            default -> (long) LONG.getAcquire(memory, offset);
        };
    }

    /** Writes a value; what was written before is seen before it. */
    static void put(MemorySegment memory, long offset, int width, long value) {
        switch (width) {
            case 1 -> BYTE.setRelease(memory, offset, (byte) value);
            case 2 -> SHORT.setRelease(memory, offset, (short) value);
            case 4 -> INT.setRelease(memory, offset, (int) value);
            default -> LONG.setRelease(memory, offset, value);
        }
    }

    /** {@return the low bytes} */
    static long low(long value, int width) {
        return value & -1L >>> (64 - 8 * width);
    }
}
