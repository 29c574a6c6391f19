package org.hostmem.testkit;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.Atomics;
import org.hostmem.CacheMode;
import org.hostmem.Direction;
import org.hostmem.FaultPolicy;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.HostMemoryException;
import org.hostmem.RegionFaultException;
import org.hostmem.RegionFaultException.Side;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;

/**
 * R9: a fault becomes {@link RegionFaultException} at that very access, with offset and bytes completed; the JVM lives
 * and its own signal handling is untouched.
 */
interface R09Faults extends Kit {

    /** Every unit of a ladder of up to 64 bytes, in front of the edge and behind it. */
    int REACH = 70;

    /** Of a transfer that no other test makes. */
    int PART = 61;

    /** A test of memory that ends, with an accessor that promises to say where. */
    private Stream<DynamicTest> atTheEdge(FaultPolicy policy, EdgeTest test) {
        return eachMode(mode -> {
            try (RegionUnderTest subject =
                    RegionUnderTest.withEdge(provider(), mode, AccessOptions.DEFAULT.with(policy))) {
                subject.assumePromised(Guarantee.PRECISE_FAULTS);
                test.run(subject, subject.accessor());
            }
        });
    }

    /** With the accessor at hand. */
    @FunctionalInterface
    interface EdgeTest {
        void run(RegionUnderTest subject, HostMemoryAccessor accessor) throws Exception;
    }

    private static RegionFaultException faults(
            Executable access, Direction direction, long offset, long completed, String what) {
        RegionFaultException fault = assertThrows(RegionFaultException.class, access, what);
        assertEquals(offset, fault.offset(), () -> what + ": offset");
        assertEquals(completed, fault.completed(), () -> what + ": bytes completed");
        assertEquals(direction, fault.direction(), () -> what + ": direction");
        assertNotEquals(Side.RAM, fault.side(), () -> what + ": side");
        return fault;
    }

    @TestFactory
    @Tag("R9")
    @DisplayName("R9: a scalar that faults is reported with its offset, direction and width, and the next access works")
    default Stream<DynamicTest> r9_aScalarFaultIsReported() {
        return atTheEdge(FaultPolicy.THROW, (subject, accessor) -> {
            for (int width : new int[] {1, 2, 4, 8}) {
                for (long offset = RegionUnderTest.EDGE; offset < RegionUnderTest.EDGE + 32; offset += width) {
                    long at = offset;
                    assertEquals(
                            width,
                            faults(() -> accessor.read(at, width), Direction.READ, at, 0, "read of " + width + " bytes")
                                    .width());
                    assertEquals(
                            width,
                            faults(
                                            () -> accessor.write(at, width, 0),
                                            Direction.WRITE,
                                            at,
                                            0,
                                            "write of " + width + " bytes")
                                    .width());
                    assertEquals(
                            subject.value(
                                    at - RegionUnderTest.EDGE,
                                    width,
                                    accessor.options().byteOrder()),
                            accessor.read(at - RegionUnderTest.EDGE, width),
                            "the next read, of good memory");
                }
            }
        });
    }

    @TestFactory
    @Tag("R9")
    @DisplayName("R9: memory that may vanish is promised precise faults in every cache mode, if in any")
    default Stream<DynamicTest> r9_whatMayVanishIsPreciseInEveryMode() {
        return eachMode(mode -> {
            try (RegionUnderTest strictest =
                            RegionUnderTest.withEdge(provider(), CacheMode.UNKNOWN, AccessOptions.DEFAULT);
                    RegionUnderTest subject = RegionUnderTest.withEdge(provider(), mode, AccessOptions.DEFAULT)) {
                assertEquals(
                        strictest.accessor().guarantees().contains(Guarantee.PRECISE_FAULTS),
                        subject.accessor().guarantees().contains(Guarantee.PRECISE_FAULTS));
                assertEquals(
                        subject.accessor().guarantees(),
                        subject.accessor().slice(1, 8).guarantees(),
                        "of a view");
            }
        });
    }

