package org.hostmem.engine;

/** The units of an ascending transfer (R4). */
public final class Ladder {

    private Ladder() {}

    /**
     * {@return the width of the next access of an ascending transfer, in bytes}
     *
     * <p>The unit below 64 bytes is 16: there is no unit of 32 beside the single-shot stores and loads (MOVDIR64B,
     * ST64B, LD64B). All transfers with units of 64 bytes have the same ladder.
     *
     * @param address on the device side, of the next byte
     * @param rest bytes that are left, 1 or more
     * @param widest legal unit, a power of two
     */
    public static int unit(long address, long rest, int widest) {
        int unit = (int) Math.min(Long.lowestOneBit(address | widest), Long.highestOneBit(rest));
        return unit == 32 && widest == 64 ? 16 : unit;
    }
}
