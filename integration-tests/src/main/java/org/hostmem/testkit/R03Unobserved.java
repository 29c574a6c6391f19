package org.hostmem.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.Stream;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
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

/**
 * R2 and R3 of what nobody looks at: in the end the bytes are right, and nothing outside is touched. A fault is told
 * all the same.
 */
interface R03Unobserved extends Kit {

    /** Around each size at which a machine may go another way. */
    List<Integer> LENGTHS = List.of(
            1, 7, 31, 32, 33, 63, 64, 65, 127, 128, 129, 160, 191, 192, 193, 255, 256, 321, 1000, 4096, 4099, 24_575,
            24_576, 32_768, 40_000, 70_001);

    List<Integer> SHIFTS = List.of(0, 1, 8, 33, 61);

    @TestFactory
    @Tag("R3")
    @DisplayName("R3: an UNOBSERVED transfer or fill of any size is exact and changes nothing else")
    default Stream<DynamicTest> r3_anUnobservedTransferIsExact() {
        return eachMode(mode -> {
            try (RegionUnderTest permanent = RegionUnderTest.ram(provider(), mode, 1 << 17);
                    RegionUnderTest mapped = RegionUnderTest.withEdge(provider(), mode, AccessOptions.DEFAULT)) {
                for (int length : LENGTHS) {
                    for (int shift : SHIFTS) {
                        transfers(permanent, shift, length);
                        transfers(mapped, shift, Math.min(length, (int) RegionUnderTest.EDGE - shift));
                    }
                }
            }
        });
    }

    private static void transfers(RegionUnderTest subject, int offset, int length) {
        HostMemoryAccessor accessor = subject.accessor();
        RegionUnderTest.Expected expected = subject.expected();
        String what = " of " + length + " bytes at offset " + offset;
        int ramOffset = offset ^ 3;
        MemorySegment noise = RegionUnderTest.noise(length + offset, ramOffset + length);
        MemorySegment other = Arena.ofAuto().allocate(ramOffset + length);
        other.copyFrom(RegionUnderTest.noise(length + 1, ramOffset + length));
        for (MemorySegment ram : List.of(noise, other)) {
            accessor.writeBytes(offset, ram, ramOffset, length, TransferOrder.UNOBSERVED);
            MemorySegment.copy(ram, ramOffset, expected.region(), offset, length);
            expected.check("UNOBSERVED write" + what);
        }
        MemorySegment read = MemorySegment.ofArray(new byte[ramOffset + length + 64]);
        accessor.readBytes(offset, read, ramOffset, length, TransferOrder.UNOBSERVED);
        MemorySegment wanted = MemorySegment.ofArray(new byte[ramOffset + length + 64]);
        MemorySegment.copy(expected.region(), offset, wanted, ramOffset, length);
        assertEquals(-1, read.mismatch(wanted), () -> "UNOBSERVED read" + what + ": first wrong byte");
        expected.check("UNOBSERVED read" + what);
        accessor.fillUnobserved(offset, length, (byte) length);
        expected.region().asSlice(offset, length).fill((byte) length);
        expected.check("UNOBSERVED fill" + what);
    }

    @TestFactory
    @Tag("R3")
    @DisplayName("R3: an UNOBSERVED move is exact, and where the machine chooses the units it needs no buffer")
    default Stream<DynamicTest> r3_anUnobservedMoveIsExact() {
        return eachMode(mode -> {
            try (RegionUnderTest permanent = RegionUnderTest.ram(provider(), mode, 1 << 18);
                    RegionUnderTest mapped = RegionUnderTest.withEdge(provider(), mode, AccessOptions.DEFAULT)) {
                for (int length : new int[] {1, 40, 65, 129, 200, 321, 5000, 29_999}) {
                    for (int distance : new int[] {-4097, -65, -64, -33, -3, 0, 1, 31, 64, 129, 4097, 16_000}) {
                        moves(permanent, length, distance);
                        moves(mapped, length, distance);
                    }
                }
                moves(permanent, 150_001, 1001);
                moves(permanent, 150_001, -1001);
            }
        });
    }

