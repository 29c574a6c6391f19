package org.hostmem.vfio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.DeviceLimits;
import org.hostmem.Direction;
import org.hostmem.FaultPolicy;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.OverlapPolicy;
import org.hostmem.RegionBoundsException;
import org.hostmem.RegionClosedException;
import org.hostmem.RegionFaultException;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;
import org.hostmem.UnalignedPolicy;
import org.hostmem.vfio.DriverTable.SystemCalls;
import org.hostmem.vfio.VfioOptions.WideAccess;
import org.hostmem.vfio.access.SystemCallAccessor;
import org.hostmem.vfio.device.OpenRegion;
import org.hostmem.vfio.linux.Errno;
import org.hostmem.vfio.region.RegionCalls;
import org.junit.jupiter.api.Test;

/** One call for each access of the plan. */
class SystemCallAccessorTest {

    private static final int SIZE = 256;

    private final MemoryFile file = new MemoryFile(SIZE);

    private HostMemoryAccessor open(AccessOptions options, SystemCalls systemCalls, WideAccess wideAccess) {
        RegionInfo info = RegionInfoParser.parse(file.regionInfo(0), 4096);
        Region region = new OpenRegion(null, file, info, "vfio-pci", VfioOptions.none());
        return new SystemCallAccessor(
                        file,
                        file,
                        info,
                        region.capabilities(),
                        options,
                        systemCalls,
                        RegionCalls.system(wideAccess),
                        () -> false)
                .limited(DeviceLimits.NONE);
    }

    private HostMemoryAccessor open(AccessOptions options) {
        return open(options, SystemCalls.EXACT, WideAccess.SPLIT);
    }

    private static List<String> accesses(AccessPlan plan) {
        List<String> accesses = new ArrayList<>();
        plan.forEach((offset, width) -> accesses.add(width + "@" + offset));
        return accesses;
    }

    @Test
    void scalarsAreWhatThePlanSaysAndHoldTheirBytes() {
        for (WideAccess wide : new WideAccess[] {WideAccess.SPLIT, WideAccess.KERNEL}) {
            for (ByteOrder order : new ByteOrder[] {ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN}) {
                HostMemoryAccessor region = open(AccessOptions.DEFAULT.with(order), SystemCalls.EXACT, wide);
                ByteBuffer model = ByteBuffer.wrap(file.bytes.clone()).order(order);
                Random random = new Random(6);
                for (int round = 0; round < 2000; round++) {
                    int width = 1 << random.nextInt(4);
                    int offset = random.nextInt(SIZE - width + 1);
                    long value = random.nextLong();
                    file.calls.clear();
                    region.write(offset, width, value);
                    assertThat(file.calls).isEqualTo(accesses(region.planScalar(offset, width)));
                    switch (width) {
                        case 1 -> model.put(offset, (byte) value);
                        case 2 -> model.putShort(offset, (short) value);
                        case 4 -> model.putInt(offset, (int) value);
                        default -> model.putLong(offset, value);
                    }
                    assertThat(file.bytes).isEqualTo(model.array());
                    file.calls.clear();
                    assertThat(region.read(offset, width))
                            .isEqualTo(width == 8 ? value : value & (1L << 8 * width) - 1);
                    assertThat(file.calls).isEqualTo(accesses(region.planScalar(offset, width)));
                }
            }
        }
    }

