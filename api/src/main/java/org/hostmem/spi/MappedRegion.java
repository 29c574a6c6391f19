package org.hostmem.spi;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import org.hostmem.AccessOptions;
import org.hostmem.RegionCapabilities;

/**
 * Memory to be opened by a provider.
 *
 * @param memory native memory of the region's size
 * @param capabilities what it is
 * @param options what its user decided
 * @param release run once when the accessor is closed. It makes the memory inaccessible but keeps the addresses reserved until the accessor is unreachable, so that an access
 *     in flight faults instead of reaching somebody else's memory; it does nothing for memory that its owner frees
 */
public record MappedRegion(MemorySegment memory, RegionCapabilities capabilities, AccessOptions options, Runnable release) {

    /**
     * Checks that the memory is native, and as large as the capabilities say.
     *
     * @throws IllegalArgumentException if it is not
     */
    public MappedRegion {
        Objects.requireNonNull(options);
        Objects.requireNonNull(release);
        if (!memory.isNative()) {
            throw new IllegalArgumentException("a region must be native memory: heap memory has no address that stays");
        }
        if (memory.byteSize() != capabilities.size()) {
            throw new IllegalArgumentException("the memory has " + memory.byteSize() + " bytes, the capabilities say " + capabilities.size());
        }
    }

    /**
     * {@return a region over memory that somebody else owns and frees, but not before the accessor was last used}
     *
     * @param memory native memory of the region's size
     * @param capabilities what it is
     * @param options what its user decided
     */
    public static MappedRegion borrowed(MemorySegment memory, RegionCapabilities capabilities, AccessOptions options) {
        return new MappedRegion(memory, capabilities, options, () -> { });
    }
}
