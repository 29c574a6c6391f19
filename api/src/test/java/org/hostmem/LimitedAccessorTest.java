package org.hostmem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.hostmem.AccessPlan.Verdict;
import org.hostmem.AccessRules.Unaligned;
import org.hostmem.DeviceLimits.Eight;
import org.hostmem.DeviceLimits.Narrower;
import org.hostmem.DeviceLimits.Wider;
import org.hostmem.engine.LimitedAccessor;
import org.hostmem.guest.AddressSpace;
import org.hostmem.guest.Mapping;
import org.junit.jupiter.api.Test;

/** All limits, at all offsets, of all sizes, in both directions, on a device that notes what reaches it. */
class LimitedAccessorTest {

    private static final int SIZE = 96;

    private final Random random = new Random(13);

    static List<DeviceLimits> all() {
        List<DeviceLimits> all = new ArrayList<>();
        for (int least = 1; least <= 16; least *= 2) {
            for (int widest = least; widest <= 64; widest *= 2) {
                for (Eight eight : Eight.values()) {
                    for (Narrower narrower : Narrower.values()) {
                        if (eight == Eight.WHOLE || least <= 4 && widest >= 4) {
                            DeviceLimits one =
                                    DeviceLimits.NONE.withUnits(least, widest).with(eight);
                            one = narrower == Narrower.REFUSE || least > 8 ? one : one.with(narrower);
                            all.addAll(List.of(one, one.withAlignment(), one.with(Wider.REFUSE)));
                        }
                    }
                }
            }
        }
        all.removeIf(DeviceLimits::isNone); // then there is nothing around the device
        return all;
    }

    private Fake device(CacheMode mode, int base, int widest, Unaligned unaligned) {
        byte[] memory = new byte[base + SIZE];
        random.nextBytes(memory);
        boolean isMapped = base > 0 || random.nextBoolean(); // what is not has the alignment of its offsets
        Fake device = isMapped
                ? new Fake.Mapped(memory, base, SIZE, mode, widest, new ArrayList<>())
                : new Fake(memory, base, SIZE, mode, widest, new ArrayList<>());
        device.rules = Fake.rules(mode, widest, unaligned);
        return device;
    }

    /** What reached the device, as its plan has it: a unit that is read, modified and written counts once. */
    private static List<String> seen(Fake device, AccessPlan plan, Direction direction) {
        List<String> seen = new ArrayList<>();
        for (Fake.Access access : device.log) {
            if (direction == Direction.WRITE && access.direction() == Direction.READ) {
                seen.add("R" + access.width() + "@" + (access.index() - device.base));
            } else {
                seen.add(access.width() + "@" + (access.index() - device.base));
            }
        }
        long reads = seen.stream().filter(one -> one.startsWith("R")).count();
        assertThat(reads)
                .as(() -> "reads of a write that is " + plan)
                .isEqualTo(direction == Direction.WRITE ? plan.widened() : 0);
        for (int i = 0; i < seen.size(); i++) {
            if (seen.get(i).startsWith("R")) {
                assertThat(seen.get(i + 1))
                        .as("what was read is written")
                        .isEqualTo(seen.get(i).substring(1));
            }
        }
        device.log.clear();
        return seen.stream().filter(one -> !one.startsWith("R")).toList();
    }

    private static List<String> accesses(AccessPlan plan) {
        List<String> accesses = new ArrayList<>();
        plan.forEach((offset, width) -> accesses.add(width + "@" + offset));
        return accesses;
    }

    /** What every plan holds, by the words of the limits. */
    private static void checkUnits(
            AccessPlan plan, DeviceLimits limits, Fake device, long offset, long length, boolean maybeUnaligned) {
        int[] touched = new int[SIZE];
        plan.forEach((at, width) -> {
            assertThat(width)
                    .as(() -> plan + " within " + limits)
                    .isBetween(limits.least(), limits.eight() == Eight.WHOLE ? limits.widest() : 4);
            assertThat(!maybeUnaligned && (device.base + at) % width != 0)
                    .as(() -> "unaligned: " + plan + " within " + limits)
                    .isFalse();
            for (long i = at; i < at + width; i++) {
                touched[(int) i]++;
            }
        });
        for (int i = 0; i < SIZE; i++) {
            boolean asked = i >= offset && i < offset + length;
            boolean mayBe = plan.widened() > 0 && i >= offset - limits.least() && i < offset + length + limits.least();
            assertThat(touched[i])
                    .as("byte %d of %s within %s", i, plan, limits)
                    .isBetween(asked ? 1 : 0, asked || mayBe ? 1 : 0);
        }
    }