    @TestFactory
    @Tag("R9")
    @DisplayName("R9: an atomic access that faults is reported with its offset, direction and width, or reads ones; the"
            + " next one works")
    default Stream<DynamicTest> r9_anAtomicFaultIsReported() {
        return Stream.of(FaultPolicy.values())
                .flatMap(policy -> atTheEdge(policy, (subject, accessor) -> {
                    if (accessor.capabilities().cacheMode().needsExactAccesses()) {
                        return; // which has none
                    }
                    Atomics atomics = accessor.atomics();
                    for (int width : new int[] {1, 2, 4, 8}) {
                        for (long at : atomics(width)) {
                            List<Atomic> accesses = List.of(
                                    new Atomic("getAcquire", Direction.READ, () -> atomics.getAcquire(at, width)),
                                    new Atomic("setRelease", Direction.WRITE, () -> {
                                        atomics.setRelease(at, width, 1);
                                        return -1;
                                    }),
                                    new Atomic(
                                            "compareAndExchange",
                                            Direction.WRITE,
                                            () -> atomics.compareAndExchange(at, width, 0, 1)),
                                    new Atomic(
                                            "compareAndExchange of ones",
                                            Direction.WRITE,
                                            () -> atomics.compareAndExchange(at, width, -1, 1)),
                                    new Atomic("getAndSet", Direction.WRITE, () -> atomics.getAndSet(at, width, 1)),
                                    new Atomic("getAndAdd", Direction.WRITE, () -> atomics.getAndAdd(at, width, 1)),
                                    new Atomic("getAndAnd", Direction.WRITE, () -> atomics.getAndAnd(at, width, 1)),
                                    new Atomic("getAndOr", Direction.WRITE, () -> atomics.getAndOr(at, width, 1)),
                                    new Atomic("getAndXor", Direction.WRITE, () -> atomics.getAndXor(at, width, 1)));
                            for (Atomic access : accesses) {
                                String what = access.name + " of " + width + " bytes at offset " + at;
                                if (policy == FaultPolicy.THROW) {
                                    assertEquals(
                                            width,
                                            faults(access.call::getAsLong, access.direction, at, 0, what)
                                                    .width(),
                                            what);
                                } else {
                                    assertEquals(Seen.low(-1, width), Seen.low(access.call.getAsLong(), width), what);
                                }
                            }
                            assertEquals(
                                    subject.value(
                                            at - RegionUnderTest.EDGE,
                                            width,
                                            accessor.options().byteOrder()),
                                    atomics.getAcquire(at - RegionUnderTest.EDGE, width),
                                    "the next one, of good memory");
                        }
                    }
                }));
    }

    /** Behind the edge, in the middle of the page and at its end. */
    private static long[] atomics(int width) {
        return LongStream.concat(
                        LongStream.iterate(0, at -> at < 32, at -> at + width).map(at -> RegionUnderTest.EDGE + at),
                        LongStream.of(vanished(width)))
                .toArray();
    }

    /** An atomic access, and what it returns. */
    record Atomic(String name, Direction direction, LongSupplier call) {}

    @TestFactory
    @Tag("R9")
    @DisplayName("R9: a bulk write that faults has written exactly the bytes before the fault, wherever it lies")
    default Stream<DynamicTest> r9_aBulkWriteStopsAtTheFault() {
        return atTheEdge(FaultPolicy.THROW, (subject, accessor) -> {
            RegionUnderTest.Expected expected = subject.expected();
            for (int before = 0; before <= REACH; before++) {
                for (int after : new int[] {1, 8, 33, REACH}) {
                    long offset = RegionUnderTest.EDGE - before;
                    int size = before + after;
                    MemorySegment ram = RegionUnderTest.noise(before * 100 + after, size);
                    TransferOrder order = (after & 1) == 0 ? TransferOrder.ASCENDING : TransferOrder.RELAXED;
                    faults(
                            () -> accessor.writeBytes(offset, ram, 0, size, order),
                            Direction.WRITE,
                            RegionUnderTest.EDGE,
                            offset < RegionUnderTest.EDGE ? size - after : 0,
                            order + " write of " + size + " bytes at offset " + offset);
                    MemorySegment.copy(ram, 0, expected.region(), offset, RegionUnderTest.EDGE - offset);
                    expected.check(size, offset, "faulting write");
                    byte[] array = RegionUnderTest.noise(before + after, size).toArray(ValueLayout.JAVA_BYTE);
                    faults(
                            () -> accessor.writeBytes(offset, array, 0, size),
                            Direction.WRITE,
                            RegionUnderTest.EDGE,
                            size - after,
                            "write of " + size + " bytes of an array at offset " + offset);
                    MemorySegment.copy(array, 0, expected.region(), ValueLayout.JAVA_BYTE, offset, size - after);
                    expected.check(size, offset, "faulting write of an array");
                }
            }
        });
    }

