package org.hostmem.guest;

import org.hostmem.HostMemoryException;
import org.hostmem.RegionFaultException;

/**
 * A device that is emulated: what a guest's loads and stores do to it. Called by whichever thread accesses it, and
 * never cached, merged or repeated.
 *
 * <p><b>What it takes.</b> A model that is {@linkplain Mapping#of(long, long, DeviceModel, org.hostmem.AccessOptions)
 * mapped with options} is asked for nothing but what their limits allow, in a byte order of its own. Any other takes
 * every width at every alignment.
 *
 * <p><b>Bus errors.</b> A model that refuses an access throws {@link RegionFaultException#busError}. Whoever made the
 * access sees that exception with its own offset, width and {@linkplain RegionFaultException#completed number of bytes}
 * before it, whatever the model said of them: a scalar through the bus, a transfer through a part of it and a
 * {@link org.hostmem.Transfer} alike. What was transferred before stays so, and nothing is accessed after it. A fault
 * of memory that the model accesses itself and does not catch is a bus error of the model, too, with the fault as its
 * cause.
 *
 * <p>Everything else that a model throws comes out of the access as it is: a {@link HostMemoryException} of memory that
 * it used, or an error of its code. How many bytes came before is not said then; the space and its accessors may be
 * used as before.
 */
public interface DeviceModel {

    /**
     * Answers a load.
     *
     * @param offset from the start of the mapping, at any alignment
     * @param width 1, 2, 4 or 8 bytes
     * @return the value as the guest's CPU sees it, of which the low {@code width} bytes count
     * @throws RegionFaultException if there is no answer: a bus error
     */
    long read(long offset, int width);

    /**
     * Takes a store.
     *
     * @param offset from the start of the mapping, at any alignment
     * @param width 1, 2, 4 or 8 bytes
     * @param value as the guest's CPU sees it, zero-extended
     * @throws RegionFaultException if it is not taken: a bus error
     */
    void write(long offset, int width, long value);
}
