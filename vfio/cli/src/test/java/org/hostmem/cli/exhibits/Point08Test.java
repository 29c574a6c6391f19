package org.hostmem.cli.exhibits;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.hostmem.AccessOptions;
import org.hostmem.CacheMode;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionCapabilities.Area;
import org.hostmem.vfio.DriverTable;
import org.hostmem.vfio.InfoCapability;
import org.hostmem.vfio.RegionInfo;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * nvgrace maps the GPU's memory write-combining; its region 0 is a BAR like any other. What write-combining hardware
 * merges cannot be seen from here.
 */
@Tag("R11")
class Point08Test extends PointTest {

    Point08Test() {
        super("8");
    }

    private static CacheMode mode(int region, boolean sparse) {
        List<InfoCapability> capabilities =
                sparse ? List.of(new InfoCapability.SparseMmap(List.of(new Area(0, 4096)))) : List.of();
        return DriverTable.find(
                        "nvgrace-gpu-vfio-pci", new RegionInfo(region, RegionInfo.FLAG_MMAP, 4096, 0, capabilities))
                .orElseThrow()
                .mode();
    }

    @Test
    void region0IsNotWriteCombiningAsTheThreadSays() {
        assertThat(mode(0, false)).isEqualTo(CacheMode.NONCACHED);
    }

    @Test
    void region2IsWriteCombiningAndRegion4IsNormal() {
        assertThat(mode(2, true)).isEqualTo(CacheMode.WRITE_COMBINING);
        assertThat(mode(4, true)).isEqualTo(CacheMode.NORMAL);
    }

    @Test
    void withoutTheGpusMemoryBehindThemTheyAreNoncachedToo() {
        assertThat(mode(2, false)).isEqualTo(CacheMode.NONCACHED);
        assertThat(mode(4, false)).isEqualTo(CacheMode.NONCACHED);
    }

    @Test
    void writeCombiningMemoryIsPromisedNeitherOnceNorOrder() {
        for (HostMemoryAccessor region :
                Hosts.regions(Hosts.memory(64), CacheMode.WRITE_COMBINING, AccessOptions.DEFAULT)) {
            assertThat(region.guarantees())
                    .as(region.toString())
                    .doesNotContain(Guarantee.EXACTLY_ONCE, Guarantee.ASCENDING_ORDER);
        }
        for (HostMemoryAccessor region : Hosts.regions(Hosts.memory(64), CacheMode.NONCACHED, AccessOptions.DEFAULT)) {
            assertThat(region.guarantees())
                    .as(region.toString())
                    .contains(Guarantee.EXACTLY_ONCE, Guarantee.ASCENDING_ORDER);
        }
    }
}