    @TestFactory
    @Tag("R9")
    @DisplayName("R9: a bulk read that faults has read exactly the bytes before the fault, wherever it lies")
    default Stream<DynamicTest> r9_aBulkReadStopsAtTheFault() {
        return atTheEdge(FaultPolicy.THROW, (subject, accessor) -> {
            for (int before = 0; before <= REACH; before++) {
                for (int after : new int[] {1, 8, 33, REACH}) {
                    long offset = RegionUnderTest.EDGE - before;
                    int size = before + after;
                    MemorySegment ram = MemorySegment.ofArray(new byte[size]).fill((byte) 0x5a);
                    TransferOrder order = (after & 1) == 0 ? TransferOrder.ASCENDING : TransferOrder.RELAXED;
                    String what = order + " read of " + size + " bytes at offset " + offset;
                    faults(
                            () -> accessor.readBytes(offset, ram, 0, size, order),
                            Direction.READ,
                            RegionUnderTest.EDGE,
                            before,
                            what);
                    assertEquals(
                            -1,
                            MemorySegment.mismatch(ram, 0, before, subject.memory(), offset, RegionUnderTest.EDGE),
                            () -> what + ": bytes before the fault");
                    assertEquals(
                            -1,
                            MemorySegment.mismatch(
                                    ram,
                                    before,
                                    size,
                                    MemorySegment.ofArray(new byte[after]).fill((byte) 0x5a),
                                    0,
                                    after),
                            () -> what + ": RAM behind the fault");
                    byte[] array = new byte[size + 1];
                    faults(
                            () -> accessor.readBytes(offset, array, 1, size),
                            Direction.READ,
                            RegionUnderTest.EDGE,
                            before,
                            what + ", into an array");
                    assertEquals(
                            -1,
                            MemorySegment.mismatch(
                                    MemorySegment.ofArray(array),
                                    1,
                                    before + 1,
                                    subject.memory(),
                                    offset,
                                    RegionUnderTest.EDGE),
                            () -> what + ", into an array: bytes before the fault");
                    assertEquals(
                            -1,
                            MemorySegment.mismatch(
                                    MemorySegment.ofArray(array),
                                    before + 1,
                                    size + 1,
                                    MemorySegment.ofArray(new byte[after]),
                                    0,
                                    after),
                            () -> what + ", into an array: behind the fault");
                }
            }
        });
    }

    @TestFactory
    @Tag("R9")
    @DisplayName("R9: a fill that faults has filled exactly the bytes before the fault")
    default Stream<DynamicTest> r9_aFillStopsAtTheFault() {
        return atTheEdge(FaultPolicy.THROW, (subject, accessor) -> {
            RegionUnderTest.Expected expected = subject.expected();
            for (int before = 0; before <= REACH; before++) {
                long offset = RegionUnderTest.EDGE - before;
                int size = before + 40;
                byte value = (byte) before;
                faults(
                        () -> accessor.fill(offset, size, value),
                        Direction.WRITE,
                        RegionUnderTest.EDGE,
                        before,
                        "fill of " + size + " bytes at offset " + offset);
                expected.region().asSlice(offset, before).fill(value);
                expected.check(size, offset, "faulting fill");
            }
        });
    }

