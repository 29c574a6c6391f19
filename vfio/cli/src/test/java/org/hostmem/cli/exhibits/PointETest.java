package org.hostmem.cli.exhibits;

import static org.assertj.core.api.Assertions.assertThat;

import org.hostmem.AccessPlan;
import org.hostmem.AccessPlan.Verdict;
import org.hostmem.AccessRules;
import org.hostmem.CacheMode;
import org.hostmem.UnalignedPolicy;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.EmbeddedDevice;
import org.hostmem.vfio.VfioOptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** VFIO should tell how it maps: then more is allowed. */
@Tag("R4")
class PointETest extends PointTest {

    PointETest() {
        super("E");
    }

    private static CacheMode mode(Device device, int region) {
        return device.region(region).capabilities().cacheMode();
    }

    private static AccessPlan unaligned(AccessRules rules) {
        return AccessPlan.scalar(rules, UnalignedPolicy.SPLIT, 3, 3, 4);
    }

    @Test
    void withoutTheReportEveryBarTakesTheSameCarefulPath() {
        try (Device device = EmbeddedDevice.open(VfioOptions.none())) {
            for (int bar : new int[] {0, 2, 4}) {
                assertThat(mode(device, bar)).isEqualTo(CacheMode.UNKNOWN);
                assertThat(unaligned(Hosts.rules("aarch64", mode(device, bar)))).hasToString("SPLIT 1@3 2@4 1@6");
            }
        }
    }

    @Test
    void withItTheSameDeviceAllowsMore() {
        try (Device device = EmbeddedDevice.open()) {
            assertThat(unaligned(Hosts.rules("aarch64", mode(device, 0))).verdict())
                    .as("noncached")
                    .isEqualTo(Verdict.SPLIT);
            assertThat(unaligned(Hosts.rules("aarch64", mode(device, 2))).verdict())
                    .as("write-combining")
                    .isEqualTo(Verdict.SINGLE);
            assertThat(unaligned(Hosts.rules("aarch64", mode(device, 4))).verdict())
                    .as("normal")
                    .isEqualTo(Verdict.SINGLE);
        }
    }

    @Test
    void writeCombiningDoesNotMeanTheSameOnEveryIsa() {
        assertThat(unaligned(Hosts.rules("ppc64", CacheMode.WRITE_COMBINING)).verdict())
                .isEqualTo(Verdict.SPLIT);
        assertThat(unaligned(Hosts.rules("ppc64", CacheMode.NORMAL)).verdict()).isEqualTo(Verdict.SINGLE);
    }
}
