package org.hostmem.vfio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.List;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.RegionCapabilities.Area;
import org.hostmem.vfio.RegionInfoException.Violation;
import org.hostmem.vfio.region.CacheModeDecision;
import org.hostmem.vfio.region.Report;
import org.junit.jupiter.api.Test;

/** How a region's cache mode is decided: the report, the table of drivers, the assertion. */
class CacheModeTest {

    private static final int ID = 0x8001;
    private static final int MAPPABLE = RegionInfo.FLAG_READ | RegionInfo.FLAG_WRITE | RegionInfo.FLAG_MMAP;
    private static final VfioOptions DECODING = VfioOptions.none().with(new CacheModeCapabilityDecoder(ID));
    private static final List<Area> THREE =
            List.of(new Area(0, 0x1000), new Area(0x2000, 0x1000), new Area(0x4000, 0x1000));

    private static RegionInfo parse(Report report) {
        return RegionInfoParser.parse(report.bytes(), 4096);
    }

    private static Report report(int index) {
        return new Report(index, MAPPABLE, 0x10000, 0);
    }

    private static ByteBuffer perArea(int... modes) {
        ByteBuffer body = Report.buffer(8 + (modes.length + 1) / 2 * 8)
                .putInt(modes.length)
                .putInt(0);
        for (int mode : modes) {
            body.putInt(mode);
        }
        return body.position(0);
    }

    private static CacheModeDecision decide(Report report, String driver) {
        return CacheModeDecision.of(parse(report), driver, DECODING);
    }

    @Test
    void readsTheFourModes() {
        CacheMode[] modes = {CacheMode.NONCACHED, CacheMode.WRITE_COMBINING, CacheMode.DEVICE, CacheMode.NORMAL};
        for (int number = 0; number < 4; number++) {
            CacheModeDecision decision = decide(report(0).cacheMode(ID, number), "vfio-pci");
            assertThat(decision).isEqualTo(new CacheModeDecision(modes[number], CacheModeSource.REPORTED, List.of()));
        }
    }

    @Test
    void anUnknownNumberIsNeverGuessed() {
        for (int number : new int[] {4, -1, Integer.MIN_VALUE, 0x100}) {
            CacheModeDecision decision = decide(report(0).cacheMode(ID, number), "vfio-pci");
            assertThat(decision.mode()).isEqualTo(CacheMode.UNKNOWN);
            assertThat(decision.source()).isEqualTo(CacheModeSource.UNKNOWN);
            assertThat(decision.notes())
                    .singleElement()
                    .asString()
                    .contains(Integer.toUnsignedString(number), "unknown");
        }
    }

    @Test
    void oneModeForEachAreaMustAgree() {
        assertThat(decide(report(0).sparse(THREE).capability(ID, 2, perArea(1, 1, 1)), "any")
                        .mode())
                .isEqualTo(CacheMode.WRITE_COMBINING);
        assertThat(decide(report(0).capability(ID, 2, perArea(3)), "any").mode())
                .as("no areas: the whole region is one")
                .isEqualTo(CacheMode.NORMAL);
        assertViolates(report(0).sparse(THREE).capability(ID, 2, perArea(1, 1, 0)), Violation.CACHE_MODES_DISAGREE);
        assertViolates(report(0).sparse(THREE).capability(ID, 2, perArea(1, 1)), Violation.CACHE_MODE_COUNT);
        assertViolates(
                report(0)
                        .sparse(THREE)
                        .capability(ID, 2, Report.buffer(8).putInt(3).position(0)),
                Violation.CAPABILITY_TRUNCATED);
        assertViolates(report(0).capability(ID, 1, Report.buffer(0)), Violation.CAPABILITY_TRUNCATED);
    }

    private static void assertViolates(Report report, Violation violation) {
        assertThatThrownBy(() -> decide(report, "any"))
                .isInstanceOf(RegionInfoException.class)
                .extracting("violation")
                .isEqualTo(violation);
    }

    @Test
    void anUnknownVersionIsNotRead() {
        CacheModeDecision decision = decide(report(0).capability(ID, 3, Report.buffer(8)), "any");
        assertThat(decision.mode()).isEqualTo(CacheMode.UNKNOWN);
        assertThat(decision.notes()).singleElement().asString().contains("version 3");
    }

