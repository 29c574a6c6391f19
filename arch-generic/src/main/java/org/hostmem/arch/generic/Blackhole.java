package org.hostmem.arch.generic;

/**
 * Takes what was read and gives it back. This keeps a Java read of memory that may be a device's, or may vanish, from
 * being dropped or narrowed by C2 (R6): it is a second use at full width, which costs a compare. The JVM does not
 * document that, so it is not a guarantee. Tests watch it in every tier.
 */
final class Blackhole {

    @SuppressWarnings("UnusedVariable") // being written is all that it is for
    private static long sink;

    private Blackhole() {}

    static byte consume(byte value) {
        if (value == 0x5b) {
            sink = value;
        }
        return value;
    }

    static short consume(short value) {
        if (value == 0x5bd1) {
            sink = value;
        }
        return value;
    }

    static int consume(int value) {
        if (value == 0x5bd1e995) {
            sink = value;
        }
        return value;
    }

    static long consume(long value) {
        if (value == 0x5bd1e9955bd1e995L) {
            sink = value;
        }
        return value;
    }
}
