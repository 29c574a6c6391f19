package org.hostmem.vfio;

/**
 * A range of addresses for a device's DMA, from the first to the last inclusive. Both are unsigned.
 *
 * @param first address
 * @param last address, not lower than the first
 */
public record IovaRange(long first, long last) {

    /**
     * Checks the order.
     *
     * @throws IllegalArgumentException if the last address is below the first
     */
    public IovaRange {
        if (Long.compareUnsigned(last, first) < 0) {
            throw new IllegalArgumentException("the last address 0x" + Long.toHexString(last) + " is below the first 0x"
                    + Long.toHexString(first));
        }
    }

    /**
     * {@return whether a block lies in this range as a whole}
     *
     * @param iova of its first byte, unsigned
     * @param size in bytes, 1 or more
     */
    public boolean contains(long iova, long size) {
        return Long.compareUnsigned(first, iova) <= 0
                && Long.compareUnsigned(iova, last) <= 0
                && Long.compareUnsigned(size - 1, last - iova) <= 0;
    }

    /** {@return for example {@code 0x0-0xfedfffff}} */
    @Override
    public String toString() {
        return "0x" + Long.toHexString(first) + "-0x" + Long.toHexString(last);
    }
}