    @TestFactory
    @Tag("R9")
    @DisplayName("R9: a move that faults says how many bytes were moved, and has moved them")
    default Stream<DynamicTest> r9_aMoveStopsAtTheFault() {
        return atTheEdge(FaultPolicy.THROW, (subject, accessor) -> {
            RegionUnderTest.Expected expected = subject.expected();
            for (int before = 0; before <= REACH; before++) {
                long to = RegionUnderTest.EDGE - before;
                int size = before + 40;
                faults(
                        () -> accessor.move(128, to, size, Transfer.DEFAULT.withBudget(0)),
                        Direction.WRITE,
                        RegionUnderTest.EDGE,
                        before,
                        "move of " + size + " bytes to offset " + to);
                MemorySegment.copy(subject.memory(), 128, expected.region(), to, before);
                expected.check(size, to, "faulting move");
                faults(
                        () -> accessor.move(to, 128, size, Transfer.DEFAULT.withBudget(0)),
                        Direction.READ,
                        RegionUnderTest.EDGE,
                        before,
                        "move of " + size + " bytes from offset " + to);
                MemorySegment.copy(subject.memory(), to, expected.region(), 128, before);
                expected.check(size, 128, "faulting move");
                int good = 700 + before;
                long up = RegionUnderTest.EDGE - good;
                faults(
                        () -> accessor.move(up - 128, up, good + 100, Transfer.DEFAULT.withBudget(128)),
                        Direction.WRITE,
                        RegionUnderTest.EDGE,
                        good,
                        "overlapping move to offset " + up);
                MemorySegment.copy(expected.region(), up - 128, expected.region(), up, good);
                expected.check(good + 100, up, "faulting overlapping move");
            }
        });
    }

    @TestFactory
    @Tag("R9")
    @DisplayName("R9: an unaligned scalar across the edge faults, after the bytes that its plan has in front of it")
    default Stream<DynamicTest> r9_aScalarAcrossTheEdgeFaults() {
        return atTheEdge(FaultPolicy.THROW, (subject, accessor) -> {
            RegionUnderTest.Expected expected = subject.expected();
            for (int width : new int[] {2, 4, 8}) {
                for (int before = 1; before < width; before++) {
                    long offset = RegionUnderTest.EDGE - before;
                    boolean single = accessor.planScalar(offset, width).verdict() == AccessPlan.Verdict.SINGLE;
                    String what = width + " bytes at offset " + offset;
                    faults(
                            () -> accessor.read(offset, width),
                            Direction.READ,
                            single ? offset : RegionUnderTest.EDGE,
                            single ? 0 : before,
                            "read of " + what);
                    long value = 0x0102_0304_0506_0708L * before;
                    faults(
                            () -> accessor.write(offset, width, value),
                            Direction.WRITE,
                            single ? offset : RegionUnderTest.EDGE,
                            single ? 0 : before,
                            "write of " + what);
                    if (single) {
                        expected.check(
                                width,
                                offset,
                                "faulting write"); // Whether a part of one access arrived is known of x86_64 only:
                        // none.
                    }
                    expected.refresh();
                }
            }
        });
    }

    /**
     * Where nothing is before the access: in the middle of a page that has vanished, at its end, and at the end of the
     * region.
     */
    private static long[] vanished(int length) {
        return new long[] {
            RegionUnderTest.EDGE + 0x7f8, RegionUnderTest.EDGE + 4096 - length, 2 * RegionUnderTest.EDGE - length
        };
    }

