package org.hostmem.spi;

import org.hostmem.AccessRejectedException;
import org.hostmem.RegionClosedException;

/**
 * For authors of providers: gives {@link org.hostmem.guest.RamPages} the calls for the host's pages of RAM that a
 * provider made with {@link HostMemoryProvider#openRam}. The RAM is memory of this process alone, and a page is zero
 * until it is written. The callers check bounds, rights and alignment.
 *
 * <p>A result is 0 or more, or {@code -errno}.
 */
public interface HostPages {

    /** {@return the size of a page in bytes} */
    long pageSize();

    /**
     * {@return the result of giving pages back to the host, so that they are zero}
     *
     * @param address of the first page
     * @param length in bytes, of whole pages
     * @throws RegionClosedException if the memory is closed
     * @throws AccessRejectedException if something beside the CPU uses the memory, which keeps the old pages
     */
    long discard(long address, long length);

    /**
     * {@return the result of asking the host to use huge pages from now on}
     *
     * @param address of the first page
     * @param length in bytes, of whole pages
     * @throws RegionClosedException if the memory is closed
     */
    long requestHuge(long address, long length);
}