    @Test
    void scalarsAreWhatThePlanSaysAndThePlanIsWithinTheLimits() {
        int refusals = 0;
        for (DeviceLimits limits : all()) {
            for (int round = 0; round < 60; round++) {
                Unaligned unaligned = random.nextBoolean() ? Unaligned.SINGLE : Unaligned.ILLEGAL;
                Fake device = device(
                        CacheMode.DEVICE,
                        16 * random.nextInt(2) + random.nextInt(2) * 4,
                        8 << random.nextInt(4),
                        unaligned);
                ByteOrder order = random.nextBoolean() ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
                UnalignedPolicy policy = UnalignedPolicy.values()[random.nextInt(2)];
                device.options = device.options.with(order).with(policy);
                HostMemoryAccessor limited = LimitedAccessor.of(device, limits);
                int width = 1 << random.nextInt(4);
                int offset = random.nextInt(SIZE - width + 1);
                long value = random.nextLong();
                AccessPlan plan = limited.planScalar(offset, width);
                byte[] before = device.memory.clone();
                if (plan.verdict() == Verdict.REJECTED) {
                    refusals++;
                    assertThat(isTaken(limits, unaligned, policy, device, offset, width))
                            .as(
                                    "%d bytes at %d of %d, %s, %s, %s",
                                    width, offset, device.base, limits, unaligned, policy)
                            .isFalse();
                    assertThat(catchThrowableOfType(AccessRejectedException.class, () -> limited.read(offset, width)))
                            .as("%s", plan)
                            .isNotNull();
                    assertThat(catchThrowableOfType(
                                    AccessRejectedException.class, () -> limited.write(offset, width, value)))
                            .isNotNull();
                    assertThat(device.log).isEmpty();
                    continue;
                }
                checkUnits(plan, limits, device, offset, width, unaligned == Unaligned.SINGLE && !limits.isAligned());
                limited.write(offset, width, value);
                assertThat(seen(device, plan, Direction.WRITE)).isEqualTo(accesses(plan));
                put(before, device.base + offset, width, value, order);
                assertThat(device.memory).isEqualTo(before);
                assertThat(limited.read(offset, width)).isEqualTo(width == 8 ? value : value & (1L << 8 * width) - 1);
                assertThat(seen(device, plan, Direction.READ)).isEqualTo(accesses(plan));
            }
        }
        assertThat(refusals).isGreaterThan(1000);
    }

    /** Whether there is a reason to refuse a scalar, by the words of the limits. */
    private static boolean isTaken(
            DeviceLimits limits, Unaligned unaligned, UnalignedPolicy policy, Fake device, long offset, int width) {
        boolean widens = limits.narrower() == Narrower.READ_MODIFY_WRITE
                && limits.least() <= (limits.eight() == Eight.WHOLE ? 8 : 4);
        long address = device.base + offset;
        boolean leaves = offset - address % limits.least() < 0
                || SIZE - offset - width < -(address + width) % limits.least() + limits.least();
        boolean isTooNarrow = width < limits.least() && (!widens || leaves);
        boolean isTooWide = width > limits.widest()
                && limits.wider() == Wider.REFUSE
                && !(width == 8 && limits.eight() != Eight.WHOLE);
        boolean isUnaligned = address % width != 0
                && (unaligned != Unaligned.SINGLE || limits.isAligned())
                && policy == UnalignedPolicy.REJECT;
        boolean hasEnds = address % limits.least() != 0 || (address + width) % limits.least() != 0;
        boolean mustNotHave = hasEnds && (unaligned != Unaligned.SINGLE || limits.isAligned()) && (!widens || leaves);
        boolean isRefusedInPieces = address % width != 0 && policy == UnalignedPolicy.REJECT;
        return !isTooNarrow && !isTooWide && !isUnaligned && !mustNotHave && !isRefusedInPieces;
    }

    private static void put(byte[] memory, int at, int width, long value, ByteOrder order) {
        for (int i = 0; i < width; i++) {
            memory[at + i] = (byte) (value >>> 8 * (order == ByteOrder.LITTLE_ENDIAN ? i : width - 1 - i));
        }
    }