    @TestFactory
    @Tag("R9")
    @DisplayName(
            "R9: an access in the middle or at the end of a vanished page is reported where it is, also where the CPU"
                    + " names the page only: scalars, bulk, fill and moves")
    default Stream<DynamicTest> r9_theMiddleAndTheEndOfAVanishedPageFault() {
        return atTheEdge(FaultPolicy.THROW, (subject, accessor) -> {
            for (int width : new int[] {1, 2, 4, 8}) {
                for (long at : vanished(width)) {
                    assertEquals(
                            width,
                            faults(() -> accessor.read(at, width), Direction.READ, at, 0, "read of " + width + " bytes")
                                    .width());
                    assertEquals(
                            width,
                            faults(
                                            () -> accessor.write(at, width, 0),
                                            Direction.WRITE,
                                            at,
                                            0,
                                            "write of " + width + " bytes")
                                    .width());
                }
            }
            RegionUnderTest.Expected expected = subject.expected();
            for (long at : vanished(PART)) {
                for (TransferOrder order : TransferOrder.values()) {
                    faults(
                            () -> accessor.readBytes(at, MemorySegment.ofArray(new byte[PART]), 0, PART, order),
                            Direction.READ,
                            at,
                            0,
                            order + " read at offset " + at);
                    faults(
                            () -> accessor.writeBytes(at, MemorySegment.ofArray(new byte[PART]), 0, PART, order),
                            Direction.WRITE,
                            at,
                            0,
                            order + " write at offset " + at);
                }
                faults(
                        () -> accessor.readBytes(at, new byte[PART], 0, PART),
                        Direction.READ,
                        at,
                        0,
                        "read into an array at offset " + at);
                faults(
                        () -> accessor.writeBytes(at, new byte[PART], 0, PART),
                        Direction.WRITE,
                        at,
                        0,
                        "write of an array at offset " + at);
                faults(() -> accessor.fill(at, PART, (byte) 1), Direction.WRITE, at, 0, "fill at offset " + at);
                faults(
                        () -> accessor.move(at, 128, PART, Transfer.DEFAULT.withBudget(0)),
                        Direction.READ,
                        at,
                        0,
                        "move from offset " + at);
                faults(
                        () -> accessor.move(128, at, PART, Transfer.DEFAULT.withBudget(0)),
                        Direction.WRITE,
                        at,
                        0,
                        "move to offset " + at);
                expected.check(PART, at, "faulting access");
            }
        });
    }

    @TestFactory
    @Tag("R9")
    @DisplayName(
            "R9: a transfer between two regions that faults in one says in which and where, and has copied the bytes"
                    + " before")
    default Stream<DynamicTest> r9_aTransferStopsAtTheFault() {
        return atTheEdge(FaultPolicy.THROW, (subject, accessor) -> {
            try (RegionUnderTest other =
                    RegionUnderTest.ram(provider(), accessor.capabilities().cacheMode(), 2048)) {
                int before = 509;
                int length = 1009;
                long edge = RegionUnderTest.EDGE - before;
                faults(
                        () -> Transfer.DEFAULT.copy(other.accessor(), 5, accessor, edge, length),
                        Direction.WRITE,
                        RegionUnderTest.EDGE,
                        before,
                        "transfer to memory that ends");
                assertEquals(
                        -1,
                        MemorySegment.mismatch(
                                other.memory(), 5, 5 + before, subject.memory(), edge, RegionUnderTest.EDGE),
                        "bytes before the fault");
                subject.scramble(7);
                faults(
                        () -> Transfer.DEFAULT.copy(accessor, edge, other.accessor(), 5, length),
                        Direction.READ,
                        RegionUnderTest.EDGE,
                        before,
                        "transfer from memory that ends");
                assertEquals(
                        -1,
                        MemorySegment.mismatch(
                                other.memory(), 5, 5 + before, subject.memory(), edge, RegionUnderTest.EDGE),
                        "bytes before the fault");
            }
        });
    }

