package org.hostmem.integration.broken;

import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.hostmem.CacheMode;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.spi.MappedRegion;

/**
 * A provider with one fault.
 *
 * @param fails the only test of the contract that it fails
 * @param fault what is wrong with it
 * @param modes the cache modes to run the contract for: one is enough
 * @param base the provider to be broken: the best of this host, or the fallback where the rules have to be strict
 * @param breaking makes the broken provider
 */
record Broken(String fails, String fault, Set<CacheMode> modes, Base base, UnaryOperator<HostMemoryProvider> breaking) {

    /** Where the rest of it, which is right, comes from. */
    enum Base {
        BEST,
        FALLBACK
    }

    static Broken accessor(String fails, String fault, Function<HostMemoryAccessor, HostMemoryAccessor> breaking) {
        return provider(
                fails, fault, good -> new DelegateProvider(good, (accessor, region) -> breaking.apply(accessor)));
    }

    static Broken region(
            String fails, String fault, BiFunction<HostMemoryAccessor, MappedRegion, HostMemoryAccessor> breaking) {
        return provider(fails, fault, good -> new DelegateProvider(good, breaking));
    }

    static Broken provider(String fails, String fault, UnaryOperator<HostMemoryProvider> breaking) {
        return new Broken(fails, fault, Set.of(CacheMode.DEVICE), Base.BEST, breaking);
    }

    Broken on(CacheMode mode) {
        return new Broken(fails, fault, Set.of(mode), base, breaking);
    }

    Broken on(Base other) {
        return new Broken(fails, fault, modes, other, breaking);
    }

    /** A new one each time. */
    HostMemoryProvider make(Function<Base, HostMemoryProvider> installed) {
        return breaking.apply(installed.apply(base));
    }

    @Override
    public String toString() {
        return fails + ": " + fault;
    }
}