    @Test
    void bulkTransfersAreWhatThePlanSays() {
        HostMemoryAccessor region = open(AccessOptions.DEFAULT);
        Random random = new Random(7);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ram = arena.allocate(SIZE + 8);
            for (int round = 0; round < 500; round++) {
                int length = random.nextInt(SIZE + 1);
                int offset = random.nextInt(SIZE - length + 1);
                byte[] data = new byte[length];
                random.nextBytes(data);
                file.calls.clear();
                region.writeBytes(offset, data, 0, length);
                assertThat(file.calls)
                        .isEqualTo(accesses(region.planBulk(Direction.WRITE, offset, length, TransferOrder.ASCENDING)));
                assertThat(Arrays.copyOfRange(file.bytes, offset, offset + length))
                        .isEqualTo(data);
                file.calls.clear();
                region.readBytes(offset, ram, 3, length, TransferOrder.RELAXED);
                assertThat(file.calls)
                        .isEqualTo(accesses(region.planBulk(Direction.READ, offset, length, TransferOrder.RELAXED)));
                assertThat(ram.asSlice(3, length).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE))
                        .isEqualTo(data);
                region.fill(offset, length, (byte) round);
                for (int i = 0; i < length; i++) {
                    assertThat(file.bytes[offset + i]).isEqualTo((byte) round);
                }
            }
        }
    }

    @Test
    void movesAreExactInEveryOrderAndTouchEachByteOnce() {
        HostMemoryAccessor region = open(AccessOptions.DEFAULT);
        Random random = new Random(8);
        for (int round = 0; round < 5000; round++) {
            random.nextBytes(file.bytes);
            int length = random.nextInt(100);
            int from = random.nextInt(SIZE - length);
            int to = random.nextInt(3) == 0
                    ? random.nextInt(SIZE - length)
                    : Math.clamp(from + random.nextInt(21) - 10, 0, SIZE - length);
            byte[] expected = file.bytes.clone();
            System.arraycopy(file.bytes, from, expected, to, length);
            int distance = Math.abs(to - from);
            long budget = Math.min(distance, Math.max(0, length - distance));
            OverlapPolicy policy = random.nextBoolean() ? OverlapPolicy.KEEP_ORDER : OverlapPolicy.MEMMOVE_ORDER;
            file.calls.clear();
            region.move(from, to, length, Transfer.DEFAULT.with(policy).withBudget(budget));
            assertThat(file.bytes)
                    .as("%d bytes from %d to %d %s", length, from, to, policy)
                    .isEqualTo(expected);
            long bytes = file.calls.stream()
                    .mapToLong(call -> Long.parseLong(call.substring(0, call.indexOf('@'))))
                    .sum();
            assertThat(bytes).as("each byte read once and written once").isEqualTo(2L * length);
        }
    }

    @Test
    void anOverlappingMoveIsRefusedBeforeTheFirstByteWhereItCannotBeDone() {
        HostMemoryAccessor region = open(AccessOptions.DEFAULT);
        assertThatThrownBy(() -> region.move(0, 4, 100, Transfer.DEFAULT.withBudget(3)))
                .isInstanceOfSatisfying(
                        AccessRejectedException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(Reason.BUDGET))
                .hasMessageContaining(" 4 ");
        assertThatThrownBy(() -> region.move(0, 90, 100, Transfer.DEFAULT.withBudget(9)))
                .isInstanceOfSatisfying(
                        AccessRejectedException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(Reason.BUDGET))
                .hasMessageContaining(" 10 ");
        assertThatThrownBy(() -> region.move(4, 0, 100, Transfer.DEFAULT.with(OverlapPolicy.REJECT)))
                .isInstanceOf(AccessRejectedException.class);
        assertThat(file.calls).isEmpty();
        region.move(0, 100, 100, Transfer.DEFAULT.with(OverlapPolicy.REJECT));
    }

    @Test
    void memmoveOrderDescendsAndAscendingAscends() {
        HostMemoryAccessor region = open(AccessOptions.DEFAULT);
        region.move(0, 4, 12, Transfer.DEFAULT.with(OverlapPolicy.MEMMOVE_ORDER));
        assertThat(file.calls).containsExactly("4@0", "4@4", "4@8", "4@12", "4@8", "4@4");
        file.calls.clear();
        region.move(0, 4, 12, Transfer.DEFAULT.withBudget(4));
        assertThat(file.calls)
                .as("each read once, and each written once, upwards")
                .containsExactly("4@0", "4@4", "4@8", "4@4", "4@8", "4@12");
    }

    @Test
    void eightBytesArePolicy() {
        assertThat(open(AccessOptions.DEFAULT).planScalar(8, 8)).hasToString("SPLIT 4@8 4@12");
        assertThat(open(AccessOptions.DEFAULT.with(UnalignedPolicy.REJECT)).planScalar(8, 8))
                .hasToString("SPLIT 4@8 4@12");
        assertThat(open(AccessOptions.DEFAULT, SystemCalls.EXACT, WideAccess.KERNEL)
                        .planScalar(8, 8))
                .hasToString("SINGLE 8@8");
        HostMemoryAccessor refusing = open(AccessOptions.DEFAULT, SystemCalls.EXACT, WideAccess.REFUSE);
        assertThat(refusing.planScalar(8, 8)).hasToString("REJECTED");
        assertThatThrownBy(() -> refusing.readLong(8)).isInstanceOf(AccessRejectedException.class);
        assertThat(refusing.guarantees()).contains(Guarantee.EXACT_WIDTH);
        assertThat(open(AccessOptions.DEFAULT).guarantees())
                .doesNotContain(Guarantee.EXACT_WIDTH)
                .contains(Guarantee.EXACTLY_ONCE);
        assertThat(open(AccessOptions.DEFAULT, SystemCalls.UNKNOWN, WideAccess.REFUSE)
                        .guarantees())
                .containsExactlyInAnyOrder(Guarantee.NEVER_ELIDED, Guarantee.PRECISE_FAULTS);
    }

    @Test
    void aFaultSaysWhereAndAfterHowMuch() {
        HostMemoryAccessor region = open(AccessOptions.DEFAULT);
        file.faultAt = 20;
        assertFault(() -> region.readInt(20), 20, 4, 0);
        assertFault(() -> region.readInt(18), 20, 2, 2);
        assertFault(() -> region.writeLong(16, 1), 20, 4, 4);
        assertFault(() -> region.readBytes(1, new byte[64], 0, 64), 20, 4, 19);
        assertFault(() -> region.fill(0, 64, (byte) 1), 20, 4, 20);
        assertFault(() -> region.move(100, 0, 64, Transfer.DEFAULT.withBudget(0)), 20, 4, 20);
        assertFault(() -> region.move(0, 100, 64, Transfer.DEFAULT.withBudget(0)), 20, 4, 20);
        file.result = 1;
        assertThatThrownBy(() -> region.readInt(20))
                .isInstanceOf(RegionFaultException.class)
                .hasMessageContaining("pread")
                .hasMessageContaining(" 1 ");
    }

    private static void assertFault(
            org.assertj.core.api.ThrowableAssert.ThrowingCallable access, long offset, int width, long completed) {
        assertThatThrownBy(access).isInstanceOfSatisfying(RegionFaultException.class, fault -> {
            assertThat(fault.offset()).isEqualTo(offset);
            assertThat(fault.width()).isEqualTo(width);
            assertThat(fault.completed()).isEqualTo(completed);
            assertThat(fault.side()).isEqualTo(RegionFaultException.Side.REGION);
        });
    }

    @Test
    void anUnsupportedRequestGivesOnesAndDropsWrites() {
        HostMemoryAccessor region = open(AccessOptions.DEFAULT.with(FaultPolicy.UNSUPPORTED_REQUEST));
        file.faultAt = 20;
        assertThat(region.readInt(20)).isEqualTo(-1);
        assertThat(region.readInt(18)).isEqualTo(0xffff0000);
        region.writeInt(20, 5);
        region.fill(16, 8, (byte) 1);
        assertThat(Arrays.copyOfRange(file.bytes, 16, 24)).containsExactly(1, 1, 1, 1, 0, 0, 0, 0);
        byte[] ram = new byte[8];
        region.readBytes(16, ram, 0, 8);
        assertThat(ram).containsExactly(1, 1, 1, 1, -1, -1, -1, -1);
    }

    @Test
    void everythingIsCheckedBeforeTheFirstCall() {
        HostMemoryAccessor region = open(AccessOptions.DEFAULT.with(UnalignedPolicy.REJECT));
        assertThatThrownBy(() -> region.readInt(SIZE - 3)).isInstanceOf(RegionBoundsException.class);
        assertThatThrownBy(() -> region.readByte(-1)).isInstanceOf(RegionBoundsException.class);
        assertThatThrownBy(() -> region.fill(Long.MAX_VALUE, 2, (byte) 0)).isInstanceOf(RegionBoundsException.class);
        assertThatThrownBy(() -> region.fill(2, Long.MAX_VALUE, (byte) 0)).isInstanceOf(RegionBoundsException.class);
        assertThatThrownBy(() -> region.planScalar(SIZE, 1)).isInstanceOf(RegionBoundsException.class);
        assertThatThrownBy(() -> region.readInt(2))
                .isInstanceOfSatisfying(
                        AccessRejectedException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(Reason.UNALIGNED));
        assertThat(region.planScalar(2, 4)).hasToString("REJECTED");
        assertThatThrownBy(() -> region.readBytes(0, new byte[4], 1, 4)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() ->
                        region.readBytes(0, MemorySegment.ofArray(new byte[4]).asReadOnly()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> region.read(0, 3)).isInstanceOf(IllegalArgumentException.class);
        region.close();
        assertThatThrownBy(() -> region.readInt(0)).isInstanceOf(RegionClosedException.class);
        assertThat(file.calls).isEmpty();
    }

    @Test
    void aDriverWithoutSystemCallsIsAnError() {
        file.faultAt = 0;
        file.result = -Errno.EINVAL;
        assertThatThrownBy(() -> open(AccessOptions.DEFAULT).readInt(0))
                .isInstanceOfSatisfying(
                        AccessRejectedException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(Reason.UNSUPPORTED))
                .hasMessageContaining("pread")
                .hasMessageContaining("region 0");
        assertThatThrownBy(() -> open(AccessOptions.DEFAULT, SystemCalls.NONE, WideAccess.SPLIT)
                        .writeInt(8, 0))
                .isInstanceOfSatisfying(
                        AccessRejectedException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(Reason.UNSUPPORTED))
                .hasMessageContaining("pwrite");
    }

    @Test
    void twoOpeningsOfOneRegionAreTheSameMemory() {
        for (int i = 0; i < SIZE; i++) {
            file.bytes[i] = (byte) i;
        }
        byte[] before = file.bytes.clone();
        HostMemoryAccessor source = open(AccessOptions.DEFAULT);
        Transfer.DEFAULT.copy(source, 0, open(AccessOptions.DEFAULT), 20, 200);
        assertThat(Arrays.copyOfRange(file.bytes, 20, 220)).isEqualTo(Arrays.copyOf(before, 200));
        assertThatThrownBy(() -> Transfer.DEFAULT
                        .with(OverlapPolicy.REJECT)
                        .copy(source, 0, open(AccessOptions.DEFAULT), 20, 200))
                .isInstanceOf(AccessRejectedException.class);
    }

    @Test
    void anOrderIsNeededBeforeTheFirstCall() {
        HostMemoryAccessor region = open(AccessOptions.DEFAULT);
        MemorySegment ram = MemorySegment.ofArray(new byte[8]);
        assertThatThrownBy(() -> region.readBytes(0, ram, 0, 8, null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> region.writeBytes(0, ram, 0, 8, null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> region.check(null, 0, 8)).isInstanceOf(NullPointerException.class);
        assertThat(file.calls).isEmpty();
    }
}
