package org.hostmem.cli.exhibits;

import static org.assertj.core.api.Assertions.assertThat;

import org.hostmem.AccessPlan;
import org.hostmem.AccessPlan.Verdict;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.RegionCapabilities;
import org.hostmem.UnalignedPolicy;
import org.hostmem.vfio.CacheModeCapabilityDecoder;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.EmbeddedDevice;
import org.hostmem.vfio.VfioOptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** VFIO does not say how it maps. */
@Tag("R4")
@Tag("R5")
class Point09Test extends PointTest {

    Point09Test() {
        super("9");
    }

    private static RegionCapabilities region0(VfioOptions options) {
        try (Device device = EmbeddedDevice.open(options)) {
            return device.region(0).capabilities();
        }
    }

    @Test
    void aGuessAllowsWhatTheHostDoesNot() {
        assertThat(AccessPlan.scalar(Hosts.rules("aarch64", CacheMode.NORMAL), UnalignedPolicy.REJECT, 3, 3, 4)
                        .verdict())
                .isEqualTo(Verdict.SINGLE);
        assertThat(AccessPlan.scalar(Hosts.rules("aarch64", CacheMode.UNKNOWN), UnalignedPolicy.REJECT, 3, 3, 4)
                        .verdict())
                .isEqualTo(Verdict.REJECTED);
    }

    @Test
    void unlessTheNumberOfTheCapabilityIsConfiguredNobodySays() {
        assertThat(region0(VfioOptions.none()).cacheMode()).isEqualTo(CacheMode.UNKNOWN);
        assertThat(region0(VfioOptions.none()).cacheModeSource()).isEqualTo(CacheModeSource.UNKNOWN);
    }

    @Test
    void theReportSaysItIfItsNumberIsConfigured() {
        RegionCapabilities reported =
                region0(VfioOptions.none().with(new CacheModeCapabilityDecoder(EmbeddedDevice.CACHE_MODE_CAPABILITY)));
        assertThat(reported.cacheMode()).isEqualTo(CacheMode.NONCACHED);
        assertThat(reported.cacheModeSource()).isEqualTo(CacheModeSource.REPORTED);
        assertThat(region0(VfioOptions.none().with(new CacheModeCapabilityDecoder(0x7001)))
                        .cacheModeSource())
                .as("another number")
                .isEqualTo(CacheModeSource.UNKNOWN);
    }

    @Test
    void theUserSaysItWhereNobodyElseDoes() {
        RegionCapabilities asserted = region0(VfioOptions.none().asserting(0, CacheMode.WRITE_COMBINING));
        assertThat(asserted.cacheMode()).isEqualTo(CacheMode.WRITE_COMBINING);
        assertThat(asserted.cacheModeSource()).as("and it is kept who said so").isEqualTo(CacheModeSource.ASSERTED);
    }

    @Test
    void unknownIsAsStrictAsNoncachedAndHasScalarsOnlyOnEveryIsa() {
        Hosts.allRules().stream()
                .filter(rules -> rules.cacheMode() == CacheMode.UNKNOWN)
                .forEach(unknown -> {
                    var strictest = Hosts.provider(unknown.isa()).rules(CacheMode.NONCACHED, java.util.Set.of());
                    assertThat(unknown.unaligned()).isEqualTo(strictest.unaligned());
                    assertThat(unknown.widestRead()).isEqualTo(8);
                    assertThat(unknown.widestWrite()).isEqualTo(8);
                });
    }
}
