package org.hostmem.spi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Set;
import org.hostmem.AccessOptions;
import org.hostmem.AccessRules;
import org.hostmem.AnsweredBy;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.HostMemoryException;
import org.hostmem.Permanence;
import org.hostmem.RegionCapabilities;

/**
 * Knows the rules of one ISA, and opens accessors that obey them. Each architecture module provides one. Most authors
 * extend {@code IsaProvider} of {@code org.hostmem.arch.generic}.
 *
 * <p><b>Implementations</b> are public, final, stateless or thread-safe, with a public constructor without parameters
 * that does nothing: no native call, no file. {@link #name}, {@link #priority}, {@link #assess} and {@link #rules} work
 * on any host and throw nothing. They are pure, with one exception: to {@code assess} {@linkplain Host#isThisMachine
 * this machine}, a provider finds out once whether the machine lets it work.
 */
public interface HostMemoryProvider {

    /** Guest RAM begins at a multiple of this many bytes. */
    int PAGE = 4096;

    /** The priority of a fallback for any host. */
    int PRIORITY_FALLBACK = 0;

    /** Priority of a provider for one ISA. */
    int PRIORITY_ISA = 100;

    /** Priority of a provider for one ISA and a CPU feature or a vendor. */
    int PRIORITY_FEATURE = 200;

    /**
     * {@return the name, also the value of the system property {@value ProviderSelection#PROVIDER_PROPERTY}:
     * {@code [a-z0-9_-]{1,32}}, for example {@code x86_64}}
     */
    String name();

    /**
     * {@return the rank among usable providers, higher first: {@link #PRIORITY_FALLBACK}, {@link #PRIORITY_ISA},
     * {@link #PRIORITY_FEATURE}, or between them}
     */
    int priority();

    /**
     * Says whether this provider can serve a region on a host, and if not, why.
     *
     * @param host where
     * @param region what
     * @return the answer
     */
    Assessment assess(Host host, RegionCapabilities region);

    /**
     * {@return what is wrong with this provider itself, a sentence for each mistake; empty if it knows of none. It
     * works on any host, and runs no instruction to find out}
     *
     * <p>A provider that has mistakes says in {@link #assess} that it is unusable. The testkit fails it on any host.
     */
    default List<String> selfCheck() {
        return List.of();
    }

    /**
     * {@return the names of all CPU features that change the rules on some host. Every set that {@link #features}
     * returns is a subset. This runs no instruction to find out}
     */
    default Set<String> knownFeatures() {
        return Set.of();
    }

    /**
     * {@return the CPU features of a host that change the rules, for example {@code avx}; empty if the host has another
     * ISA. This may run instructions to find out}
     *
     * @param host whose
     */
    Set<String> features(Host host);

    /**
     * {@return the rules of the ISA where hardware answers}
     *
     * @param mode how the memory is mapped
     * @param features some of those {@link #features} can give; empty for the baseline of the ISA
     */
    AccessRules rules(CacheMode mode, Set<String> features);

    /**
     * {@return the rules of the ISA. On device memory that a hypervisor may answer, they allow only units that
     * hypervisors decode}
     *
     * <p>This default allows only scalars on such memory, so the provider must open such regions with no wider unit
     * (R14). Override it if hypervisors decode wider units.
     *
     * @param mode how the memory is mapped
     * @param answeredBy who answers
     * @param features some of those {@link #features} can give; empty for the baseline of the ISA
     */
    default AccessRules rules(CacheMode mode, AnsweredBy answeredBy, Set<String> features) {
        AccessRules any = rules(mode, features);
        return answeredBy.mayDecode() && mode.needsExactAccesses()
                ? any.scalarsOnly(answeredBy)
                : any.answered(answeredBy);
    }

    /**
     * {@return the guarantees that an accessor of this mode has at least on this host. If memory
     * {@linkplain Permanence#MAY_VANISH may vanish}, it may have more}
     *
     * @param mode how the memory is mapped
     */
    Set<Guarantee> guarantees(CacheMode mode);

    /**
     * {@return the guarantees that an accessor of this mode has at least on this host, by who answers}
     *
     * <p>This default returns the guarantees for hardware. A provider whose instructions are known to be decoded adds
     * {@link Guarantee#DECODABLE}.
     *
     * @param mode how the memory is mapped
     * @param answeredBy who answers
     */
    default Set<Guarantee> guarantees(CacheMode mode, AnsweredBy answeredBy) {
        return guarantees(mode);
    }

    /**
     * {@return the signs that a host of this provider's ISA is a guest, or is not one, the surest first; empty for
     * other ISAs}
     *
     * <p>{@link Guest#detect} uses them. It asks all providers, so a fallback need not have any.
     *
     * @param isa of the host, for example {@code x86_64}
     */
    default List<GuestSign> guestSigns(String isa) {
        return List.of();
    }

    /**
     * Opens a region. To be called only after {@link Assessment.Usable}.
     *
     * <p>The limits of its options must hold (R13). {@code return region.limited(this::openUnlimited)} does that.
     *
     * @param region mapped memory and what is known of it
     * @return an accessor that owns the region: closing it {@linkplain MappedRegion#release() releases} the memory
     */
    HostMemoryAccessor open(MappedRegion region);

    /**
     * Opens new RAM, zeroed, of this process alone: see {@link org.hostmem.guest.GuestRam}. To be called only after
     * {@link Assessment.Usable}.
     *
     * <p>This default uses memory of the JVM. The JVM writes it once to zero it, and counts it against
     * {@code -XX:MaxDirectMemorySize}. It goes back to the host when nothing made from it is reachable.
     *
     * @param size in bytes, 0 or more
     * @param options of the accessor
     * @return its accessor
     * @throws HostMemoryException if the host does not have that much
     */
    default HostMemoryAccessor openRam(long size, AccessOptions options) {
        RegionCapabilities capabilities =
                RegionCapabilities.whole(size, CacheMode.NORMAL, CacheModeSource.BY_CONSTRUCTION);
        MemorySegment memory;
        try {
            memory = Arena.ofAuto().allocate(size, PAGE);
        } catch (OutOfMemoryError none) {
            throw new HostMemoryException(
                    "the JVM cannot allocate " + size + " bytes of RAM"
                            + (none.getMessage() == null ? "" : " (" + none.getMessage() + ")")
                            + ": ask for less, or raise -XX:MaxDirectMemorySize",
                    none);
        }
        MappedRegion.Keeper collector =
                () -> {}; // the accessor has the segment: when it is unreachable, so is the memory
        return open(MappedRegion.borrowed(memory, capabilities, options).releasedBy(collector));
    }
}
