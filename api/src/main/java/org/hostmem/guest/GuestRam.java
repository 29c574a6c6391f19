package org.hostmem.guest;

import org.hostmem.AccessOptions;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.HostMemoryException;
import org.hostmem.NoProviderException;
import org.hostmem.RegionCapabilities;
import org.hostmem.spi.Host;
import org.hostmem.spi.ProviderSelection;

/**
 * RAM for a guest, in one line: {@code try (HostMemoryAccessor ram = GuestRam.open(1L << 30)) ...}
 *
 * <p>It is {@link CacheMode#NORMAL} memory of this process alone, zeroed, at the start of a page, with
 * {@linkplain HostMemoryAccessor#atomics atomics} and a {@linkplain HostMemoryAccessor#asSegment segment}. Where the
 * provider has instructions for this host, the host gives pages as they are touched, so that a large and mostly empty
 * guest is cheap.
 *
 * <p><b>Lifetime.</b> {@link HostMemoryAccessor#close} ends it, with all views and segments, and its pages go back to
 * the host, those that are locked ({@code mlock}) too; if it is never closed, they do when nothing that came from it is
 * reachable. Its addresses stay taken until then in any case; where they, or memory, are short, opening collects and
 * tries again. Under the fallback provider the pages always wait for that, and a segment stays usable after the close.
 *
 * <p><b>Devices.</b> A passed-through device reaches it, or parts of it, where the guest has it: {@code DmaSpace.mapAt}
 * of the module {@code org.hostmem.vfio}, which ends such a mapping before the memory is released. RAM of large pages,
 * or with a descriptor to share it by, is {@code DmaMemory} there.
 *
 * <p>RAM that the emulator has already, such as a file that another process maps too, is opened by
 * {@link HostMemoryAccessor#of}.
 */
public final class GuestRam {

    private GuestRam() {}

    /**
     * {@return RAM for a little-endian guest whose unaligned accesses are never refused}
     *
     * @param size in bytes, 0 or more
     * @throws IllegalArgumentException if the size is negative
     * @throws HostMemoryException if the host has not that much
     */
    public static HostMemoryAccessor open(long size) {
        return open(size, AccessOptions.DEFAULT);
    }

    /**
     * {@return RAM for a guest}
     *
     * @param size in bytes, 0 or more
     * @param options byte order and what becomes of unaligned accesses: see
     *     {@link org.hostmem.UnalignedPolicy#forGuest(String, CacheMode)}
     * @throws IllegalArgumentException if the size is negative
     * @throws HostMemoryException if the host has not that much
     * @throws NoProviderException if no provider is there
     */
    public static HostMemoryAccessor open(long size, AccessOptions options) {
        if (size < 0) {
            throw new IllegalArgumentException("guest RAM of " + size + " bytes: the size must be 0 or more");
        }
        RegionCapabilities capabilities =
                RegionCapabilities.whole(size, CacheMode.NORMAL, CacheModeSource.BY_CONSTRUCTION);
        return ProviderSelection.load().select(Host.current(), capabilities).openRam(size, options);
    }
}
