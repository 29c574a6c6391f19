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
 * @param permanence whether every access finds the memory
 * @param release run once when the accessor is closed. It makes the memory inaccessible but keeps the addresses reserved until the accessor is unreachable, so that an access
 *     in flight faults instead of reaching somebody else's memory; it does nothing for memory that its owner frees
 */
public record MappedRegion(MemorySegment memory, RegionCapabilities capabilities, AccessOptions options, Permanence permanence, Runnable release) {

    /** Whether every access before the close finds the memory. It decides how scalars of NORMAL memory are done, where the fastest way is one whose faults come late. */
    public enum Permanence {

        /** The owner promises it: memory of an arena, anonymous RAM, a file that nobody cuts short. An access that finds nothing there all the same is an error of the JVM's, and late. */
        PERMANENT,

        /**
         * Any access may find it gone, as the mapping of a file that others may truncate, or of a device. A provider that can tell precisely (R9) does so at that very access, on NORMAL
         * memory too, where a scalar takes some nanoseconds longer then.
         */
        MAY_VANISH
    }

    /**
     * Checks that the memory is native, and as large as the capabilities say.
     *
     * @throws IllegalArgumentException if it is not
     */
    public MappedRegion {
        Objects.requireNonNull(options);
        Objects.requireNonNull(permanence);
        Objects.requireNonNull(release);
        if (!memory.isNative()) {
            throw new IllegalArgumentException("the memory of a region is on the Java heap, where its address can change: give native memory (Arena.allocate, or a mapping)");
        }
        if (memory.byteSize() != capabilities.size()) {
            throw new IllegalArgumentException("the memory has " + memory.byteSize() + " bytes and the capabilities say " + capabilities.size() + ": both must be the same");
        }
    }

    /**
     * {@return a region over memory that somebody else owns and frees, but not before the accessor was last used, and that is there until then}
     *
     * @param memory native memory of the region's size
     * @param capabilities what it is
     * @param options what its user decided
     */
    public static MappedRegion borrowed(MemorySegment memory, RegionCapabilities capabilities, AccessOptions options) {
        return borrowed(memory, capabilities, options, Permanence.PERMANENT);
    }

    /**
     * {@return a region over memory that somebody else owns and unmaps, but not before the accessor was last used: guest RAM in a file that may be truncated, for example}
     *
     * @param memory native memory of the region's size
     * @param capabilities what it is
     * @param options what its user decided
     * @param permanence whether every access finds the memory
     */
    public static MappedRegion borrowed(MemorySegment memory, RegionCapabilities capabilities, AccessOptions options, Permanence permanence) {
        return new MappedRegion(memory, capabilities, options, permanence, () -> { });
    }
}
