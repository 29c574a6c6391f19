package org.hostmem.arch.generic;

/**
 * How a transfer is cut into calls: a safepoint waits for a call, so a long one is kept short by the time that the last
 * ones took.
 */
final class Chunks {

    static final long SHORTEST = 512;
    static final long LONGEST = 1 << 20;
    /** A safepoint waits for a call, so a call should take less than this. */
    private static final long LONGEST_CALL_NANOS = 50_000;

    private Chunks() {}

    /** A chunk ends at a multiple of 64, so that cutting a transfer changes none of its accesses. */
    static long upwards(long address, long rest, long chunk) {
        return rest <= chunk ? rest : (address + chunk & -64) - address;
    }

    static long downwards(long end, long rest, long chunk) {
        return rest <= chunk ? rest : end - (end - chunk + 63 & -64);
    }

    /** The next chunk, after one that moved so much since {@code start}. */
    static long next(long chunk, long moved, long start) {
        long nanos = System.nanoTime() - start;
        if (nanos > LONGEST_CALL_NANOS) {
            return Math.max(SHORTEST, chunk / 2);
        }
        return moved > chunk / 2 && nanos < LONGEST_CALL_NANOS / 4 ? Math.min(LONGEST, chunk * 2) : chunk;
    }
}
