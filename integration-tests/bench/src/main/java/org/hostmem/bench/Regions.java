package org.hostmem.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.hostmem.AccessOptions;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.Permanence;
import org.hostmem.RegionCapabilities;
import org.hostmem.spi.MappedRegion;
import org.hostmem.spi.ProviderSelection;

/** Memory for contenders to share. */
final class Regions {

    private static final long PAGE = 2 << 20;

    private Regions() {}

    /** Page-aligned, of a shared arena, as mapped regions are; touched, so that no page fault is measured. */
    static MemorySegment memory(long size) {
        MemorySegment memory = Arena.ofShared().allocate(size, PAGE);
        return memory.fill((byte) 1);
    }

    /** The RAM side: of the global arena, where passing a segment to native code costs least, for every contender. */
    static MemorySegment ram(long size) {
        return Arena.global().allocate(size, PAGE).fill((byte) 2);
    }

    /** The same memory for calls of peers, without the cost of keeping an arena open. */
    @SuppressWarnings("restricted")
    static MemorySegment unscoped(MemorySegment memory) {
        return MemorySegment.ofAddress(memory.address()).reinterpret(memory.byteSize());
    }

    static HostMemoryAccessor open(MemorySegment memory, CacheMode mode) {
        return open(memory, mode, Permanence.PERMANENT);
    }

    static HostMemoryAccessor openMayVanish(MemorySegment memory) {
        return open(memory, CacheMode.NORMAL, Permanence.MAY_VANISH);
    }

    private static HostMemoryAccessor open(MemorySegment memory, CacheMode mode, Permanence permanence) {
        RegionCapabilities capabilities = RegionCapabilities.whole(memory.byteSize(), mode, CacheModeSource.ASSERTED);
        MappedRegion.Keeper never = () -> {}; // as of mapped regions, which need no hold of their arena
        return ProviderSelection.load()
                .open(MappedRegion.borrowed(memory, capabilities, AccessOptions.DEFAULT, permanence)
                        .releasedBy(never));
    }
}
