package org.hostmem.engine;

import java.lang.foreign.MemorySegment;
import org.hostmem.AccessOptions;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.Permanence;
import org.hostmem.RegionCapabilities;
import org.hostmem.spi.MappedRegion;
import org.hostmem.spi.ProviderSelection;

/** Opens memory that the user already owns. */
public final class Opening {

    private Opening() {}

    /** {@return an accessor of memory that its owner frees} */
    public static HostMemoryAccessor of(
            MemorySegment memory, CacheMode mode, Permanence permanence, AccessOptions options) {
        RegionCapabilities whole = RegionCapabilities.whole(memory.byteSize(), mode, CacheModeSource.ASSERTED);
        RegionCapabilities capabilities = memory.isReadOnly() ? whole.readOnly() : whole;
        return ProviderSelection.load().open(MappedRegion.borrowed(memory, capabilities, options, permanence));
    }
}
