package org.hostmem.vfio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.CacheMode;
import org.hostmem.DeviceLimits;
import org.hostmem.DeviceLimits.Eight;
import org.hostmem.DeviceLimits.Narrower;
import org.hostmem.DeviceLimits.Wider;
import org.hostmem.Direction;
import org.hostmem.FaultPolicy;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.OverlapPolicy;
import org.hostmem.RegionBoundsException;
import org.hostmem.RegionCapabilities.Area;
import org.hostmem.RegionClosedException;
import org.hostmem.RegionFaultException;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;
import org.hostmem.UnalignedPolicy;
import org.hostmem.vfio.embedded.EmbeddedRegion;
import org.junit.jupiter.api.Test;

/** Mapped areas and holes as one region, against a model that is an array: its holes read as ones and drop writes. */
class SparseAccessorTest {

    private static final int PAGE = 1 << 16;
    private static final int SIZE = 6 * PAGE;

    /** A hole at the start, two areas side by side, a hole between, and one at the end. */
    private static final List<Area> AREAS =
            List.of(new Area(PAGE, PAGE), new Area(2 * PAGE, PAGE), new Area(4 * PAGE, PAGE));

    private static final int[] EDGES = {PAGE, 2 * PAGE, 3 * PAGE, 4 * PAGE, 5 * PAGE};

    private static Device device(CacheMode mode) {
        return EmbeddedDevice.open(
                VfioOptions.none().with(new CacheModeCapabilityDecoder(EmbeddedDevice.CACHE_MODE_CAPABILITY)),
                List.of(EmbeddedRegion.mapped(0, SIZE, mode, AREAS), EmbeddedRegion.unmappable(Region.CONFIG, 256)));
    }

    private static boolean isHole(int offset) {
        return AREAS.stream().noneMatch(area -> offset >= area.offset() && offset < area.end());
    }

    private static final class Model {
        final byte[] bytes = new byte[SIZE];

        Model() {
            for (int i = 0; i < SIZE; i++) {
                bytes[i] = (byte) (isHole(i) ? -1 : 0);
            }
        }

        void write(int offset, byte[] data) {
            for (int i = 0; i < data.length; i++) {
                if (!isHole(offset + i)) {
                    bytes[offset + i] = data[i];
                }
            }
        }
    }

    private static byte[] littleEndian(long value, int width) {
        byte[] bytes = new byte[width];
        for (int i = 0; i < width; i++) {
            bytes[i] = (byte) (value >> 8 * i);
        }
        return bytes;
    }

    private static int nearAnEdge(Random random, int length) {
        return Math.clamp(EDGES[random.nextInt(EDGES.length)] - random.nextInt(length + 16) + 8, 0, SIZE - length);
    }

    @Test
    void behavesAsTheModelDoes() {
        for (CacheMode mode : new CacheMode[] {CacheMode.NONCACHED, CacheMode.NORMAL}) {
            try (Device device = device(mode);
                    HostMemoryAccessor region = device.region(0).open(AccessOptions.DEFAULT)) {
                Model model = new Model();
                Random random = new Random(11);
                for (int round = 0; round < 4000; round++) {
                    step(region, model, random);
                }
                byte[] all = new byte[SIZE];
                region.readBytes(0, all, 0, SIZE);
                assertThat(all).isEqualTo(model.bytes);
            }
        }
    }

    private static void step(HostMemoryAccessor region, Model model, Random random) {
        int width = 1 << random.nextInt(4);
        int length = random.nextInt(80);
        int offset = nearAnEdge(random, Math.max(width, length));
        switch (random.nextInt(5)) {
            case 0 -> {
                long value = random.nextLong();
                region.write(offset, width, value);
                model.write(offset, littleEndian(value, width));
            }
            case 1 ->
                assertThat(littleEndian(region.read(offset, width), width))
                        .isEqualTo(Arrays.copyOfRange(model.bytes, offset, offset + width));
            case 2 -> {
                byte[] data = new byte[length];
                random.nextBytes(data);
                region.writeBytes(offset, data, 0, length);
                model.write(offset, data);
            }
            case 3 -> {
                byte value = (byte) random.nextInt();
                byte[] data = new byte[length];
                Arrays.fill(data, value);
                region.fill(offset, length, value);
                model.write(offset, data);
            }
            default -> {
                int to = random.nextBoolean()
                        ? nearAnEdge(random, length)
                        : Math.clamp(offset + random.nextInt(41) - 20, 0, SIZE - length);
                byte[] data = Arrays.copyOfRange(model.bytes, offset, offset + length);
                region.move(
                        offset,
                        to,
                        length,
                        Transfer.DEFAULT
                                .with(random.nextBoolean() ? OverlapPolicy.KEEP_ORDER : OverlapPolicy.MEMMOVE_ORDER)
                                .withBudget(length));
                model.write(to, data);
            }
        }
        int at = nearAnEdge(random, 64);
        byte[] seen = new byte[64];
        region.readBytes(at, seen, 0, 64);
        assertThat(seen).isEqualTo(Arrays.copyOfRange(model.bytes, at, at + 64));
    }

