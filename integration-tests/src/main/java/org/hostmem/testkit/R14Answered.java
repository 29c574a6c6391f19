package org.hostmem.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.Stream;
import org.hostmem.AccessOptions;
import org.hostmem.AnsweredBy;
import org.hostmem.AnsweredBySource;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionCapabilities;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;
import org.hostmem.spi.Host;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** R14: where a hypervisor may answer, device memory is accessed by what hypervisors decode. */
interface R14Answered extends Kit {

    /** No hypervisor of any ISA decodes more. */
    int WIDEST_DECODED = 16;

    /** Bulk sizes from 0 to this: a head, a body and a tail of every unit that is decoded. */
    int SIZES = 100;

    /** Offsets below this. */
    int OFFSETS = 16;

    /** Of the region, in bytes; scalars are at the end. */
    int LENGTH = 512;
    /** The first offset of a scalar. */
    int SCALARS = 300;

    /** {@return RAM that stands for a region which somebody else answers} */
    private RegionUnderTest answered(CacheMode mode, AnsweredBy who) {
        RegionCapabilities region = RegionCapabilities.whole(LENGTH, mode, CacheModeSource.REPORTED)
                .answered(who, AnsweredBySource.ASSERTED);
        return RegionUnderTest.of(provider(), region, AccessOptions.DEFAULT, 0, () -> {});
    }

    @TestFactory
    @Tag("R14")
    @DisplayName(
            "R14: units of a region that a hypervisor may answer are those that hypervisors decode, and NORMAL memory"
                    + " keeps its own")
    default Stream<DynamicTest> r14_unitsAreThoseThatHypervisorsDecode() {
        return eachMode(mode -> {
            for (AnsweredBy who : List.of(AnsweredBy.HYPERVISOR, AnsweredBy.UNKNOWN)) {
                try (RegionUnderTest hardware = RegionUnderTest.ram(provider(), mode, 64);
                        RegionUnderTest subject = answered(mode, who)) {
                    HostMemoryAccessor accessor = subject.accessor();
                    assertEquals(who, accessor.capabilities().answeredBy(), "who answers, of the region");
                    assertEquals(who, accessor.rules().answeredBy(), "who answers, of the rules");
                    assertEquals(who, accessor.slice(1, 8).rules().answeredBy(), "who answers, of the rules of a view");
                    for (Direction direction : Direction.values()) {
                        for (TransferOrder order : TransferOrder.values()) {
                            checkWidth(
                                    mode,
                                    who + " " + direction + " " + order,
                                    hardware.accessor().rules().widest(direction, order),
                                    accessor.rules().widest(direction, order));
                            int asked = provider()
                                    .rules(mode, who, provider().features(Host.current()))
                                    .widest(direction, order);
                            assertEquals(
                                    asked,
                                    accessor.rules().widest(direction, order),
                                    () -> "widest unit of the provider's rules, " + who + " " + direction + " "
                                            + order);
                        }
                    }
                    assertTrue(
                            accessor.guarantees().containsAll(provider().guarantees(mode, who)),
                            () -> "promised by the provider: " + provider().guarantees(mode, who)
                                    + ", by the accessor: " + accessor.guarantees());
                }
            }
        });
    }

    private static void checkWidth(CacheMode mode, String what, int ofHardware, int widest) {
        if (mode.needsExactAccesses()) {
            assertTrue(
                    widest <= Math.min(ofHardware, WIDEST_DECODED),
                    () -> what + ": a unit of " + widest + " bytes, where hardware has " + ofHardware);
        } else {
            assertEquals(ofHardware, widest, () -> what + ": no hypervisor emulates RAM");
        }
    }

    @TestFactory
    @Tag("R14")
    @DisplayName(
            "R14: transfers, fills, moves and scalars are exact where a hypervisor may answer, for every small size"
                    + " and offset, and their plan has no wider unit")
    default Stream<DynamicTest> r14_transfersAreExactWhoeverAnswers() {
        return eachMode(mode -> {
            for (AnsweredBy who : List.of(AnsweredBy.HYPERVISOR, AnsweredBy.UNKNOWN)) {
                try (RegionUnderTest subject = answered(mode, who)) {
                    for (TransferOrder order : TransferOrder.values()) {
                        for (int offset = 0; offset < OFFSETS; offset++) {
                            for (int size = 0; size <= SIZES; size++) {
                                transfers(subject, mode, order, offset, size);
                            }
                        }
                    }
                    scalars(subject);
                }
            }
        });
    }

    private static void transfers(RegionUnderTest subject, CacheMode mode, TransferOrder order, int offset, int size) {
        HostMemoryAccessor accessor = subject.accessor();
        RegionUnderTest.Expected expected = subject.expected();
        MemorySegment ram = RegionUnderTest.noise(offset * SIZES + size, size);
        accessor.planBulk(Direction.WRITE, offset, size, order)
                .forEach((at, width) -> assertTrue(
                        !mode.needsExactAccesses() || width <= WIDEST_DECODED,
                        () -> "the plan has a unit of " + width + " bytes at " + at));
        accessor.writeBytes(offset, ram, 0, size, order);
        MemorySegment.copy(ram, 0, expected.region(), offset, size);
        expected.check(size, offset, order + " bulk write");
        MemorySegment read = MemorySegment.ofArray(new byte[size]);
        accessor.readBytes(offset, read, 0, size, order);
        assertEquals(
                -1,
                read.mismatch(ram),
                () -> order + " bulk read of " + size + " bytes at offset " + offset + ": first wrong byte");
        accessor.move(offset, offset + 3L, size, Transfer.DEFAULT.withBudget(1 << 12));
        MemorySegment.copy(ram, 0, expected.region(), offset + 3L, size);
        expected.check(size, offset, "move up by 3");
        accessor.fill(offset, size, (byte) size);
        expected.region().asSlice(offset, size).fill((byte) size);
        expected.check(size, offset, "fill");
    }

    private static void scalars(RegionUnderTest subject) {
        HostMemoryAccessor accessor = subject.accessor();
        for (int width = 1; width <= Long.BYTES; width *= 2) {
            long mask = -1L >>> (64 - 8 * width);
            for (int offset = SCALARS; offset < SCALARS + OFFSETS; offset++) {
                long value = 0x8192a3b4c5d6e7f8L * (offset + 1) & mask;
                accessor.write(offset, width, value);
                assertEquals(
                        value,
                        accessor.read(offset, width) & mask,
                        "a scalar of " + width + " bytes at offset " + offset);
            }
        }
    }
}
