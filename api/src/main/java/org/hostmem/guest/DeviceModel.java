package org.hostmem.guest;

/** A device that is emulated: what a guest's loads and stores do to it. Called by whichever thread accesses it, and never cached, merged or repeated. */
public interface DeviceModel {

    /**
     * Answers a load.
     *
     * @param offset from the start of the mapping, at any alignment
     * @param width 1, 2, 4 or 8 bytes
     * @return the value as the guest's CPU sees it, of which the low {@code width} bytes count
     */
    long read(long offset, int width);

    /**
     * Takes a store.
     *
     * @param offset from the start of the mapping, at any alignment
     * @param width 1, 2, 4 or 8 bytes
     * @param value as the guest's CPU sees it, zero-extended
     */
    void write(long offset, int width, long value);
}
