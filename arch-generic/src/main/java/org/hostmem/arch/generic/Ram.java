package org.hostmem.arch.generic;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** The RAM side of a transfer: heap or native, at any alignment, in the host's byte order. */
final class Ram {

    private Ram() {
    }

    static long get(MemorySegment ram, long offset, int width) {
        return switch (width) {
            case 1 -> ram.get(JAVA_BYTE, offset);
            case 2 -> ram.get(JAVA_SHORT_UNALIGNED, offset);
            case 4 -> ram.get(JAVA_INT_UNALIGNED, offset);
            default -> ram.get(JAVA_LONG_UNALIGNED, offset);
        };
    }

    static void put(MemorySegment ram, long offset, int width, long value) {
        switch (width) {
            case 1 -> ram.set(JAVA_BYTE, offset, (byte) value);
            case 2 -> ram.set(JAVA_SHORT_UNALIGNED, offset, (short) value);
            case 4 -> ram.set(JAVA_INT_UNALIGNED, offset, (int) value);
            default -> ram.set(JAVA_LONG_UNALIGNED, offset, value);
        }
    }
}
