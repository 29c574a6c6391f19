package org.hostmem.arch.generic;

/**
 * Keeps a Java read of memory that may be a device's, or may vanish, from being dropped or narrowed by C2 (R6): a
 * second use at full width, that costs a compare. Not documented behaviour of the JVM, so that it is no guarantee;
 * tests watch it in every tier.
 */
final class Keep {

    @SuppressWarnings("UnusedVariable") // being written is all that it is for
    private static long sink;

    private Keep() {}

    static byte used(byte value) {
        if (value == 0x5b) {
            sink = value;
        }
        return value;
    }

    static short used(short value) {
        if (value == 0x5bd1) {
            sink = value;
        }
        return value;
    }

    /**
     * Keeps C2 from making one sign-extending load of a read and its cast to long. If the memory has vanished, HotSpot
     * 25 on x86-64 cannot step over such a load, and ends the JVM instead of throwing its InternalError.
     */
    static int unextended(int value) {
        return used(value);
    }

    static int used(int value) {
        if (value == 0x5bd1e995) {
            sink = value;
        }
        return value;
    }

    static long used(long value) {
        if (value == 0x5bd1e9955bd1e995L) {
            sink = value;
        }
        return value;
    }
}
