package org.hostmem.vfio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.OverlapPolicy;
import org.hostmem.RegionCapabilities.Area;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;
import org.hostmem.guest.AddressSpace;
import org.hostmem.guest.GuestRam;
import org.hostmem.vfio.VfioOptions.WideAccess;
import org.hostmem.vfio.access.SparseAccessor;
import org.hostmem.vfio.access.SystemCallAccessor;
import org.hostmem.vfio.device.OpenRegion;
import org.hostmem.vfio.linux.Errno;
import org.hostmem.vfio.linux.IoctlNumbers;
import org.hostmem.vfio.region.RegionCalls;
import org.hostmem.vfio.region.Report;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * A hole whose driver has no system calls, or not those of one direction: what reaches into it is refused before its
 * first unit, as the plan says.
 */
class UnreachableHoleTest {

    private static final String ADDRESS = "0000:03:00.0";
    /** Where the mapped area ends, and the hole begins. */
    private static final int EDGE = 0x3000;

    private static final int SIZE = 0x4000;

    @TempDir
    Path root;

    private final FakeKernel kernel = new FakeKernel(IoctlNumbers.of(System.getProperty("os.arch")));
    private FakeSysfs fake;

    @BeforeEach
    void aRegionThatEndsWithAHole() throws IOException {
        fake = new FakeSysfs(root);
        fake.device(ADDRESS, "vfio-pci", "7");
        kernel.reports.put(
                3,
                new Report(3, 7, SIZE, 3L << 40)
                        .sparse(List.of(new Area(0, EDGE)))
                        .bytes());
    }

    private Device open() {
        return Vfio.open(ADDRESS, VfioOptions.none(), kernel, fake.sys(), fake.dev());
    }

    @Test
    void aScalarOfTheBusThatReachesIntoItIsPlannedAsRefused() {
        kernel.refusals.put("pread", -Errno.EINVAL);
        kernel.refusals.put("pwrite", -Errno.EINVAL);
        AddressSpace bus = new AddressSpace(ByteOrder.nativeOrder(), AddressSpace.Holes.ALL_ONES);
        try (Device device = open();
                HostMemoryAccessor ram = GuestRam.open(0x1000);
                HostMemoryAccessor region = device.region(3).open(AccessOptions.DEFAULT)) {
            bus.map(org.hostmem.guest.Mapping.of(0, ram));
            bus.map(org.hostmem.guest.Mapping.of(0x1000, 0x1000, region, EDGE));

            assertThat(bus.planScalar(0xffc, 8))
                    .extracting(step -> step.plan().verdict())
                    .containsExactly(AccessPlan.Verdict.REJECTED, AccessPlan.Verdict.REJECTED);
            assertThatThrownBy(() -> bus.read(0xffc, 8)).isInstanceOf(AccessRejectedException.class);
        }
    }

    private interface Operation {
        void on(HostMemoryAccessor region, byte[] ram);
    }

    private record Access(String name, Direction direction, Operation operation) {}

    private static List<Access> accesses() {
        return List.of(
                new Access("readShort", Direction.READ, (region, ram) -> region.readShort(EDGE - 1)),
                new Access("readInt", Direction.READ, (region, ram) -> region.readInt(EDGE - 2)),
                new Access("readLong", Direction.READ, (region, ram) -> region.readLong(EDGE - 4)),
                new Access("writeShort", Direction.WRITE, (region, ram) -> region.writeShort(EDGE - 1, (short) -1)),
                new Access("writeInt", Direction.WRITE, (region, ram) -> region.writeInt(EDGE - 3, -1)),
                new Access("writeLong", Direction.WRITE, (region, ram) -> region.writeLong(EDGE - 4, -1)),
                new Access(
                        "readBytes",
                        Direction.READ,
                        (region, ram) ->
                                region.readBytes(EDGE - 8, MemorySegment.ofArray(ram), 0, 16, TransferOrder.RELAXED)),
                new Access(
                        "readBytes of an array",
                        Direction.READ,
                        (region, ram) -> region.readBytes(EDGE - 8, ram, 0, 16)),
                new Access(
                        "writeBytes",
                        Direction.WRITE,
                        (region, ram) -> region.writeBytes(
                                EDGE - 8, MemorySegment.ofArray(ram), 0, 16, TransferOrder.ASCENDING)),
                new Access(
                        "writeBytes of an array",
                        Direction.WRITE,
                        (region, ram) -> region.writeBytes(EDGE - 8, ram, 0, 16)),
                new Access("fill", Direction.WRITE, (region, ram) -> region.fill(EDGE - 8, 16, (byte) 1)),
                new Access(
                        "move out of it",
                        Direction.READ,
                        (region, ram) -> region.move(EDGE - 8, 0, 16, Transfer.DEFAULT.withBudget(16))),
                new Access(
                        "move into it",
                        Direction.WRITE,
                        (region, ram) ->
                                region.move(0, EDGE - 8, 16, Transfer.DEFAULT.with(OverlapPolicy.MEMMOVE_ORDER))),
                new Access(
                        "transfer out of it",
                        Direction.READ,
                        (region, ram) -> Transfer.DEFAULT.copy(region, EDGE - 8, region, 64, 16)),
                new Access(
                        "transfer into it",
                        Direction.WRITE,
                        (region, ram) -> Transfer.DEFAULT.copy(region, 64, region, EDGE - 8, 16)),
                new Access(
                        "a view's write",
                        Direction.WRITE,
                        (region, ram) -> region.slice(EDGE - 16, 32).writeLong(12, -1)),
                new Access("check", Direction.WRITE, (region, ram) -> region.check(Direction.WRITE, EDGE - 8, 16)));
    }