    @TestFactory
    @Tag("R9")
    @DisplayName("R9: a fault without a stack trace says the same as one with it")
    default Stream<DynamicTest> r9_aFaultWithoutATraceSaysTheSame() {
        return eachMode(mode -> {
            try (RegionUnderTest subject =
                    RegionUnderTest.withEdge(provider(), mode, AccessOptions.DEFAULT.withoutFaultTraces())) {
                subject.assumePromised(Guarantee.PRECISE_FAULTS);
                HostMemoryAccessor accessor = subject.accessor();
                List<RegionFaultException> all = List.of(
                        faults(
                                () -> accessor.readInt(RegionUnderTest.EDGE + 12),
                                Direction.READ,
                                RegionUnderTest.EDGE + 12,
                                0,
                                "read"),
                        faults(
                                () -> accessor.writeInt(RegionUnderTest.EDGE + 12, 1),
                                Direction.WRITE,
                                RegionUnderTest.EDGE + 12,
                                0,
                                "write"),
                        faults(
                                () -> accessor.readBytes(RegionUnderTest.EDGE - 5, MemorySegment.ofArray(new byte[21])),
                                Direction.READ,
                                RegionUnderTest.EDGE,
                                5,
                                "bulk read"),
                        faults(
                                () -> accessor.writeBytes(
                                        RegionUnderTest.EDGE - 5, MemorySegment.ofArray(new byte[21])),
                                Direction.WRITE,
                                RegionUnderTest.EDGE,
                                5,
                                "bulk write"),
                        faults(
                                () -> accessor.readBytes(RegionUnderTest.EDGE - 5, new byte[21], 0, 21),
                                Direction.READ,
                                RegionUnderTest.EDGE,
                                5,
                                "read into an array"),
                        faults(
                                () -> accessor.fill(RegionUnderTest.EDGE - 5, 21, (byte) 1),
                                Direction.WRITE,
                                RegionUnderTest.EDGE,
                                5,
                                "fill"),
                        faults(
                                () -> accessor.move(0, RegionUnderTest.EDGE - 5, 21, Transfer.DEFAULT.withBudget(0)),
                                Direction.WRITE,
                                RegionUnderTest.EDGE,
                                5,
                                "move"),
                        faults(
                                () -> accessor.slice(8, accessor.size() - 8).readInt(RegionUnderTest.EDGE),
                                Direction.READ,
                                RegionUnderTest.EDGE,
                                0,
                                "read of a view"));
                for (RegionFaultException fault : all) {
                    assertEquals(0, fault.getStackTrace().length, () -> "frames of " + fault);
                }
            }
        });
    }

    @TestFactory
    @Tag("R9")
    @DisplayName(
            "R9: RAM at the other end that has vanished is a fault of the RAM side, before the region sees a byte of"
                    + " it, promised precise or not")
    default Stream<DynamicTest> r9_ramThatHasVanishedNeverReachesTheRegion() {
        return eachMode(mode -> {
            MemorySegment ram = RegionUnderTest.mapped(2 * RegionUnderTest.EDGE, RegionUnderTest.EDGE);
            for (FaultPolicy policy : FaultPolicy.values()) {
                try (RegionUnderTest subject =
                        RegionUnderTest.ram(provider(), mode, 512, AccessOptions.DEFAULT.with(policy))) {
                    RegionUnderTest.Expected expected = subject.expected();
                    for (long at : vanished(PART)) {
                        for (TransferOrder order : TransferOrder.values()) {
                            ramFaults(
                                    () -> subject.accessor().writeBytes(192, ram, at, PART, order),
                                    Direction.WRITE,
                                    order + " write from offset " + at);
                            ramFaults(
                                    () -> subject.accessor().readBytes(192, ram, at, PART, order),
                                    Direction.READ,
                                    order + " read to offset " + at);
                            expected.check(PART, 192, "transfer with RAM that has vanished");
                        }
                    }
                }
            }
        });
    }

    private static void ramFaults(Executable access, Direction direction, String what) {
        RegionFaultException fault = assertThrows(RegionFaultException.class, access, what);
        assertEquals(Side.RAM, fault.side(), () -> what + ": side");
        assertEquals(direction, fault.direction(), () -> what + ": direction");
        assertEquals(0, fault.completed(), () -> what + ": bytes completed");
    }

    /** Faulting units on the RAM side may straddle the edge of the RAM, and do not count then. */
    @TestFactory
    @Tag("R9")
    @DisplayName("R9: a fault of the RAM at the other end is told apart, and thrown under every policy")
    default Stream<DynamicTest> r9_aFaultOfTheRamIsToldApart() {
        return eachMode(mode -> {
            MemorySegment ram = RegionUnderTest.mapped(2 * RegionUnderTest.EDGE, RegionUnderTest.EDGE);
            for (FaultPolicy policy : FaultPolicy.values()) {
                try (RegionUnderTest subject =
                        RegionUnderTest.ram(provider(), mode, 256, AccessOptions.DEFAULT.with(policy))) {
                    subject.assumePromised(Guarantee.PRECISE_FAULTS);
                    for (int before = 0; before <= REACH; before++) {
                        ramFaults(subject, ram, before, Direction.WRITE);
                        ramFaults(subject, ram, before, Direction.READ);
                    }
                }
            }
        });
    }

