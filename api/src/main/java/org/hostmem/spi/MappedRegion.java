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
import org.jspecify.annotations.Nullable;

/**
 * Describes mapped memory to the provider that opens it: where it is, what it is, how to open it, and how it ends.
 * Immutable.
 */
public final class MappedRegion {
    private final MemorySegment memory;
    private final RegionCapabilities capabilities;
    private final AccessOptions options;
    private final Permanence permanence;
    private final Runnable release;
    private final @Nullable HostPages pages;

    private MappedRegion(
            MemorySegment memory,
            RegionCapabilities capabilities,
            AccessOptions options,
            Permanence permanence,
            Runnable release,
            @Nullable HostPages pages) {
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
        this.memory = memory;
        this.capabilities = capabilities;
        this.options = options;
        this.permanence = permanence;
        this.release = release;
        this.pages = pages;
    }

    /** {@return native memory of the region's size} */
    public MemorySegment memory() {
        return memory;
    }

    /** {@return the capabilities of the memory} */
    public RegionCapabilities capabilities() {
        return capabilities;
    }

    /** {@return the options that its user chose} */
    public AccessOptions options() {
        return options;
    }

    /** {@return whether every access finds the memory} */
    public Permanence permanence() {
        return permanence;
    }

    /** {@return what runs when the accessor is closed, see {@link #releasedBy}} */
    public Runnable release() {
        return release;
    }

    /** {@return the host's pages of the memory; null if it is not RAM that a provider made} */
    @SuppressWarnings("exports") // of JSpecify, which users may leave out
    public @Nullable HostPages pages() {
        return pages;
    }

    /**
     * Ends memory that the region owns. It makes the memory inaccessible, but keeps the addresses reserved until the
     * accessor is unreachable. So an access that is still running faults, and does not reach other memory. Nothing else
     * may end the memory before. Threads that close at the same time may run it at the same time. After a success it
     * does nothing. {@link MemoryLifetime#release} is a keeper.
     */
    @FunctionalInterface
    public interface Keeper extends Runnable {}

    /**
     * {@return a region that owns its memory: it ends when the accessor is closed}
     *
     * @param lifetime of the memory
     * @param capabilities what it is
     * @param options what its user decided
     * @param permanence whether every access finds the memory
     */
    public static MappedRegion owned(
            MemoryLifetime lifetime, RegionCapabilities capabilities, AccessOptions options, Permanence permanence) {
        return new MappedRegion(lifetime.memory(), capabilities, options, permanence, (Keeper) lifetime::release, null);
    }

    /**
     * {@return the accessor of this region, which obeys the device limits of its options. It is opened without limits,
     * and then wrapped. {@link HostMemoryProvider#open} is made of this}
     *
     * @param opening opens a region whose options have no limits
     */
    public HostMemoryAccessor limited(Function<MappedRegion, HostMemoryAccessor> opening) {
        DeviceLimits limits = options.limits();
        return limits.isNone()
                ? opening.apply(this)
                : LimitedAccessor.of(opening.apply(with(options.with(DeviceLimits.NONE))), limits);
    }

    /**
     * {@return whether somebody else may end the memory at any time, or only one thread may use it. Then an accessor
     * checks the scope before each access, and holds it while an access runs outside of Java. Memory of the
     * {@linkplain Arena#global global} arena is not lent, as it never ends. Memory of a {@link Keeper} is not lent
     * either}
     */
    public boolean isLent() {
        return !(release instanceof Keeper)
                && !memory.scope().equals(Arena.global().scope());
    }

    /**
     * {@return a region over memory that somebody else owns and frees; until then every access finds it}
     *
     * <p>The accessor ends with the memory's arena: later accesses throw a {@link org.hostmem.RegionClosedException}.
     * The arena cannot end while an access runs. If the arena is confined, only its own thread may access the memory;
     * others get an {@link org.hostmem.AccessRejectedException}. Holding the arena costs some nanoseconds for each
     * access by machine code, but nothing for the {@linkplain Arena#global global} arena.
     *
     * @param memory native memory of the region's size
     * @param capabilities what it is
     * @param options what its user decided
     */
    public static MappedRegion borrowed(MemorySegment memory, RegionCapabilities capabilities, AccessOptions options) {
        return borrowed(memory, capabilities, options, Permanence.PERMANENT);
    }

    /**
     * {@return a region over memory that somebody else owns and unmaps, for example guest RAM in a file that may be
     * truncated}
     *
     * <p>It ends with its arena, as {@linkplain #borrowed(MemorySegment, RegionCapabilities, AccessOptions) any
     * borrowed memory}.
     *
     * @param memory native memory of the region's size
     * @param capabilities what it is
     * @param options what its user decided
     * @param permanence whether every access finds the memory
     */
    public static MappedRegion borrowed(
            MemorySegment memory, RegionCapabilities capabilities, AccessOptions options, Permanence permanence) {
        return new MappedRegion(memory, capabilities, options, permanence, () -> {}, null);
    }

    /**
     * {@return the same region, with other options}
     *
     * @param options what its user decided
     */
    public MappedRegion with(AccessOptions options) {
        return new MappedRegion(memory, capabilities, options, permanence, release, pages);
    }

    /**
     * {@return the same region, which does something when it is closed}
     *
     * @param release runs when the accessor is closed. If it throws, the next close runs it again. A {@link Keeper}
     *     ends memory that the region owns. If it is not a keeper, it is only told of the end, and the memory is
     *     {@linkplain #isLent lent}
     */
    public MappedRegion releasedBy(Runnable release) {
        return new MappedRegion(memory, capabilities, options, permanence, release, pages);
    }

    /**
     * {@return the same region, of RAM whose pages are known}
     *
     * @param pages of all its memory
     */
    public MappedRegion with(HostPages pages) {
        return new MappedRegion(memory, capabilities, options, permanence, release, Objects.requireNonNull(pages));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof MappedRegion that
                && memory.equals(that.memory)
                && capabilities.equals(that.capabilities)
                && options.equals(that.options)
                && permanence.equals(that.permanence)
                && release.equals(that.release)
                && Objects.equals(pages, that.pages);
    }

    @Override
    public int hashCode() {
        return Objects.hash(memory, capabilities, options, permanence, release, pages);
    }

    @Override
    public String toString() {
        return "MappedRegion[memory=" + memory + ", capabilities=" + capabilities + ", options=" + options
                + ", permanence=" + permanence + ", release=" + release + "]";
    }
}