    @Test
    void transfersAreWhatThePlanSaysAndThePlanIsWithinTheLimits() {
        int done = 0;
        for (DeviceLimits limits : all()) {
            for (int round = 0; round < 60; round++) {
                CacheMode mode = round % 3 == 0 ? CacheMode.NORMAL : CacheMode.DEVICE;
                Fake device = device(
                        mode, 8 * random.nextInt(3) + random.nextInt(2) * 4, 8 << random.nextInt(4), Unaligned.SINGLE);
                device.options =
                        device.options.with(random.nextBoolean() ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
                HostMemoryAccessor limited = LimitedAccessor.of(device, limits);
                int align = random.nextBoolean() ? limits.least() : 1;
                int length = random.nextInt(SIZE / align) * align;
                int offset = Math.floorMod(
                        random.nextInt(SIZE - length + 1) / align * align - (align > 1 ? device.base : 0),
                        SIZE - length + 1);
                TransferOrder order = TransferOrder.values()[random.nextInt(2)];
                byte[] data = new byte[length + 5];
                random.nextBytes(data);
                MemorySegment ram = MemorySegment.ofArray(data);
                AccessPlan plan = limited.planBulk(Direction.WRITE, offset, length, order);
                byte[] before = device.memory.clone();
                if (plan.verdict() == Verdict.REJECTED) {
                    assertThat(catchThrowableOfType(
                                    AccessRejectedException.class,
                                    () -> limited.writeBytes(offset, ram, 5, length, order)))
                            .as("%s", limits)
                            .isNotNull();
                    assertThat(catchThrowableOfType(
                                    AccessRejectedException.class,
                                    () -> limited.readBytes(offset, ram, 5, length, order)))
                            .isNotNull();
                    assertThat(catchThrowableOfType(
                                    AccessRejectedException.class, () -> limited.writeBytes(offset, data, 5, length)))
                            .isNotNull();
                    assertThat(catchThrowableOfType(
                                    AccessRejectedException.class, () -> limited.fill(offset, length, (byte) 1)))
                            .isNotNull();
                    assertThat(catchThrowableOfType(
                                    AccessRejectedException.class,
                                    () -> Transfer.DEFAULT.copy(new Fake(length), 0, limited, offset, length)))
                            .isNotNull();
                    assertThat(device.log).isEmpty();
                    assertThat((device.base + offset | length) % limits.least() == 0
                                    && limits.least() <= device.rules.widestRead()
                                    && limits.eight() == Eight.WHOLE)
                            .as("refused: %d at %d, %s", length, offset, limits)
                            .isFalse();
                    continue;
                }
                done++;
                checkUnits(plan, limits, device, offset, length, false);
                limited.writeBytes(offset, ram, 5, length, order);
                assertThat(seen(device, plan, Direction.WRITE)).isEqualTo(accesses(plan));
                System.arraycopy(data, 5, before, device.base + offset, length);
                assertThat(device.memory).isEqualTo(before);
                byte[] back = new byte[length + 3];
                limited.readBytes(offset, MemorySegment.ofArray(back), 3, length, order);
                assertThat(seen(device, plan, Direction.READ)).isEqualTo(accesses(plan));
                assertThat(Arrays.copyOfRange(back, 3, length + 3)).isEqualTo(Arrays.copyOfRange(data, 5, length + 5));
                limited.readBytes(offset, back, 2, length);
                assertThat(Arrays.copyOfRange(back, 2, length + 2)).isEqualTo(Arrays.copyOfRange(data, 5, length + 5));
                device.log.clear();
                AccessPlan filled = limited.planBulk(Direction.WRITE, offset, length, TransferOrder.RELAXED);
                limited.fill(offset, length, (byte) 0xa7);
                assertThat(seen(device, filled, Direction.WRITE)).isEqualTo(accesses(filled));
                Arrays.fill(before, device.base + offset, device.base + offset + length, (byte) 0xa7);
                assertThat(device.memory).isEqualTo(before);
            }
        }
        assertThat(done).isGreaterThan(5000);
    }

    @Test
    void movesAndCopiesObeyOnBothSides() {
        int done = 0;
        for (DeviceLimits limits : all()) {
            for (int round = 0; round < 40; round++) {
                Fake device = device(CacheMode.DEVICE, 0, 8 << random.nextInt(4), Unaligned.SINGLE);
                HostMemoryAccessor limited = LimitedAccessor.of(device, limits);
                int align = random.nextInt(4) > 0 ? limits.least() : 1;
                int length = random.nextInt(SIZE / align) * align;
                int from = random.nextInt((SIZE - length) / align + 1) * align;
                int to = random.nextInt((SIZE - length) / align + 1) * align;
                OverlapPolicy policy = random.nextBoolean() ? OverlapPolicy.KEEP_ORDER : OverlapPolicy.MEMMOVE_ORDER;
                byte[] expected = device.memory.clone();
                System.arraycopy(device.memory, from, expected, to, length);
                TransferPlan plan;
                try {
                    plan = limited.planMove(
                            from, to, length, Transfer.DEFAULT.with(policy).withBudget(SIZE));
                } catch (AccessRejectedException refused) {
                    assertThat(catchThrowableOfType(
                                    AccessRejectedException.class,
                                    () -> limited.move(
                                            from,
                                            to,
                                            length,
                                            Transfer.DEFAULT.with(policy).withBudget(SIZE))))
                            .isNotNull();
                    assertThat(device.log).isEmpty();
                    continue;
                }
                done++;
                limited.move(from, to, length, Transfer.DEFAULT.with(policy).withBudget(SIZE));
                assertThat(device.memory)
                        .as("%d from %d to %d, %s, %s", length, from, to, policy, limits)
                        .isEqualTo(expected);
                List<String> reads = new ArrayList<>();
                List<String> writes = new ArrayList<>();
                plan.forEach(Direction.READ, (offset, width) -> reads.add(width + "@" + offset));
                plan.forEach(Direction.WRITE, (offset, width) -> writes.add(width + "@" + offset));
                List<String> written = device.log.stream()
                        .filter(access -> access.direction() == Direction.WRITE)
                        .map(access -> access.width() + "@" + access.index())
                        .toList();
                assertThat(written).isEqualTo(writes);
                assertThat(device.log).hasSize(reads.size() + writes.size() + (int) plan.widened(Direction.WRITE));
                for (Fake.Access access : device.log) {
                    assertThat(access.width())
                            .isBetween(limits.least(), limits.eight() == Eight.WHOLE ? limits.widest() : 4);
                }
            }
        }
        assertThat(done).isGreaterThan(3000);
    }

    @Test
    void aViewObeysAndSaysWhatItsRegionDoes() {
        Fake device = device(CacheMode.DEVICE, 0, 8, Unaligned.SINGLE);
        HostMemoryAccessor limited =
                LimitedAccessor.of(device, DeviceLimits.NONE.withUnits(4, 4).with(Narrower.READ_MODIFY_WRITE));
        HostMemoryAccessor view = limited.slice(6, 30).withByteOrder(ByteOrder.BIG_ENDIAN);
        assertThat(view.planScalar(0, 2)).hasToString("WIDENED ~4@-2");
        view.writeShort(0, (short) 0x1234);
        assertThat(device.memory[6]).isEqualTo((byte) 0x12);
        assertThat(view.readShort(0)).isEqualTo((short) 0x1234);
        assertThat(view.planBulk(Direction.READ, 2, 8, TransferOrder.RELAXED)).hasToString("BULK 2x4@2");
        HostMemoryAccessor strict =
                LimitedAccessor.of(device, DeviceLimits.NONE.withUnits(4, 4)).slice(4, 16);
        device.log.clear();
        assertThat(catchThrowableOfType(AccessRejectedException.class, () -> strict.readByte(0)))
                .isNotNull();
        assertThat(strict.planScalar(2, 4))
                .as("unaligned, as this host does it")
                .hasToString("SINGLE 4@2");
        strict.readInt(2);
        assertThat(device.log).hasSize(1);
    }

    /** Which of the two is made first makes no difference. */
    @Test
    void limitsOnAViewAreAViewOfTheLimitedRegion() {
        for (DeviceLimits limits : all()) {
            for (int base = 0; base < 2; base++) {
                Fake device = base == 0
                        ? new Fake(new byte[SIZE], 0, SIZE, CacheMode.DEVICE, 16, new ArrayList<>())
                        : new Fake.Mapped(new byte[SIZE + 4], 4, SIZE, CacheMode.DEVICE, 16, new ArrayList<>());
                int from = 1 + random.nextInt(20);
                HostMemoryAccessor one = LimitedAccessor.of(device.slice(from, 40), limits);
                HostMemoryAccessor other = LimitedAccessor.of(device, limits).slice(from, 40);
                for (int offset = 0; offset < 24; offset++) {
                    for (int width = 1; width <= 8; width *= 2) {
                        assertThat(one.planScalar(offset, width))
                                .as("%d bytes at %d of a view at %d, %s", width, offset, from, limits)
                                .isEqualTo(other.planScalar(offset, width));
                    }
                    assertThat(one.planBulk(Direction.WRITE, offset, 16, TransferOrder.RELAXED))
                            .isEqualTo(other.planBulk(Direction.WRITE, offset, 16, TransferOrder.RELAXED));
                }
            }
        }
    }

    /** As of the region itself, an overlap with it is found. */
    @Test
    void limitsOnAViewAreOfTheSameMemory() {
        Fake device = new Fake(SIZE);
        HostMemoryAccessor limited = LimitedAccessor.of(device.slice(8, 64), DeviceLimits.NONE.withUnits(4, 4));
        assertThat(catchThrowableOfType(
                        AccessRejectedException.class,
                        () -> Transfer.DEFAULT.with(OverlapPolicy.REJECT).copy(device, 0, limited.slice(8, 32), 0, 32)))
                .isNotNull();
        assertThat(Transfer.DEFAULT.plan(device, 0, limited, 0, 32).buffer()).isEqualTo(8);
    }

    @Test
    void limitsOnLimitsHaveTheScalarsThatBothTake() {
        Fake device = new Fake(SIZE);
        HostMemoryAccessor inner = LimitedAccessor.of(device, DeviceLimits.NONE.withUnits(4, 8));
        for (HostMemoryAccessor both : List.of(
                LimitedAccessor.of(inner, DeviceLimits.NONE.withUnits(1, 4)),
                LimitedAccessor.of(inner.slice(8, 64), DeviceLimits.NONE.withUnits(1, 4)))) {
            assertThat(both.planScalar(8, 8)).hasToString("SPLIT 4@8 4@12");
            both.readLong(8);
        }
        assertThat(device.log).hasSize(4);
    }

    /** The region has the units that the view's ends lie in. */
    @Test
    void aViewIsWidenedAtItsEnds() {
        Fake device = device(CacheMode.DEVICE, 0, 8, Unaligned.SINGLE);
        byte[] expected = device.memory.clone();
        expected[6] = 0x12;
        expected[7] = 0x34;
        expected[20] = 0x56;
        HostMemoryAccessor limited =
                LimitedAccessor.of(device, DeviceLimits.NONE.withUnits(8, 8).with(Narrower.READ_MODIFY_WRITE));
        HostMemoryAccessor view = limited.slice(6, 15).withByteOrder(ByteOrder.BIG_ENDIAN);
        view.writeShort(0, (short) 0x1234);
        view.writeByte(14, (byte) 0x56);
        assertThat(device.memory).isEqualTo(expected);
        device.broken = 2;
        RegionFaultException fault = catchThrowableOfType(RegionFaultException.class, () -> view.readShort(0));
        assertThat(fault.offset()).as("before the view").isEqualTo(-6);
        assertThat(catchThrowableOfType(RegionBoundsException.class, () -> view.readShort(14)))
                .isNotNull();
    }

    @Test
    void anArrayIsCutWhereTheDeviceTakesIt() {
        Fake device = new Fake(20_000);
        HostMemoryAccessor limited =
                LimitedAccessor.of(device, DeviceLimits.NONE.withUnits(8, 8)).slice(4, 19_000);
        limited.writeBytes(4, new byte[16_384], 0, 16_384);
        limited.readBytes(4, new byte[16_384], 0, 16_384);
        assertThat(device.log).hasSize(2 * 16_384 / 8);
    }

    @Test
    void aUnitThatLeavesTheRegionIsRefused() {
        Fake device = new Fake.Mapped(new byte[64], 2, 9, CacheMode.DEVICE, 8, new ArrayList<>());
        HostMemoryAccessor limited =
                LimitedAccessor.of(device, DeviceLimits.NONE.withUnits(4, 4).with(Narrower.READ_MODIFY_WRITE));
        assertThat(limited.planScalar(0, 1)).hasToString("REJECTED");
        assertThat(limited.planScalar(8, 1))
                .as("byte 10 of 8 to 11, and the region ends there")
                .hasToString("REJECTED");
        assertThat(limited.planScalar(5, 1)).hasToString("WIDENED ~4@2");
        assertThat(limited.planBulk(Direction.WRITE, 3, 6, TransferOrder.ASCENDING))
                .hasToString("REJECTED");
        assertThat(catchThrowableOfType(AccessRejectedException.class, () -> limited.writeByte(0, (byte) 1)))
                .isNotNull();
        assertThat(catchThrowableOfType(AccessRejectedException.class, () -> limited.fill(3, 6, (byte) 1)))
                .isNotNull();
        assertThat(device.log).isEmpty();
    }

    /** To widen a write is to read. */
    @Test
    void aWriteIsNotWidenedWhereNothingMayBeRead() {
        Fake device = device(CacheMode.DEVICE, 0, 8, Unaligned.SINGLE);
        device.capabilities = RegionCapabilities.whole(SIZE, CacheMode.DEVICE, CacheModeSource.ASSERTED)
                .withAreas(List.of())
                .withRights(false, true);
        HostMemoryAccessor limited =
                LimitedAccessor.of(device, DeviceLimits.NONE.withUnits(4, 4).with(Narrower.READ_MODIFY_WRITE));
        assertThat(limited.planScalar(5, 1)).hasToString("REJECTED");
        assertThat(limited.planBulk(Direction.WRITE, 5, 8, TransferOrder.RELAXED))
                .hasToString("REJECTED");
        assertThat(catchThrowableOfType(AccessRejectedException.class, () -> limited.writeByte(5, (byte) 1)))
                .isNotNull();
        assertThat(catchThrowableOfType(AccessRejectedException.class, () -> limited.fill(5, 8, (byte) 1)))
                .isNotNull();
        assertThat(device.log).isEmpty();
        assertThat(limited.planBulk(Direction.WRITE, 4, 8, TransferOrder.RELAXED))
                .hasToString("BULK 2x4@4");
        limited.writeInt(4, 1);
        assertThat(device.log).hasSize(1);
    }

    /** RELAXED units may be wider than ASCENDING ones. */
    @Test
    void aTransferIsJudgedByTheUnitsOfItsOwnOrder() {
        Fake device = device(CacheMode.NORMAL, 0, 32, Unaligned.SINGLE);
        device.rules = Fake.ascending(device.rules, 8);
        HostMemoryAccessor wide = LimitedAccessor.of(device, DeviceLimits.NONE.withUnits(16, 64));
        Transfer relaxed = Transfer.DEFAULT.with(TransferOrder.RELAXED);
        wide.check(Direction.WRITE, 16, 32, TransferOrder.RELAXED);
        assertThat(relaxed.plan(new Fake(64), 0, wide, 16, 48).accesses(Direction.WRITE))
                .isEqualTo(2);
        assertThat(relaxed.copy(new Fake(64), 0, wide, 16, 48).completed()).isEqualTo(48);
        assertThat(relaxed.copy(
                                List.of(new Transfer.Span(wide.slice(16, 64), 0, 48)),
                                List.of(new Transfer.Span(new Fake(64), 0, 48)))
                        .completed())
                .isEqualTo(48);
        assertThat(catchThrowableOfType(
                        AccessRejectedException.class, () -> Transfer.DEFAULT.copy(new Fake(64), 0, wide, 16, 48)))
                .as("ascending, a unit is half the least")
                .isNotNull();
        assertThat(catchThrowableOfType(AccessRejectedException.class, () -> wide.check(Direction.WRITE, 16, 32)))
                .isNotNull();
    }

    /**
     * Below a unit of 64 bytes follows 16, so that RELAXED transfers have no unit of 32 here, and ASCENDING ones do.
     */
    @Test
    void aRelaxedTransferThatHasTooNarrowUnitsIsRefusedBeforeItsFirstByte() {
        Fake device = device(CacheMode.NORMAL, 0, 64, Unaligned.SINGLE);
        device.rules = Fake.ascending(device.rules, 32);
        HostMemoryAccessor limited = LimitedAccessor.of(device, DeviceLimits.NONE.withUnits(32, 64));
        Transfer relaxed = Transfer.DEFAULT.with(TransferOrder.RELAXED);
        AddressSpace space = new AddressSpace(ByteOrder.LITTLE_ENDIAN, AddressSpace.Holes.ALL_ONES);
        Fake ram = new Fake(64);
        space.map(Mapping.of(0, ram));
        space.map(Mapping.of(64, limited));
        byte[] bytes = new byte[SIZE];
        for (ThrowingCallable request : List.<ThrowingCallable>of(
                () -> relaxed.copy(new Fake(32), 0, limited, 32, 32),
                () -> relaxed.plan(new Fake(32), 0, limited, 32, 32),
                () -> limited.slice(32, 32).check(Direction.WRITE, 0, 32, TransferOrder.RELAXED),
                () -> space.writeBytes(32, MemorySegment.ofArray(bytes), 0, 64, TransferOrder.RELAXED))) {
            assertThat(catchThrowableOfType(AccessRejectedException.class, request))
                    .isNotNull();
        }
        assertThat(device.log).isEmpty();
        assertThat(ram.log).isEmpty();
        assertThat(Transfer.DEFAULT.copy(new Fake(32), 0, limited, 32, 32).completed())
                .isEqualTo(32);
    }

    /** The parts that ranges meet in are cut finer than the ranges. */
    @Test
    void aCopyBetweenListsIsRefusedIfThereIsAPartThatADeviceDoesNotTake() {
        Fake device = device(CacheMode.DEVICE, 0, 8, Unaligned.SINGLE);
        Fake ram = new Fake(64);
        HostMemoryAccessor limited = LimitedAccessor.of(device, DeviceLimits.NONE.withUnits(4, 4));
        List<Transfer.Span> whole = List.of(new Transfer.Span(limited, 16, 16));
        List<Transfer.Span> cut =
                List.of(new Transfer.Span(ram, 0, 8), new Transfer.Span(ram, 32, 3), new Transfer.Span(ram, 40, 5));
        for (List<List<Transfer.Span>> sides : List.of(List.of(whole, cut), List.of(cut, whole))) {
            List<Transfer.Span> sources = sides.getFirst();
            List<Transfer.Span> targets = sides.getLast();
            assertThat(Transfer.DEFAULT.plan(sources, targets))
                    .as("all or nothing")
                    .hasSize(3)
                    .anyMatch(piece -> piece.plan().course() == TransferPlan.Course.REJECTED);
            assertThat(catchThrowableOfType(
                                    AccessRejectedException.class, () -> Transfer.DEFAULT.copy(sources, targets))
                            .reason())
                    .isEqualTo(AccessRejectedException.Reason.DEVICE_LIMITS);
        }
        assertThat(device.log).isEmpty();
        assertThat(ram.log).isEmpty();
    }

    @Test
    void aFaultIsOfAUnitAndCountsWholeOnes() {
        Fake device = device(CacheMode.DEVICE, 0, 32, Unaligned.SINGLE);
        HostMemoryAccessor limited = LimitedAccessor.of(device, DeviceLimits.NONE.withUnits(4, 4));
        device.broken = 22;
        byte[] memory = device.memory.clone();
        RegionFaultException bulk =
                catchThrowableOfType(RegionFaultException.class, () -> limited.readBytes(8, new byte[24], 0, 24));
        assertThat(new long[] {bulk.offset(), bulk.width(), bulk.completed()}).containsExactly(20, 4, 12);
        RegionFaultException scalar = catchThrowableOfType(RegionFaultException.class, () -> limited.writeLong(16, 1));
        assertThat(new long[] {scalar.offset(), scalar.width(), scalar.completed()})
                .containsExactly(20, 4, 4);
        HostMemoryAccessor high = LimitedAccessor.of(device, DeviceLimits.NONE.with(Eight.HIGH_FIRST));
        System.arraycopy(memory, 0, device.memory, 0, memory.length);
        device.log.clear();
        RegionFaultException first = catchThrowableOfType(RegionFaultException.class, () -> high.writeLong(16, 1));
        assertThat(new long[] {first.offset(), first.width(), first.completed()})
                .containsExactly(20, 4, 0);
        assertThat(device.log).as("the low half was not written").isEmpty();
    }

    @Test
    void ascendingUnitsOfNormalMemoryAreKeptInOrder() {
        Fake device = device(CacheMode.NORMAL, 0, 8, Unaligned.SINGLE);
        HostMemoryAccessor limited = LimitedAccessor.of(device, DeviceLimits.NONE.withUnits(1, 4));
        limited.writeBytes(0, MemorySegment.ofArray(new byte[12]), 0, 12, TransferOrder.ASCENDING);
        assertThat(device.barriers).containsExactly("FULL after 1", "FULL after 2");
        device.barriers.clear();
        limited.writeBytes(0, MemorySegment.ofArray(new byte[12]), 0, 12, TransferOrder.RELAXED);
        assertThat(device.barriers).isEmpty();
    }
}