    private static void moves(RegionUnderTest subject, int length, int distance) {
        int from = 5003;
        HostMemoryAccessor accessor = subject.accessor();
        RegionUnderTest.Expected expected = subject.expected();
        boolean isFree = accessor.rules().choosesUnits(TransferOrder.UNOBSERVED);
        Transfer how = Transfer.DEFAULT.with(TransferOrder.UNOBSERVED).with(OverlapPolicy.KEEP_ORDER);
        MemorySegment source = MemorySegment.ofArray(new byte[length]);
        MemorySegment.copy(expected.region(), from, source, 0, length);
        accessor.move(
                from,
                from + distance,
                length,
                how.withBudget(isFree ? 0 : R07Move.need(from, from + distance, length)));
        MemorySegment.copy(source, 0, expected.region(), from + distance, length);
        expected.check("UNOBSERVED move of " + length + " bytes by " + distance);
    }

    @TestFactory
    @Tag("R3")
    @DisplayName(
            "R3: a fault of an UNOBSERVED transfer is told, with no more bytes than were transferred, and nothing in"
                    + " front of it is touched")
    default Stream<DynamicTest> r3_aFaultOfAnUnobservedTransferIsTold() {
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.withEdge(provider(), mode, AccessOptions.DEFAULT)) {
                subject.assumePromised(Guarantee.PRECISE_FAULTS);
                for (int before : new int[] {0, 1, 40, 64, 200, 1003, 30_001, 60_000}) {
                    for (int after : new int[] {1, 33, 65, 200, 40_000}) {
                        faults(subject, before, after);
                    }
                }
            }
        });
    }

    private static void faults(RegionUnderTest subject, int before, int after) {
        HostMemoryAccessor accessor = subject.accessor();
        long offset = RegionUnderTest.EDGE - before;
        int length = before + after;
        RegionUnderTest.Expected expected = subject.expected();
        MemorySegment ram = RegionUnderTest.noise(before + after, length);
        String what = " of " + length + " bytes with memory for " + before;
        long written = told(
                before,
                "UNOBSERVED write" + what,
                () -> accessor.writeBytes(offset, ram, 0, length, TransferOrder.UNOBSERVED));
        MemorySegment.copy(ram, 0, expected.region(), offset, written);
        long undefined = offset + written;
        MemorySegment.copy(subject.memory(), undefined, expected.region(), undefined, before - written);
        expected.check("UNOBSERVED write" + what);
        MemorySegment.copy(ram, 0, subject.memory(), offset, before);
        MemorySegment read = MemorySegment.ofArray(new byte[length]);
        long done = told(
                before,
                "UNOBSERVED read" + what,
                () -> accessor.readBytes(offset, read, 0, length, TransferOrder.UNOBSERVED));
        assertEquals(-1, MemorySegment.mismatch(read, 0, done, ram, 0, done), () -> "UNOBSERVED read" + what);
        told(before, "UNOBSERVED fill" + what, () -> accessor.fillUnobserved(offset, length, (byte) 7));
    }

    private static long told(int before, String what, Runnable transfer) {
        RegionFaultException fault = assertThrows(RegionFaultException.class, transfer::run, what);
        assertEquals(RegionFaultException.Side.REGION, fault.side(), what);
        assertTrue(
                fault.completed() <= before,
                () -> what + ": " + fault.completed() + " bytes completed, and the memory ended after " + before);
        return fault.completed();
    }

    @TestFactory
    @Tag("R3")
    @DisplayName(
            "R3: where the machine chooses the units of an UNOBSERVED transfer the plan lists none; else it is that"
                    + " of RELAXED")
    default Stream<DynamicTest> r3_thePlanOfAnUnobservedTransferSaysWhoChooses() {
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, 1 << 16)) {
                HostMemoryAccessor accessor = subject.accessor();
                boolean chooses = accessor.rules().choosesUnits(TransferOrder.UNOBSERVED);
                assertTrue(!chooses || !mode.needsExactAccesses(), "somebody looks at device memory");
                for (Direction direction : Direction.values()) {
                    for (int length : new int[] {0, 1, 63, 5000}) {
                        AccessPlan plan = accessor.planBulk(direction, 3, length, TransferOrder.UNOBSERVED);
                        if (chooses) {
                            assertEquals(AccessPlan.Verdict.UNOBSERVED, plan.verdict(), direction::toString);
                            assertEquals(length, plan.chosen(), () -> direction + ": bytes");
                            assertEquals(0, plan.accesses(), () -> direction + ": accesses");
                        } else {
                            assertEquals(
                                    accessor.planBulk(direction, 3, length, TransferOrder.RELAXED),
                                    plan,
                                    direction::toString);
                        }
                    }
                }
            }
        });
    }
}
