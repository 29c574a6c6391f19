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
 * Allocates RAM for a guest: {@code try (HostMemoryAccessor ram = GuestRam.open(1L << 30)) ...}
 *
 * <p>It is {@link CacheMode#NORMAL} memory of this process alone, zeroed, at the start of a page, with
 * {@linkplain HostMemoryAccessor#atomics atomics} and a {@linkplain HostMemoryAccessor#asSegment segment}. If the
 * provider has instructions for this host, the host allocates pages when they are first accessed. So a large and mostly
 * empty guest is cheap.
 *
 * <p><b>Lifetime.</b> {@link HostMemoryAccessor#close} ends it, with all views and segments. Its pages go back to the
 * host, locked ones ({@code mlock}) too. If it is never closed, they go back when nothing made from it is reachable.
 * Its addresses stay reserved until then in any case. If addresses or memory are short, opening collects garbage and
 * tries again. Under the fallback provider the pages always stay until nothing is reachable, and a segment stays usable
 * after the close.
 *
 * <p><b>Pages.</b> {@link RamPages} gives pages back, finds those that were touched, copies only those, and asks for
 * huge pages.
 *
 * <p><b>Devices.</b> To let a passed-through device reach it, or parts of it, at guest-physical addresses, use
 * {@code DmaSpace.mapAt} of the module {@code org.hostmem.vfio}. Such a mapping ends before the memory is released. For
 * RAM of large pages, or RAM with a descriptor to share, use {@code DmaMemory} of that module.
 *
 * <p>Use {@link HostMemoryAccessor#of} for RAM that the emulator already has, such as a file that another process maps
 * too.
 */
public final class GuestRam {

    private GuestRam() {}

    /**
     * {@return RAM for a little-endian guest; unaligned accesses are never refused}
     *
     * @param size in bytes, 0 or more
     * @throws IllegalArgumentException if the size is negative
     * @throws HostMemoryException if the host does not have that much
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
     * @throws HostMemoryException if the host does not have that much
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
