package org.hostmem.integration.broken;

import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import org.hostmem.AccessRules;
import org.hostmem.AnsweredBy;
import org.hostmem.CacheMode;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionCapabilities;
import org.hostmem.spi.Assessment;
import org.hostmem.spi.Host;
import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.spi.MappedRegion;

/** A good provider; what is overridden is broken, or what it opens. */
public class DelegateProvider implements HostMemoryProvider {

    final HostMemoryProvider good;
    private final BiFunction<HostMemoryAccessor, MappedRegion, HostMemoryAccessor> breaking;

    public DelegateProvider(HostMemoryProvider good) {
        this(good, (accessor, region) -> accessor);
    }

    public DelegateProvider(
            HostMemoryProvider good, BiFunction<HostMemoryAccessor, MappedRegion, HostMemoryAccessor> breaking) {
        this.good = good;
        this.breaking = breaking;
    }

    @Override
    public String name() {
        return good.name();
    }

    @Override
    public int priority() {
        return good.priority();
    }

    @Override
    public Assessment assess(Host host, RegionCapabilities region) {
        return good.assess(host, region);
    }

    @Override
    public List<String> selfCheck() {
        return good.selfCheck();
    }

    @Override
    public Set<String> knownFeatures() {
        return good.knownFeatures();
    }

    @Override
    public Set<String> features(Host host) {
        return good.features(host);
    }

    @Override
    public AccessRules rules(CacheMode mode, Set<String> features) {
        return good.rules(mode, features);
    }

    @Override
    public AccessRules rules(CacheMode mode, AnsweredBy answeredBy, Set<String> features) {
        return answeredBy.mayDecode() && mode.needsExactAccesses()
                ? good.rules(mode, answeredBy, features)
                : rules(mode, features).answered(answeredBy);
    }

    @Override
    public Set<Guarantee> guarantees(CacheMode mode) {
        return good.guarantees(mode);
    }

    @Override
    public Set<Guarantee> guarantees(CacheMode mode, AnsweredBy answeredBy) {
        return answeredBy == AnsweredBy.HARDWARE ? guarantees(mode) : good.guarantees(mode, answeredBy);
    }

    @Override
    public HostMemoryAccessor open(MappedRegion region) {
        return breaking.apply(good.open(region), region);
    }
}
