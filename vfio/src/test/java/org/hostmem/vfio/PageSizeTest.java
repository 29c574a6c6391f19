package org.hostmem.vfio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionBoundsException;
import org.hostmem.RegionCapabilities.Area;
import org.hostmem.vfio.linux.Errno;
import org.hostmem.vfio.linux.IoctlNumbers;
import org.hostmem.vfio.region.Report;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A host with pages of 64 KiB: areas begin and end at those, and nothing counts in 4 KiB. */
class PageSizeTest {

    private static final String ADDRESS = "0000:03:00.0";
    private static final int K64 = 0x10000;

    @TempDir
    Path root;

    private final FakeKernel kernel = new FakeKernel(IoctlNumbers.of(System.getProperty("os.arch")));
    private FakeSysfs fake;

    @BeforeEach
    void aFunctionOnAHostOfLargePages() throws IOException {
        fake = new FakeSysfs(root);
        fake.device(ADDRESS, "vfio-pci", "7");
        kernel.pageSize = K64;
        kernel.reports.remove(3);
    }

    private Device open() {
        return Vfio.open(ADDRESS, VfioOptions.none(), kernel, fake.sys(), fake.dev());
    }

    private void sparse(Area... areas) {
        kernel.reports.put(
                3, new Report(3, 7, 4 * K64, 3L << 40).sparse(List.of(areas)).bytes());
    }

    @Test
    void areasAreMappedAtTheirPages() {
        sparse(new Area(0, K64), new Area(3 * K64, K64));
        try (Device device = open();
                HostMemoryAccessor bar = device.region(3).open(AccessOptions.DEFAULT)) {
            assertThat(kernel.calls)
                    .contains("map 0x10000 at 0x30000000000 protection 3", "map 0x10000 at 0x30000030000 protection 3");
            bar.writeInt(3 * K64, 9);
            assertThat(bar.readInt(3 * K64)).isEqualTo(9);
            assertThat(bar.planScalar(K64 - 2, 4).verdict())
                    .as("across the edge")
                    .isEqualTo(AccessPlan.Verdict.SPLIT);
            assertThat(bar.planScalar(4096 - 4, 4).verdict()).isEqualTo(AccessPlan.Verdict.SINGLE);
        }
    }

    @Test
    void anAreaOfSmallerPagesIsNotMappedAndTheOthersAre() {
        for (Area area : List.of(new Area(4096, K64), new Area(0, 4096), new Area(K64 + 4096, K64))) {
            sparse(area, new Area(3 * K64, K64));
            kernel.calls.clear();
            try (Device device = open();
                    HostMemoryAccessor bar = device.region(3).open(AccessOptions.DEFAULT)) {
                assertThat(device.region(3).capabilities().areas()).containsExactly(new Area(3 * K64, K64));
                assertThat(device.region(3).notes())
                        .anyMatch(note -> note.matches("not mapped: \\[0x[0-9a-f]+, 0x[0-9a-f]+\\): it is "
                                + "not made of this host's pages, which have 0x10000 bytes; "
                                + "its bytes are reached by pread and pwrite"));
                assertThat(kernel.calls.stream().filter(call -> call.startsWith("map ")))
                        .containsExactly("map 0x10000 at 0x30000030000 protection 3");
                assertThat(bar.planScalar(area.offset(), 8))
                        .as("by calls")
                        .hasToString("SPLIT 4@" + area.offset() + " 4@" + (area.offset() + 4));
                bar.writeInt(3 * K64, 9);
                assertThat(bar.readInt(3 * K64)).isEqualTo(9);
            }
        }
    }

    @Test
    void whereNoAreaIsLeftEverythingGoesByCalls() {
        sparse(new Area(4096, K64));
        try (Device device = open();
                HostMemoryAccessor bar = device.region(3).open(AccessOptions.DEFAULT)) {
            assertThat(device.region(3).capabilities().mappable()).isFalse();
            assertThat(device.region(0).open(AccessOptions.DEFAULT).rules().isa())
                    .as("another region is mapped as ever")
                    .isNotEqualTo("pread");
            assertThat(bar.rules().isa()).isEqualTo("pread");
            assertThat(kernel.calls.stream().filter(call -> call.startsWith("map ")))
                    .containsExactly("map 0x10000 at 0x0 protection 3");
        }
    }

    @Test
    void aWholeBarThatBeginsBetweenPagesGoesByCalls() {
        kernel.reports.put(3, new Report(3, 7, K64, (3L << 40) + 4096).bytes());
        try (Device device = open();
                HostMemoryAccessor bar = device.region(3).open(AccessOptions.DEFAULT)) {
            assertThat(bar.rules().isa()).isEqualTo("pread");
            assertThat(device.region(3).notes()).anyMatch(note -> note.contains("0x10000"));
        }
    }

    @Test
    void aBarOfLessThanAPageThatCannotBeMappedGoesByCalls() {
        kernel.reports.put(3, new Report(3, 7, 256, 3L << 40).bytes());
        kernel.refusals.put("map 0x100 at 0x30000000000 protection 3", -Errno.EINVAL);
        try (Device device = open();
                HostMemoryAccessor bar = device.region(3).open(AccessOptions.DEFAULT)) {
            assertThat(bar.rules().isa()).isEqualTo("pread");
            assertThat(device.region(3).notes()).anyMatch(note -> note.contains("EINVAL"));
        }
    }

    @Test
    void theLastAreaMayEndWithTheRegion() {
        kernel.reports.put(
                3,
                new Report(3, 7, K64 + 4096, 3L << 40)
                        .sparse(List.of(new Area(K64, 4096)))
                        .bytes());
        try (Device device = open();
                HostMemoryAccessor bar = device.region(3).open(AccessOptions.DEFAULT)) {
            assertThat(kernel.calls).contains("map 0x1000 at 0x30000010000 protection 3");
            bar.writeLong(K64 + 4088, 7);
            assertThat(bar.readLong(K64 + 4088)).isEqualTo(7);
        }
    }

    @Test
    void aBarOfLessThanAPageIsMappedIfTheHostOffersIt() {
        kernel.reports.put(3, new Report(3, 7, 256, 3L << 40).bytes());
        try (Device device = open();
                HostMemoryAccessor bar = device.region(3).open(AccessOptions.DEFAULT)) {
            bar.writeInt(252, 5);
            assertThat(bar.readInt(252)).isEqualTo(5);
            assertThatThrownBy(() -> bar.readInt(256)).isInstanceOf(RegionBoundsException.class);
        }
    }
}