    @Test
    void plansTellOfTheEdges() {
        try (Device device = device(CacheMode.NONCACHED);
                HostMemoryAccessor region = device.region(0).open(AccessOptions.DEFAULT)) {
            assertThat(region.planScalar(PAGE - 1, 4)).hasToString("SPLIT 1@65535 2@65536 1@65538");
            assertThat(region.planScalar(2 * PAGE - 4, 8)).hasToString("SPLIT 4@131068 4@131072");
            assertThat(region.planScalar(PAGE, 8).verdict()).isEqualTo(AccessPlan.Verdict.SINGLE);
            assertThat(region.planScalar(0, 8)).hasToString("SPLIT 4@0 4@4");
            AccessPlan plan = region.planBulk(Direction.READ, PAGE - 8, 16, TransferOrder.ASCENDING);
            assertThat(plan.toString()).startsWith("BULK 2x4@65528 8@65536");
            assertThat(region.planBulk(Direction.WRITE, 5, 0, TransferOrder.RELAXED)
                            .accesses())
                    .isZero();
            assertThat(region.guarantees()).doesNotContain(Guarantee.EXACT_WIDTH);
        }
    }

    @Test
    void underRejectAStraddlingScalarIsRefused() {
        try (Device device = device(CacheMode.NORMAL);
                HostMemoryAccessor region = device.region(0).open(AccessOptions.DEFAULT.with(UnalignedPolicy.REJECT))) {
            for (int edge : EDGES) {
                assertThat(region.planScalar(edge - 2, 4)).hasToString("REJECTED");
                assertThatThrownBy(() -> region.readInt(edge - 2))
                        .isInstanceOfSatisfying(
                                AccessRejectedException.class,
                                refused -> assertThat(refused.reason()).isEqualTo(Reason.UNALIGNED));
                assertThatThrownBy(() -> region.writeInt(edge - 2, 0)).isInstanceOf(AccessRejectedException.class);
                region.readInt(edge - 4);
                region.readInt(edge);
            }
        }
    }