    private static void ramFaults(RegionUnderTest subject, MemorySegment ram, int before, Direction direction) {
        HostMemoryAccessor accessor = subject.accessor();
        int size = before + 40;
        long ramOffset = RegionUnderTest.EDGE - before;
        subject.memory().fill((byte) 0);
        ram.asSlice(ramOffset, before).fill((byte) 0x3c);
        RegionFaultException fault = assertThrows(RegionFaultException.class, () -> {
            if (direction == Direction.WRITE) {
                accessor.writeBytes(0, ram, ramOffset, size, TransferOrder.ASCENDING);
            } else {
                accessor.readBytes(0, ram, ramOffset, size, TransferOrder.ASCENDING);
            }
        });
        assertEquals(Side.RAM, fault.side());
        long completed = fault.completed();
        assertTrue(
                completed <= before && completed > before - 64,
                () -> completed + " bytes completed, and the RAM ended after " + before);
        if (direction == Direction.WRITE) {
            MemorySegment written = MemorySegment.ofArray(new byte[256]);
            written.asSlice(0, completed).fill((byte) 0x3c);
            assertEquals(
                    -1,
                    written.mismatch(subject.memory()),
                    () -> "first wrong byte of the region, after " + completed + " bytes were completed");
        }
    }

    @TestFactory
    @Tag("R9")
    @DisplayName(
            "R9: under UNSUPPORTED_REQUEST a faulting read gives all ones and a faulting write is dropped, scalar and"
                    + " bulk")
    default Stream<DynamicTest> r9_anUnsupportedRequestReadsOnesAndDropsWrites() {
        return atTheEdge(FaultPolicy.UNSUPPORTED_REQUEST, (subject, accessor) -> {
            for (int width : new int[] {1, 2, 4, 8}) {
                assertEquals(Seen.low(-1, width), accessor.read(RegionUnderTest.EDGE + 8, width), width + " bytes");
                accessor.write(RegionUnderTest.EDGE + 8, width, 0);
            }
            RegionUnderTest.Expected expected = subject.expected();
            for (int before = 0; before <= REACH; before++) {
                long offset = RegionUnderTest.EDGE - before;
                int size = before + 40;
                MemorySegment ram = RegionUnderTest.noise(before, size);
                accessor.writeBytes(offset, ram);
                MemorySegment.copy(ram, 0, expected.region(), offset, before);
                expected.check(size, offset, "dropped write");
                MemorySegment got = MemorySegment.ofArray(new byte[size]);
                accessor.readBytes(offset, got);
                assertEquals(
                        -1,
                        MemorySegment.mismatch(got, 0, before, ram, 0, before),
                        () -> "read of good bytes at offset " + offset);
                assertEquals(
                        -1,
                        MemorySegment.mismatch(
                                got,
                                before,
                                size,
                                MemorySegment.ofArray(new byte[40]).fill((byte) -1),
                                0,
                                40),
                        () -> "ones from the fault on, read at offset " + offset);
                byte[] array = new byte[size];
                accessor.readBytes(offset, array, 0, size);
                assertEquals(
                        -1,
                        MemorySegment.ofArray(array).mismatch(got),
                        () -> "the same into an array, at offset " + offset);
                accessor.fill(offset, size, (byte) 7);
                expected.region().asSlice(offset, before).fill((byte) 7);
                expected.check(size, offset, "dropped fill");
            }
        });
    }

