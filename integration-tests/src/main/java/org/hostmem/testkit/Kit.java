package org.hostmem.testkit;

import static org.junit.jupiter.api.Assumptions.abort;

import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.RegionCapabilities;
import org.hostmem.spi.Assessment;
import org.hostmem.spi.Host;
import org.hostmem.spi.HostMemoryProvider;
import org.junit.jupiter.api.DynamicTest;

/** What the tests of every rule have in common: a provider, and each cache mode in its turn. */
interface Kit {

    /** A test of one cache mode. */
    @FunctionalInterface
    interface ModeTest {
        void run(CacheMode mode) throws Throwable;
    }

    /** {@return the provider under test} */
    HostMemoryProvider provider();

    /** {@return the modes to test} */
    default Set<CacheMode> modes() {
        return EnumSet.allOf(CacheMode.class);
    }

    /** {@return how long a test with two threads may take} */
    default Duration patience() {
        return Duration.ofSeconds(2);
    }

    /** One test for each cache mode; skipped, with the provider's own reason, on a host that it does not serve. */
    default Stream<DynamicTest> eachMode(ModeTest test) {
        return modes().stream()
                .map(mode -> DynamicTest.dynamicTest(mode.name(), () -> {
                    assumeServed(mode);
                    test.run(mode);
                }));
    }

    /** Skips the rest where the provider cannot work. */
    default void assumeServed(CacheMode mode) {
        HostMemoryProvider provider = provider();
        Assessment verdict =
                provider.assess(Host.current(), RegionCapabilities.whole(4096, mode, CacheModeSource.REPORTED));
        if (verdict instanceof Assessment.Unusable(String reason)) {
            abort(() -> "the provider " + provider.name() + " cannot be used here: " + reason);
        }
    }
}