    @TestFactory
    Stream<org.junit.jupiter.api.DynamicTest> anAccessAcrossTheEdgeIsRefusedBeforeItsFirstUnit() {
        return accesses().stream()
                .map(access -> dynamicTest(access.name(), () -> {
                    kernel.refusals.put(access.direction() == Direction.READ ? "pread" : "pwrite", -Errno.EINVAL);
                    try (Device device = open();
                            HostMemoryAccessor region = device.region(3).open(AccessOptions.DEFAULT)) {
                        region.fill(0, EDGE, (byte) 5);
                        byte[] ram = new byte[16];
                        assertThatThrownBy(() -> access.operation().on(region, ram))
                                .isInstanceOfSatisfying(
                                        AccessRejectedException.class,
                                        refused -> assertThat(refused.reason()).isEqualTo(Reason.UNSUPPORTED))
                                .hasMessageContaining(access.direction() == Direction.READ ? "pread" : "pwrite");
                        byte[] area = new byte[EDGE];
                        region.readBytes(0, area, 0, EDGE);
                        assertThat(area).containsOnly(5);
                        assertThat(ram).containsOnly(0);
                        assertThat(region.planBulk(access.direction(), EDGE - 8, 16, TransferOrder.ASCENDING))
                                .hasToString("REJECTED");
                        assertThat(region.planBulk(access.direction(), EDGE - 16, 16, TransferOrder.ASCENDING)
                                        .verdict())
                                .isEqualTo(AccessPlan.Verdict.BULK);
                    }
                }));
    }

    @Test
    void aScalarThatNoCallsCanReachHasNoPlan() {
        kernel.refusals.put("pread", -Errno.EINVAL);
        kernel.refusals.put("pwrite", -Errno.EINVAL);
        try (Device device = open();
                HostMemoryAccessor region = device.region(3).open(AccessOptions.DEFAULT)) {
            assertThat(region.planScalar(EDGE - 4, 8)).hasToString("REJECTED");
            assertThat(region.planScalar(EDGE, 4)).hasToString("REJECTED");
            assertThat(region.planScalar(EDGE - 8, 8)).hasToString("SINGLE 8@" + (EDGE - 8));
            assertThatThrownBy(() -> region.readInt(EDGE)).isInstanceOf(AccessRejectedException.class);
        }
    }

    /** The other direction goes on. */
    @Test
    void aHoleThatCanBeReadOnlyIsRead() {
        kernel.config[0] = 9;
        kernel.refusals.put("pwrite", -Errno.EINVAL);
        try (Device device = open();
                HostMemoryAccessor region = device.region(3).open(AccessOptions.DEFAULT)) {
            region.writeInt(EDGE - 4, 7);
            assertThat(region.planScalar(EDGE - 4, 8).verdict()).isEqualTo(AccessPlan.Verdict.SPLIT);
            assertThat(region.planBulk(Direction.READ, EDGE - 4, 8, TransferOrder.ASCENDING)
                            .verdict())
                    .isEqualTo(AccessPlan.Verdict.BULK);
            region.check(Direction.READ, EDGE - 4, 8);
        }
    }

    @Test
    void aPartThatAPolicyRefusesRefusesTheWhole() {
        MemoryFile file = new MemoryFile(64);
        RegionInfo info = RegionInfoParser.parse(file.regionInfo(0), 4096);
        SystemCallAccessor narrow = new SystemCallAccessor(
                new Narrow(file, 2),
                file,
                info,
                new OpenRegion(null, file, info, "vfio-pci", VfioOptions.none()).capabilities(),
                AccessOptions.DEFAULT,
                DriverTable.SystemCalls.EXACT,
                RegionCalls.messages(2, WideAccess.REFUSE),
                () -> false);
        try (Device device = EmbeddedDevice.open();
                HostMemoryAccessor area =
                        device.region(EmbeddedDevice.REGISTERS).open(AccessOptions.DEFAULT)) {
            SparseAccessor region = new SparseAccessor(
                    narrow.capabilities(),
                    AccessOptions.DEFAULT,
                    List.of(new SparseAccessor.Part(0, 32, area)),
                    narrow);
            assertThat(region.planScalar(28, 8)).hasToString("REJECTED");
            int before = region.readInt(28);
            assertThatThrownBy(() -> region.writeLong(28, -1)).isInstanceOf(AccessRejectedException.class);
            assertThat(region.readInt(28)).isEqualTo(before);
            region.writeShort(31, (short) -1);
            assertThat(file.calls).containsExactly("1@32");
        }
    }
}
