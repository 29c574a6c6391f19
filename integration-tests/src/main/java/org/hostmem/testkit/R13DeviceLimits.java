package org.hostmem.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.AccessPlan.Verdict;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.AccessRules.Unaligned;
import org.hostmem.CacheMode;
import org.hostmem.DeviceLimits;
import org.hostmem.DeviceLimits.Eight;
import org.hostmem.DeviceLimits.Narrower;
import org.hostmem.DeviceLimits.Wider;
import org.hostmem.Direction;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.OverlapPolicy;
import org.hostmem.RegionFaultException;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;

/**
 * R13: no access is one that the device does not take. What would be is cut, or widened if that is allowed, as the plan
 * says; or it is refused before the first byte.
 */
interface R13DeviceLimits extends Kit {

    /** Bytes of the region. */
    int SIZE = 128;

    /** Of every kind. */
    List<DeviceLimits> LIMITS = List.of(
            DeviceLimits.NONE.withUnits(4, 4).withAlignment(),
            DeviceLimits.NONE.withUnits(1, 4),
            DeviceLimits.NONE.withUnits(2, 2).with(Narrower.READ_MODIFY_WRITE),
            DeviceLimits.NONE.withUnits(4, 8).with(Narrower.READ_MODIFY_WRITE),
            DeviceLimits.NONE.withUnits(8, 8),
            DeviceLimits.NONE.withUnits(1, 16).withAlignment(),
            DeviceLimits.NONE.with(Eight.LOW_FIRST),
            DeviceLimits.NONE.withUnits(4, 32).with(Eight.HIGH_FIRST));