    /** Each side of an edge is cut by itself, and no unit of a side leaves it. */
    @Test
    void acrossAnEdgeAScalarIsWithinTheLimits() {
        List<DeviceLimits> all = new ArrayList<>();
        for (int least = 1; least <= 8; least *= 2) {
            for (int widest = least; widest <= 8; widest *= 2) {
                DeviceLimits units = DeviceLimits.NONE.withUnits(least, widest);
                all.addAll(List.of(units, units.with(Narrower.READ_MODIFY_WRITE), units.with(Wider.REFUSE)));
            }
        }
        all.add(DeviceLimits.NONE
                .withUnits(4, 8)
                .with(Narrower.READ_MODIFY_WRITE)
                .with(Eight.HIGH_FIRST));
        int done = 0;
        try (Device device = device(CacheMode.NONCACHED)) {
            for (DeviceLimits limits : all) {
                for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
                    AccessOptions options = AccessOptions.DEFAULT.with(limits).with(order);
                    try (HostMemoryAccessor region = device.region(0).open(options);
                            HostMemoryAccessor plain = device.region(0).open(AccessOptions.DEFAULT.with(order))) {
                        done += acrossEdges(limits, region, plain);
                    }
                }
            }
        }
        assertThat(done).isGreaterThan(1000);
    }

    private static int acrossEdges(DeviceLimits limits, HostMemoryAccessor region, HostMemoryAccessor plain) {
        int done = 0;
        for (int edge : EDGES) {
            for (int width = 2; width <= 8; width *= 2) {
                for (int at = edge - width + 1; at < edge; at++) {
                    done += across(limits, region, plain, edge, at, width) ? 1 : 0;
                }
            }
        }
        return done;
    }

    /** Whether it is not refused, before the first byte and as its plan says. */
    private static boolean across(
            DeviceLimits limits, HostMemoryAccessor region, HostMemoryAccessor plain, int edge, int at, int width) {
        String what = limits + ": " + width + " bytes at " + at;
        plain.fill(edge - 16, 32, (byte) 0x5a);
        byte[] expected = new byte[32];
        plain.readBytes(edge - 16, expected, 0, 32);
        AccessPlan plan = region.planScalar(at, width);
        long value = 0x1122334455667788L >>> 64 - 8 * width;
        boolean isRefused = plan.verdict() == AccessPlan.Verdict.REJECTED;
        if (isRefused) {
            assertThatThrownBy(() -> region.write(at, width, value))
                    .as(what)
                    .isInstanceOf(AccessRejectedException.class);
            assertThatThrownBy(() -> region.read(at, width)).as(what).isInstanceOf(AccessRejectedException.class);
        } else {
            int[] next = {-1};
            plan.forEachRun((from, unit, count) -> {
                assertThat(unit).as(what).isBetween(limits.least(), limits.widest());
                assertThat(next[0] < 0 ? from <= at : from == next[0])
                        .as(what + ", " + plan)
                        .isTrue();
                next[0] = (int) (from + count * unit);
            });
            assertThat(next[0]).as(what).isGreaterThanOrEqualTo(at + width);
            assertThat(plan.verdict())
                    .as(what)
                    .isEqualTo(plan.widened() > 0 ? AccessPlan.Verdict.WIDENED : AccessPlan.Verdict.SPLIT);
            assertThat(region.read(at, width)).as(what).isEqualTo(plain.read(at, width));
            region.write(at, width, value);
            for (int i = 0; i < width; i++) {
                boolean isLittle = region.options().byteOrder() == ByteOrder.LITTLE_ENDIAN;
                if (!isHole(at + i)) {
                    expected[at + i - edge + 16] = (byte) (value >>> 8 * (isLittle ? i : width - 1 - i));
                }
            }
        }
        byte[] after = new byte[32];
        plain.readBytes(edge - 16, after, 0, 32);
        assertThat(after).as(what).isEqualTo(expected);
        return !isRefused;
    }

    @Test
    void aFaultIsToldInTermsOfTheRegionAndTheRequest() {
        try (Device device = device(CacheMode.NONCACHED);
                HostMemoryAccessor region = device.region(0).open(AccessOptions.DEFAULT)) {
            assumeTrue(
                    region.guarantees().contains(Guarantee.PRECISE_FAULTS),
                    "the provider on this host reports no precise faults");
            device.setMemoryEnabled(false);
            assertThatThrownBy(() -> region.readInt(4 * PAGE + 8))
                    .isInstanceOfSatisfying(
                            RegionFaultException.class,
                            fault -> assertThat(fault.offset()).isEqualTo(4 * PAGE + 8));
            assertThatThrownBy(() -> region.writeBytes(PAGE + 3, new byte[10], 0, 10))
                    .isInstanceOfSatisfying(RegionFaultException.class, fault -> {
                        assertThat(fault.offset()).isEqualTo(PAGE + 3);
                        assertThat(fault.completed()).isZero();
                    });
            assertThatThrownBy(() -> region.readInt(0))
                    .isInstanceOf(RegionFaultException.class)
                    .hasMessageContaining("pread")
                    .hasMessageContaining("EIO");
        }
    }

    @Test
    void anUnsupportedRequestReachesFromTheFaultToTheEnd() {
        AccessOptions options = AccessOptions.DEFAULT.with(FaultPolicy.UNSUPPORTED_REQUEST);
        try (Device device = device(CacheMode.NONCACHED);
                HostMemoryAccessor region = device.region(0).open(options)) {
            assumeTrue(
                    region.guarantees().contains(Guarantee.PRECISE_FAULTS),
                    "the provider on this host reports no precise faults");
            region.fill(0, SIZE, (byte) 7);
            device.setMemoryEnabled(false);
            byte[] seen = new byte[3 * PAGE];
            region.readBytes(PAGE, seen, 0, seen.length);
            assertThat(seen).containsOnly(-1);
            assertThat(region.readInt(PAGE - 2)).isEqualTo(-1);
            assertThat(region.readLong(PAGE)).isEqualTo(-1);
            region.writeLong(PAGE, 5);
            region.fill(0, SIZE, (byte) 9);
            device.setMemoryEnabled(true);
            assertThat(region.readByte(PAGE)).isEqualTo((byte) 7);
        }
    }

    @Test
    void boundsAndLifetimeAreThoseOfTheWholeRegion() {
        Device device = device(CacheMode.NONCACHED);
        HostMemoryAccessor region = device.region(0).open(AccessOptions.DEFAULT);
        assertThat(region.size()).isEqualTo(SIZE);
        assertThatThrownBy(() -> region.readInt(SIZE - 3)).isInstanceOf(RegionBoundsException.class);
        assertThatThrownBy(() -> region.fill(SIZE, 1, (byte) 0)).isInstanceOf(RegionBoundsException.class);
        region.close();
        region.close();
        assertThatThrownBy(() -> region.readInt(PAGE)).isInstanceOf(RegionClosedException.class);
        assertThatThrownBy(() -> region.readInt(0)).isInstanceOf(RegionClosedException.class);
        device.close();
    }
}
