package org.hostmem.cli.exhibits;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.hostmem.AccessPlan;
import org.hostmem.AccessPlan.Verdict;
import org.hostmem.CacheMode;
import org.hostmem.UnalignedPolicy;
import org.hostmem.vfio.DriverTable;
import org.hostmem.vfio.RegionInfo;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * VFIO maps BARs noncached, whatever KVM allows the guest. How a page is mapped cannot be seen from a process: the
 * table was read in the kernel's source.
 */
@Tag("R4")
@Tag("R5")
class Point07Test extends PointTest {

    Point07Test() {
        super("7");
    }

    private static CacheMode mode(String driver, int region) {
        return DriverTable.find(driver, new RegionInfo(region, RegionInfo.FLAG_MMAP, 4096, 0, List.of()))
                .orElseThrow()
                .mode();
    }

    @Test
    void takingTheGuestsMappingForOnesOwnAllowsAnAccessThatFaults() {
        assertThat(AccessPlan.scalar(Hosts.rules("aarch64", CacheMode.WRITE_COMBINING), UnalignedPolicy.REJECT, 3, 3, 4)
                        .verdict())
                .as("the guest's stage 2: Normal-NC")
                .isEqualTo(Verdict.SINGLE);
        assertThat(AccessPlan.scalar(Hosts.rules("aarch64", mode("vfio-pci", 0)), UnalignedPolicy.REJECT, 3, 3, 4)
                        .verdict())
                .as("the emulator's own mapping")
                .isEqualTo(Verdict.REJECTED);
    }

    @Test
    void everyBarOfVfioPciIsNoncached() {
        for (int bar = 0; bar < 6; bar++) {
            assertThat(mode("vfio-pci", bar)).isEqualTo(CacheMode.NONCACHED);
            assertThat(mode("vfio_pci", bar)).as("sysfs writes both").isEqualTo(CacheMode.NONCACHED);
        }
    }

    @Test
    void notEveryDriverOfVfioIsVfioPci() {
        Set<CacheMode> modes =
                DriverTable.rows().stream().map(DriverTable.Row::mode).collect(Collectors.toSet());
        assertThat(modes)
                .as("unconditionally noncached, says the mail")
                .contains(CacheMode.NONCACHED, CacheMode.DEVICE, CacheMode.WRITE_COMBINING, CacheMode.NORMAL);
        assertThat(DriverTable.find("somebody-elses", new RegionInfo(0, RegionInfo.FLAG_MMAP, 4096, 0, List.of())))
                .isEmpty();
    }

    @Test
    void everyRowSaysWhereItWasRead() {
        assertThat(DriverTable.rows())
                .filteredOn(row -> !row.drivers().contains("vfio-user"))
                .allSatisfy(row -> {
                    assertThat(row.kernels()).isNotEmpty().allMatch(kernel -> kernel.matches("[0-9.]+"));
                    assertThat(row.source()).contains("drivers/vfio/", ".c ");
                });
    }
}