    private RegionUnderTest subject(CacheMode mode, DeviceLimits limits) {
        AccessOptions options = AccessOptions.DEFAULT.with(limits);
        RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, SIZE, options);
        assertEquals(options, subject.accessor().options(), "what it was opened with");
        return subject;
    }

    /** Fails unless every unit of a plan is one that the device takes. */
    private static void checkUnits(AccessPlan plan, DeviceLimits limits, boolean mayBeUnaligned) {
        plan.forEach((offset, width) -> {
            assertTrue(
                    width >= limits.least() && width <= limits.widest() && (width < 8 || limits.eight() == Eight.WHOLE),
                    () -> width + " bytes at offset " + offset + " are no unit of a device that takes " + limits + ": "
                            + plan);
            assertTrue(
                    offset % width == 0 || mayBeUnaligned,
                    () -> "unaligned: " + plan + ", of a device that takes " + limits);
        });
    }

    @TestFactory
    @Tag("R13")
    @DisplayName("R13: a plan has only units that the device takes")
    default Stream<DynamicTest> r13_plansHaveOnlyUnitsThatTheDeviceTakes() {
        return eachMode(mode -> {
            for (DeviceLimits limits : LIMITS) {
                try (RegionUnderTest subject = subject(mode, limits)) {
                    HostMemoryAccessor accessor = subject.accessor();
                    for (int offset = 16; offset < 32; offset++) {
                        for (int width = 1; width <= 8; width *= 2) {
                            boolean single =
                                    !limits.isAligned() && accessor.rules().unaligned(width) == Unaligned.SINGLE;
                            checkUnits(
                                    accessor.planScalar(offset, width),
                                    limits,
                                    single
                                            || (!limits.isAligned()
                                                    && accessor.rules().unaligned(2) == Unaligned.SINGLE));
                        }
                        for (int length = 0; length < 72; length++) {
                            for (TransferOrder order : TransferOrder.values()) {
                                checkUnits(accessor.planBulk(Direction.READ, offset, length, order), limits, false);
                                checkUnits(accessor.planBulk(Direction.WRITE, offset, length, order), limits, false);
                            }
                        }
                    }
                    for (OverlapPolicy policy : OverlapPolicy.values()) {
                        for (Direction side : Direction.values()) {
                            accessor.planMove(
                                            16,
                                            40,
                                            64,
                                            Transfer.DEFAULT.with(policy).withBudget(SIZE))
                                    .forEach(
                                            side,
                                            (offset, width) -> assertTrue(
                                                    width >= limits.least() && width <= limits.widest(),
                                                    () -> width + " bytes, of a device that takes " + limits));
                        }
                    }
                }
            }
        });
    }

    @TestFactory
    @Tag("R13")
    @DisplayName("R13: what the device does not take is refused before the first byte, as its plan says")
    default Stream<DynamicTest> r13_whatTheDeviceDoesNotTakeIsRefused() {
        return eachMode(mode -> {
            try (RegionUnderTest subject = subject(
                    mode, DeviceLimits.NONE.withUnits(4, 4).withAlignment().with(Wider.REFUSE))) {
                HostMemoryAccessor accessor = subject.accessor();
                HostMemoryAccessor view = accessor.slice(8, 64);
                RegionUnderTest.Expected expected = subject.expected();
                MemorySegment ram = MemorySegment.ofArray(new byte[SIZE]);
                assertEquals(Verdict.REJECTED, accessor.planScalar(16, 8).verdict());
                assertEquals(Verdict.REJECTED, accessor.planScalar(16, 2).verdict());
                assertEquals(
                        Verdict.REJECTED,
                        accessor.planBulk(Direction.WRITE, 17, 7, TransferOrder.ASCENDING)
                                .verdict());
                List<Executable> refused = List.of(
                        () -> accessor.readLong(16),
                        () -> accessor.writeLong(16, 1),
                        () -> accessor.readShort(16),
                        () -> accessor.writeByte(16, (byte) 1),
                        () -> view.writeShort(8, (short) 1),
                        () -> accessor.readBytes(17, ram, 0, 7, TransferOrder.ASCENDING),
                        () -> accessor.writeBytes(16, ram, 0, 10, TransferOrder.RELAXED),
                        () -> accessor.writeBytes(18, new byte[12], 0, 12),
                        () -> view.readBytes(18, new byte[12], 0, 12),
                        () -> accessor.fill(16, 6, (byte) 1),
                        () -> accessor.move(16, 41, 16, Transfer.DEFAULT.withBudget(SIZE)),
                        () -> accessor.move(18, 40, 16, Transfer.DEFAULT.with(OverlapPolicy.MEMMOVE_ORDER)),
                        () -> accessor.check(Direction.WRITE, 16, 6));
                for (Executable request : refused) {
                    AccessRejectedException why = assertThrows(
                            AccessRejectedException.class, request, () -> "request " + refused.indexOf(request));
                    assertEquals(Reason.DEVICE_LIMITS, why.reason(), "reason of request " + refused.indexOf(request));
                }
                if (mode == CacheMode.NORMAL) {
                    assertThrows(AccessRejectedException.class, accessor::asSegment);
                    assertThrows(
                            AccessRejectedException.class,
                            () -> accessor.atomics().getAndAdd(16, 8, 1));
                    assertThrows(
                            AccessRejectedException.class,
                            () -> accessor.atomics().getAcquire(16, 2));
                    for (HostMemoryAccessor each : List.of(
                            accessor, view, accessor.readOnly(), accessor.withByteOrder(ByteOrder.BIG_ENDIAN))) {
                        each.atomics().getAcquire(16, 4);
                        assertThrows(
                                AccessRejectedException.class,
                                () -> each.atomics().getAcquire(16, 8));
                    }
                }
                expected.check("something that was refused");
            }
        });
    }

    @TestFactory
    @Tag("R13")
    @DisplayName("R13: what the device takes is exact, however it is cut")
    default Stream<DynamicTest> r13_whatTheDeviceTakesIsExact() {
        return eachMode(mode -> {
            for (DeviceLimits limits : LIMITS) {
                try (RegionUnderTest subject = subject(mode, limits)) {
                    exactScalars(subject, subject.accessor());
                    exactTransfers(subject, subject.accessor(), limits);
                }
            }
        });
    }

    private static void exactScalars(RegionUnderTest subject, HostMemoryAccessor accessor) {
        SplittableRandom random = new SplittableRandom(13);
        RegionUnderTest.Expected expected = subject.expected();
        for (int offset = 16; offset < 32; offset++) {
            for (int width = 1; width <= 8; width *= 2) {
                if (accessor.planScalar(offset, width).verdict() == Verdict.REJECTED) {
                    continue;
                }
                long value = Seen.low(random.nextLong(), width);
                accessor.write(offset, width, value);
                for (int i = 0; i < width; i++) {
                    expected.region().set(ValueLayout.JAVA_BYTE, offset + i, (byte) (value >>> (8 * i)));
                }
                expected.check(width, offset, "write");
                int here = offset;
                int bytes = width;
                assertEquals(value, accessor.read(offset, width), () -> bytes + " bytes read at offset " + here);
                assertEquals(
                        subject.value(offset, width, ByteOrder.BIG_ENDIAN),
                        Seen.low(accessor.withByteOrder(ByteOrder.BIG_ENDIAN).read(offset, width), width),
                        "by a view");
            }
        }
    }

    private static void exactTransfers(RegionUnderTest subject, HostMemoryAccessor accessor, DeviceLimits limits) {
        byte[] back = new byte[SIZE];
        for (int offset = 16; offset < 32; offset++) {
            for (int length = 0; length < 72; length++) {
                for (TransferOrder order : TransferOrder.values()) {
                    if (accessor.planBulk(Direction.WRITE, offset, length, order)
                                    .verdict()
                            == Verdict.REJECTED) {
                        continue;
                    }
                    MemorySegment data = RegionUnderTest.noise(offset + length, length + 3);
                    RegionUnderTest.Expected expected = subject.expected();
                    accessor.writeBytes(offset, data, 3, length, order);
                    MemorySegment.copy(data, 3, expected.region(), offset, length);
                    expected.check(length, offset, "transfer");
                    accessor.readBytes(offset, MemorySegment.ofArray(back), 0, length, order);
                    assertEquals(
                            -1,
                            MemorySegment.ofArray(back).asSlice(0, length).mismatch(data.asSlice(3, length)),
                            "what was read back, of a device that takes " + limits);
                }
                if (length % limits.least() == 0 && offset % limits.least() == 0) {
                    RegionUnderTest.Expected expected = subject.expected();
                    accessor.fill(offset, length, (byte) (offset + length));
                    expected.region().asSlice(offset, length).fill((byte) (offset + length));
                    expected.check(length, offset, "fill");
                    subject.scramble(length);
                    expected.refresh();
                    accessor.move(
                            offset,
                            40,
                            length,
                            Transfer.DEFAULT
                                    .with(length % 3 == 0 ? OverlapPolicy.MEMMOVE_ORDER : OverlapPolicy.KEEP_ORDER)
                                    .withBudget(SIZE));
                    MemorySegment.copy(
                            expected.region().asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE),
                            0,
                            expected.region(),
                            ValueLayout.JAVA_BYTE,
                            40,
                            length);
                    expected.check(length, offset, "move");
                }
            }
        }
    }

    /** Where the second half of a value faults, the first one tells whether it was written before. */
    @TestFactory
    @Tag("R13")
    @DisplayName("R13: the halves of 8 bytes are written in the device's order")
    default Stream<DynamicTest> r13_halvesAreWrittenInTheirOrder() {
        return eachMode(mode -> {
            for (Eight eight : List.of(Eight.LOW_FIRST, Eight.HIGH_FIRST)) {
                try (RegionUnderTest subject = RegionUnderTest.withEdge(
                        provider(), mode, AccessOptions.DEFAULT.with(DeviceLimits.NONE.with(eight)))) {
                    subject.assumePromised(Guarantee.PRECISE_FAULTS);
                    long at = RegionUnderTest.EDGE - 4;
                    long before = subject.value(at, 4, ByteOrder.LITTLE_ENDIAN);
                    RegionFaultException fault = assertThrows(
                            RegionFaultException.class, () -> subject.accessor().writeLong(at, ~before));
                    assertEquals(RegionUnderTest.EDGE, fault.offset(), "offset of the half that faults");
                    assertEquals(4, fault.width(), "its width");
                    assertEquals(
                            eight == Eight.LOW_FIRST ? Seen.low(~before, 4) : before,
                            subject.value(at, 4, ByteOrder.LITTLE_ENDIAN),
                            () -> "the low half, " + eight);
                }
            }
        });
    }

    @TestFactory
    @Tag("R13")
    @DisplayName("R13: a fault is that of a unit which the device takes, and counts those before it")
    default Stream<DynamicTest> r13_aFaultIsOfAUnitThatTheDeviceTakes() {
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.withEdge(
                    provider(), mode, AccessOptions.DEFAULT.with(DeviceLimits.NONE.withUnits(4, 4)))) {
                subject.assumePromised(Guarantee.PRECISE_FAULTS);
                HostMemoryAccessor accessor = subject.accessor();
                MemorySegment ram = MemorySegment.ofArray(new byte[24]);
                long from = RegionUnderTest.EDGE - 12;
                for (Executable request : List.<Executable>of(
                        () -> accessor.readBytes(from, ram, 0, 24, TransferOrder.ASCENDING),
                        () -> accessor.writeBytes(from, ram, 0, 24, TransferOrder.ASCENDING),
                        () -> accessor.fill(from, 24, (byte) 0))) {
                    RegionFaultException fault = assertThrows(RegionFaultException.class, request);
                    assertEquals(RegionUnderTest.EDGE, fault.offset(), "offset");
                    assertEquals(4, fault.width(), "width");
                    assertEquals(12, fault.completed(), "bytes before it");
                }
            }
        });
    }

    @TestFactory
    @Tag("R13")
    @DisplayName(
            "R13: less than a unit is read, modified and written only if that was asked for, and then the plan says so")
    default Stream<DynamicTest> r13_lessThanAUnitIsWidenedInTheOpen() {
        return eachMode(mode -> {
            try (RegionUnderTest subject =
                    subject(mode, DeviceLimits.NONE.withUnits(8, 8).with(Narrower.READ_MODIFY_WRITE))) {
                HostMemoryAccessor accessor = subject.accessor();
                AccessPlan plan = accessor.planScalar(42, 2);
                assertEquals(Verdict.WIDENED, plan.verdict());
                assertEquals(1, plan.widened(), "units of the plan that are wider than 2 bytes");
                assertEquals(
                        2,
                        accessor.planBulk(Direction.WRITE, 42, 10, TransferOrder.ASCENDING)
                                .widened(),
                        "units that have more than the ends of 10 bytes");
                assertEquals(
                        0,
                        accessor.planBulk(Direction.WRITE, 40, 16, TransferOrder.ASCENDING)
                                .widened(),
                        "units of two whole ones");
                RegionUnderTest.Expected expected = subject.expected();
                accessor.writeShort(42, (short) 0x1234);
                expected.region()
                        .set(ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), 42, (short) 0x1234);
                expected.check("a write of less than a unit");
                assertEquals(0x1234, accessor.readShort(42));
                AccessRejectedException why = assertThrows(AccessRejectedException.class, () -> {
                    try (RegionUnderTest strict = subject(mode, DeviceLimits.NONE.withUnits(8, 8))) {
                        strict.accessor().writeShort(42, (short) 1);
                    }
                });
                assertEquals(Reason.DEVICE_LIMITS, why.reason());
            }
        });
    }

    @TestFactory
    @Tag("R13")
    @DisplayName("R13: limits cost no allocation")
    default Stream<DynamicTest> r13_limitsDoNotAllocate() {
        return eachMode(mode -> {
            try (RegionUnderTest subject = subject(
                    mode,
                    DeviceLimits.NONE.withUnits(4, 8).with(Eight.HIGH_FIRST).with(Narrower.READ_MODIFY_WRITE))) {
                subject.assumePromised(Guarantee.NO_ALLOCATION);
                HostMemoryAccessor accessor = subject.accessor();
                MemorySegment ram = MemorySegment.ofArray(new byte[64]);
                byte[] array = new byte[64];
                R12Allocation.allocatesNothing("scalars behind limits", i -> {
                    accessor.writeLong(i & 0x38, accessor.readLong(i & 0x38));
                    accessor.writeShort(i & 0x3a, accessor.readShort(i & 0x38));
                });
                R12Allocation.allocatesNothing("transfers behind limits", i -> {
                    accessor.readBytes(i & 0x3f, ram, 0, 24, TransferOrder.ASCENDING);
                    accessor.writeBytes(i & 0x3f, ram, 0, 24, TransferOrder.RELAXED);
                    accessor.readBytes(i & 0x3f, array, 0, 24);
                    accessor.fill(i & 0x3c, 20, (byte) i);
                });
                R12Allocation.allocatesNothing(
                        "moves behind limits", i -> accessor.move(i & 0x3c, 96, 16, R12Allocation.APART));
            }
        });
    }
}
