package org.hostmem.integration.guest;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.hostmem.AccessOptions;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionCapabilities;
import org.hostmem.spi.Assessment;
import org.hostmem.spi.Host;
import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.spi.MappedRegion;
import org.hostmem.spi.ProviderSelection;

/** RAM opened as a region of any mode by every provider that this host can use. */
final class Regions {

    private Regions() {}

    static List<HostMemoryProvider> providers() {
        return ProviderSelection.load().providers().stream()
                .filter(p -> p.assess(
                                Host.current(), RegionCapabilities.whole(0, CacheMode.NORMAL, CacheModeSource.ASSERTED))
                        instanceof Assessment.Usable)
                .toList();
    }

    static HostMemoryAccessor open(HostMemoryProvider provider, MemorySegment memory, CacheMode mode) {
        return open(provider, memory, mode, AccessOptions.DEFAULT);
    }

    static HostMemoryAccessor open(
            HostMemoryProvider provider, MemorySegment memory, CacheMode mode, AccessOptions options) {
        return provider.open(MappedRegion.borrowed(
                memory, RegionCapabilities.whole(memory.byteSize(), mode, CacheModeSource.ASSERTED), options));
    }

    /** At a multiple of 64. */
    static MemorySegment memory(long size) {
        return Arena.ofAuto().allocate(size, 64);
    }
}
