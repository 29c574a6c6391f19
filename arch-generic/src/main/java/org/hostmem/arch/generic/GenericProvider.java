package org.hostmem.arch.generic;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import org.hostmem.AccessRules;
import org.hostmem.AccessRules.Unaligned;
import org.hostmem.Barrier;
import org.hostmem.CacheMode;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionCapabilities;
import org.hostmem.spi.Assessment;
import org.hostmem.spi.Host;
import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.spi.MappedRegion;

/** The fallback for any host: pure Java, the strictest rules of all ISAs, fewer guarantees. */
public final class GenericProvider implements HostMemoryProvider {

    private static final Isa ISA = new Isa(
            "generic",
            List.of(new IsaRow(
                    EnumSet.allOf(CacheMode.class),
                    "",
                    Unaligned.ILLEGAL,
                    "",
                    8,
                    "",
                    8,
                    "",
                    "the intersection of all ISAs' rules on pgprot_noncached")),
            List.of(),
            List.of(UnobservedRow.ofTheJvm("java.lang.foreign.MemorySegment.copy")),
            barriers(),
            Decoding.UNKNOWN);

    /** Whom it stands in for, and why, as notes: a provider for this host whose instructions cannot be used. */
    private static final Map<String, String> NOTES = new ConcurrentSkipListMap<>();

    /** For {@link java.util.ServiceLoader}. */
    public GenericProvider() {}

    private static Map<Barrier, String> barriers() {
        Map<Barrier, String> all = new EnumMap<>(Barrier.class);
        for (Barrier purpose : Barrier.values()) {
            all.put(purpose, "VarHandle.fullFence");
        }
        return all;
    }

    static AccessRules strictest(CacheMode mode) {
        return ISA.rules(mode, Set.of());
    }

    @Override
    public String name() {
        return ISA.name();
    }

    @Override
    public int priority() {
        return PRIORITY_FALLBACK;
    }

    @Override
    public Assessment assess(Host host, RegionCapabilities region) {
        return Assessment.usable();
    }

    @Override
    public Set<String> features(Host host) {
        return Set.of();
    }

    @Override
    public AccessRules rules(CacheMode mode, Set<String> features) {
        return strictest(mode);
    }

    @Override
    public Set<Guarantee> guarantees(CacheMode mode) {
        return PureJava.guarantees(mode);
    }

    static void standsInFor(String provider, String why) {
        NOTES.put(provider, "the instructions for " + provider + " are not used: " + why);
    }

    @Override
    public HostMemoryAccessor open(MappedRegion region) {
        return region.limited(GenericProvider::pureJava);
    }

    static HostMemoryAccessor pureJava(MappedRegion region) {
        Prepared.prepare();
        CacheMode mode = region.capabilities().cacheMode();
        AccessRules rules = IsaProvider.withNote(
                strictest(mode).answered(region.capabilities().answeredBy()),
                NOTES.values().toArray(String[]::new));
        return new MachineAccessor(region, rules, PureJava.guarantees(mode), PureJava::new, null);
    }
}