    @Test
    void aRegionThatCannotBeMappedHasNoMode() {
        CacheModeDecision decision =
                decide(new Report(0, RegionInfo.FLAG_READ, 0x1000, 0).cacheMode(ID, 3), "vfio-pci");
        assertThat(decision.mode()).isEqualTo(CacheMode.UNKNOWN);
        assertThat(decision.notes()).singleElement().asString().contains("ignored");
        assertThat(decide(new Report(0, RegionInfo.FLAG_READ, 0x1000, 0), "vfio-pci")
                        .notes())
                .singleElement()
                .asString()
                .contains("pread", "pwrite");
    }

    @Test
    void theIdIsConfigurationAndOffByDefault() {
        assertThat(VfioOptions.fromProperties()).isEqualTo(VfioOptions.none());
        System.setProperty(VfioOptions.CACHE_MODE_PROPERTY, "0x8001");
        try {
            assertThat(CacheModeDecision.of(parse(report(0).cacheMode(ID, 2)), "any", VfioOptions.fromProperties())
                            .mode())
                    .isEqualTo(CacheMode.DEVICE);
            for (String bad : new String[] {"5", "0x10000", "-1", "mode"}) {
                System.setProperty(VfioOptions.CACHE_MODE_PROPERTY, bad);
                assertThatThrownBy(VfioOptions::fromProperties)
                        .isInstanceOf(VfioException.class)
                        .hasMessageContaining(bad)
                        .hasMessageContaining("0x8001");
            }
        } finally {
            System.clearProperty(VfioOptions.CACHE_MODE_PROPERTY);
        }
    }

    @Test
    void theTableKnowsDriversByRegion() {
        assertListed("vfio-pci", report(2), CacheMode.NONCACHED);
        assertListed("mlx5_vfio_pci", report(0), CacheMode.NONCACHED);
        assertListed("hisi_acc_vfio_pci", report(0), CacheMode.NONCACHED);
        assertListed("nvgrace_gpu_vfio_pci", report(0), CacheMode.NONCACHED);
        assertListed("nvgrace_gpu_vfio_pci", report(2).sparse(THREE), CacheMode.WRITE_COMBINING);
        assertListed("nvgrace_gpu_vfio_pci", report(2), CacheMode.NONCACHED);
        assertListed("nvgrace_gpu_vfio_pci", report(4).sparse(THREE), CacheMode.NORMAL);
        assertListed("vfio-cdx", report(0), CacheMode.DEVICE);
        assertListed("vfio-platform", report(0), CacheMode.NONCACHED);
    }

    private static void assertListed(String driver, Report report, CacheMode mode) {
        CacheModeDecision decision = decide(report, driver);
        assertThat(decision.mode()).as(driver).isEqualTo(mode);
        assertThat(decision.source()).isEqualTo(CacheModeSource.DRIVER_TABLE);
        assertThat(decision.notes())
                .first()
                .asString()
                .startsWith("drivers/vfio/")
                .contains("read in Linux");
    }

    @Test
    void whatNobodyKnowsIsUnknown() {
        for (String driver : new String[] {"vfio-fsl-mc", "my_vfio", "vfio_modes"}) {
            CacheModeDecision decision = decide(report(0), driver);
            assertThat(decision.mode()).isEqualTo(CacheMode.UNKNOWN);
            assertThat(decision.source()).isEqualTo(CacheModeSource.UNKNOWN);
            assertThat(decision.notes()).last().asString().contains(driver, "strictest");
        }
    }

    @Test
    void anAssertionCountsOnlyWhereNobodyKnows() {
        VfioOptions asserting = DECODING.asserting(0, CacheMode.NORMAL);
        assertThat(CacheModeDecision.of(parse(report(0)), "my_vfio", asserting))
                .isEqualTo(new CacheModeDecision(CacheMode.NORMAL, CacheModeSource.ASSERTED, List.of()));
        assertThat(CacheModeDecision.of(parse(report(1)), "my_vfio", asserting).mode())
                .isEqualTo(CacheMode.UNKNOWN);
        CacheModeDecision listed = CacheModeDecision.of(parse(report(0)), "vfio-pci", asserting);
        assertThat(listed.mode()).isEqualTo(CacheMode.NONCACHED);
        assertThat(listed.notes()).last().asString().contains("asserted as NORMAL");
        assertThat(CacheModeDecision.of(parse(report(0).cacheMode(ID, 1)), "my_vfio", asserting)
                        .mode())
                .isEqualTo(CacheMode.WRITE_COMBINING);
    }
}