    @TestFactory
    @Tag("R9")
    @DisplayName("R9: all ones that really are there are a value, also right after a fault")
    default Stream<DynamicTest> r9_realOnesAreNoFault() {
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.withEdge(provider(), mode, AccessOptions.DEFAULT)) {
                HostMemoryAccessor accessor = subject.accessor();
                subject.memory().asSlice(0, 128).fill((byte) -1);
                for (int i = 0; i < 3; i++) {
                    for (int width : new int[] {1, 2, 4, 8}) {
                        assertEquals(Seen.low(-1, width), accessor.read(8, width), width + " bytes");
                        if (!mode.needsExactAccesses() && accessor.guarantees().contains(Guarantee.PRECISE_FAULTS)) {
                            assertEquals(
                                    Seen.low(-1, width),
                                    accessor.atomics().compareAndExchange(8, width, 0, 0),
                                    width + " bytes, atomically");
                        }
                    }
                    byte[] ram = new byte[100];
                    accessor.readBytes(3, ram, 0, 100);
                    for (byte one : ram) {
                        assertEquals(-1, one);
                    }
                    fault(accessor);
                }
            }
        });
    }

    /** Makes a fault, precisely reported or not. */
    private static void fault(HostMemoryAccessor accessor) {
        Throwable thrown = assertThrows(Throwable.class, () -> {
            accessor.readBytes(RegionUnderTest.EDGE, MemorySegment.ofArray(new byte[64]));
            for (int i = 0; i < 100_000; i++) { // An InternalError comes at the next safepoint poll.
                Thread.onSpinWait();
            }
        });
        assertTrue(
                thrown instanceof HostMemoryException || thrown instanceof InternalError,
                () -> "a fault became " + thrown);
    }

    @TestFactory
    @Tag("R9")
    @DisplayName(
            "R9: the JVM's own use of signals goes on working: null checks, stack overflow, division by zero, faults"
                    + " of foreign mappings")
    default Stream<DynamicTest> r9_theJvmKeepsItsSignals() {
        return eachMode(mode -> {
            MemorySegment foreign = RegionUnderTest.mapped(2 * RegionUnderTest.EDGE, RegionUnderTest.EDGE);
            try (RegionUnderTest subject = RegionUnderTest.withEdge(provider(), mode, AccessOptions.DEFAULT)) {
                fault(subject.accessor());
                for (int i = 0;
                        i < 20_000;
                        i++) { // Often enough to be compiled, where a null check is a SIGSEGV and a division a SIGFPE.
                    assertThrowsCheaply(i);
                }
                assertThrows(StackOverflowError.class, () -> deeper(0));
                assertThrows(InternalError.class, () -> touch(foreign));
                fault(subject.accessor());
                assertDoesNotThrow(() -> subject.accessor().readLong(0));
            }
        });
    }

    @SuppressWarnings("NullAway") // null is what it passes
    private static void assertThrowsCheaply(int i) {
        try {
            length(i % 100 == 99 ? null : "x");
            assertTrue(i % 100 != 99, "no NullPointerException");
        } catch (NullPointerException expected) {
            assertEquals(99, i % 100);
        }
        try {
            divide(i, i % 100 == 50 ? 0 : 1);
            assertTrue(i % 100 != 50, "no ArithmeticException");
        } catch (ArithmeticException expected) {
            assertEquals(50, i % 100);
        }
    }

    private static int length(String text) {
        return text.length();
    }

    private static int divide(int a, int b) {
        return a / b;
    }

    @SuppressWarnings("InfiniteRecursion") // until the stack is over
    private static int deeper(int depth) {
        return deeper(depth + 1) + depth;
    }

    private static void touch(MemorySegment foreign) {
        for (int i = 0; i < 1000; i++) {
            foreign.set(ValueLayout.JAVA_BYTE, RegionUnderTest.EDGE + i, (byte) 0);
        }
    }

    @TestFactory
    @Tag("R9")
    @DisplayName(
            "R9: where faults are not promised to be precise they are an exception all the same, and the JVM lives")
    default Stream<DynamicTest> r9_anyFaultIsAnException() {
        return eachMode((CacheMode mode) -> {
            try (RegionUnderTest subject = RegionUnderTest.withEdge(provider(), mode, AccessOptions.DEFAULT)) {
                for (int i = 0; i < 10; i++) {
                    fault(subject.accessor());
                }
                assertEquals(
                        subject.value(0, 8, subject.accessor().options().byteOrder()),
                        subject.accessor().readLong(0),
                        "the next read, of good memory");
            }
        });
    }
}
