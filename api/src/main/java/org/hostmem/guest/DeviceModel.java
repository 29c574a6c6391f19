package org.hostmem.guest;

import org.hostmem.HostMemoryException;
import org.hostmem.RegionFaultException;

/**
 * An emulated device: implement it to answer a guest's loads and stores. The thread that makes an access calls it.
 * Calls are never cached, merged or repeated.
 *
 * <p><b>Widths.</b> A model that is {@linkplain Mapping#of(long, long, DeviceModel, org.hostmem.AccessOptions) mapped
 * with options} gets only accesses that their limits allow, in a byte order of its own. Any other model must accept
 * every width at every alignment.
 *
 * <p><b>Bus errors.</b> A model that refuses an access throws {@link RegionFaultException#busError}. The caller of the
 * access gets that exception with the offset, the width and the {@linkplain RegionFaultException#completed number of
 * completed bytes} of its own request, whatever the model set. This holds for a scalar through the bus, a transfer and
 * a {@link org.hostmem.Transfer}. Bytes that were transferred before stay transferred, and no access follows. If the
 * model accesses other memory and does not catch its fault, that is a bus error of the model, too, with the fault as
 * its cause.
 *
 * <p>Any other exception of a model is passed on unchanged: a {@link HostMemoryException} of memory that it used, or an
 * error of its code. It does not say how many bytes were completed. The space and its accessors can still be used.
 */
public interface DeviceModel {

    /**
     * Answers a load.
     *
     * @param offset from the start of the mapping, at any alignment
     * @param width 1, 2, 4 or 8 bytes
     * @return the value as the guest's CPU sees it, of which the low {@code width} bytes count
     * @throws RegionFaultException for a bus error, if there is no answer
     */
    long read(long offset, int width);

    /**
     * Accepts a store.
     *
     * @param offset from the start of the mapping, at any alignment
     * @param width 1, 2, 4 or 8 bytes
     * @param value as the guest's CPU sees it, zero-extended
     * @throws RegionFaultException for a bus error, if it is not accepted
     */
    void write(long offset, int width, long value);
}
