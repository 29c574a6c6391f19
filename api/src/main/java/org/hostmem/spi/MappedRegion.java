package org.hostmem.spi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.function.Function;
import org.hostmem.AccessOptions;
import org.hostmem.DeviceLimits;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.Permanence;
import org.hostmem.RegionCapabilities;
import org.hostmem.engine.LimitedAccessor;

/**
 * Memory to be opened by a provider.
 *
 * @param memory native memory of the region's size
 * @param capabilities what it is
 * @param options what its user decided
 * @param permanence whether every access finds the memory
 * @param release run when the accessor is closed, and again at each later close until it has returned once without an
 *     exception. A {@link Keeper} ends memory of the region's own; another one is told of the end, and the memory is
 *     {@linkplain #isLent lent}
 */
public record MappedRegion(
        MemorySegment memory,
        RegionCapabilities capabilities,
        AccessOptions options,
        Permanence permanence,
        Runnable release) {

    /**
     * Ends memory of the region's own. It makes the memory inaccessible but keeps the addresses reserved until the
     * accessor is unreachable, so that an access in flight faults instead of reaching somebody else's memory; nothing
     * else ends the memory before. Threads that close at the same time may run it at the same time, and after a success
     * it does nothing. {@link MemoryLifetime#release} is one.
     */
    @FunctionalInterface
    public interface Keeper extends Runnable {}

    /**
     * Checks that the memory is native, as large as the capabilities say, and not read-only where they give the right
     * to write.
     *
     * @throws IllegalArgumentException if it is not
     */
    public MappedRegion {
        Objects.requireNonNull(options);
        Objects.requireNonNull(permanence);
        Objects.requireNonNull(release);
        if (!memory.isNative()) {
            throw new IllegalArgumentException(
                    "the memory of a region is on the Java heap, where its address can change: give native memory"
                            + " (Arena.allocate, or a mapping)");
        }
        if (memory.byteSize() != capabilities.size()) {
            throw new IllegalArgumentException("the memory has " + memory.byteSize()
                    + " bytes and the capabilities say " + capabilities.size() + ": both must be the same");
        }
        if (memory.isReadOnly() && capabilities.writable()) {
            throw new IllegalArgumentException(
                    "the memory is a read-only segment, and the capabilities say that the region may be written: give"
                            + " RegionCapabilities.readOnly(), or the segment itself");
        }
    }

    /**
     * {@return a region over memory of its own, which ends when the accessor is closed}
     *
     * @param lifetime of the memory
     * @param capabilities what it is
     * @param options what its user decided
     * @param permanence whether every access finds the memory
     */
    public static MappedRegion owned(
            MemoryLifetime lifetime, RegionCapabilities capabilities, AccessOptions options, Permanence permanence) {
        return new MappedRegion(lifetime.memory(), capabilities, options, permanence, (Keeper) lifetime::release);
    }

    /**
     * {@return the accessor of this region, opened without the limits of its options and obeying them: what
     * {@link HostMemoryProvider#open} is made of}
     *
     * @param opening opens a region whose options have no limits
     */
    public HostMemoryAccessor limited(Function<MappedRegion, HostMemoryAccessor> opening) {
        DeviceLimits limits = options.limits();
        return limits.isNone()
                ? opening.apply(this)
                : LimitedAccessor.of(
                        opening.apply(new MappedRegion(
                                memory, capabilities, options.with(DeviceLimits.NONE), permanence, release)),
                        limits);
    }

    /**
     * {@return whether somebody else may end the memory at any time, or its use is one thread's alone: an accessor asks
     * its scope before each access, and holds it while an access runs outside of Java. Memory of the
     * {@linkplain Arena#global global} arena never ends, and that of a {@link Keeper} is guarded}
     */
    public boolean isLent() {
        return !(release instanceof Keeper)
                && !memory.scope().equals(Arena.global().scope());
    }

    /**
     * {@return a region over memory that somebody else owns and frees, and that is there until then}
     *
     * <p>When the memory's arena ends, so does the accessor: {@link org.hostmem.RegionClosedException}. An arena cannot
     * end while an access runs. Of a confined arena only its own thread may access:
     * {@link org.hostmem.AccessRejectedException} else. Holding the arena takes some nanoseconds of each access that is
     * not Java's; none if it is the {@linkplain Arena#global global} one.
     *
     * @param memory native memory of the region's size
     * @param capabilities what it is
     * @param options what its user decided
     */
    public static MappedRegion borrowed(MemorySegment memory, RegionCapabilities capabilities, AccessOptions options) {
        return borrowed(memory, capabilities, options, Permanence.PERMANENT);
    }

    /**
     * {@return a region over memory that somebody else owns and unmaps: guest RAM in a file that may be truncated, for
     * example}
     *
     * <p>Its arena ends it as {@linkplain #borrowed(MemorySegment, RegionCapabilities, AccessOptions) there}.
     *
     * @param memory native memory of the region's size
     * @param capabilities what it is
     * @param options what its user decided
     * @param permanence whether every access finds the memory
     */
    public static MappedRegion borrowed(
            MemorySegment memory, RegionCapabilities capabilities, AccessOptions options, Permanence permanence) {
        return new MappedRegion(memory, capabilities, options, permanence, () -> {});
    }
}
