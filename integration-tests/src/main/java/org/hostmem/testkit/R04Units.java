package org.hostmem.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.CacheModeSource;
import org.hostmem.Direction;
import org.hostmem.RegionCapabilities;
import org.hostmem.TransferOrder;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** R4: the widest unit that is legal, aligned on the device side, and not longer than the rest. */
interface R04Units extends Kit {

    /**
     * The rule once more, as simply as it can be said: of the legal units that the address is a multiple of and that
     * fit, the widest.
     */
    static int unit(long address, long rest, int widest) {
        int unit = 1;
        for (int wider = 2; wider <= widest; wider *= 2) {
            boolean legal = !(wider == 32 && widest == 64); // Below 64 follows 16.
            if (legal && address % wider == 0 && wider <= rest) {
                unit = wider;
            }
        }
        return unit;
    }

    /** Walks through a plan and the rule side by side. */
    final class Walk implements AccessPlan.Visitor {
        private final String what;
        private final long base;
        private final long end;
        private final int widest;
        private long at;
        private long accesses;

        Walk(String what, long base, long offset, long length, int widest) {
            this.what = what;
            this.base = base;
            this.at = offset;
            this.end = offset + length;
            this.widest = widest;
        }

        @Override
        public void access(long offset, int width) {
            if (offset != at || at >= end || width != unit(base + at, end - at, widest)) {
                assertTrue(
                        at < end,
                        () -> what + ": an access of " + width + " bytes at offset " + offset + " after the end");
                assertEquals(
                        unit(base + at, end - at, widest) + " bytes at " + at,
                        width + " bytes at " + offset,
                        what + ": next access");
            }
            at += width;
            accesses++;
        }

        void check(AccessPlan plan) {
            plan.forEach(this);
            assertEquals(end, at, () -> what + ": where the plan ends");
            assertEquals(accesses, plan.accesses(), () -> what + ": number of accesses");
            assertEquals(AccessPlan.Verdict.BULK, plan.verdict(), what);
        }
    }

    /** The orders whose units are not the machine's choice. */
    private static List<TransferOrder> planned(RegionUnderTest subject) {
        return Stream.of(TransferOrder.values())
                .filter(order -> !subject.accessor().rules().choosesUnits(order))
                .toList();
    }

    @TestFactory
    @Tag("R4")
    @DisplayName("R4: the plan of a transfer is the ladder of its device address, for every small size and offset")
    default Stream<DynamicTest> r4_thePlanIsTheLadder() {
        return eachMode(mode -> {
            for (int misaligned : new int[] {0, 5}) {
                RegionCapabilities region = RegionCapabilities.whole(256, mode, CacheModeSource.REPORTED);
                try (RegionUnderTest subject =
                        RegionUnderTest.of(provider(), region, AccessOptions.DEFAULT, misaligned, () -> {})) {
                    for (Direction direction : Direction.values()) {
                        for (TransferOrder order : planned(subject)) {
                            int widest = subject.accessor().rules().widest(direction, order);
                            for (int offset = 0; offset < R02Coverage.OFFSETS; offset++) {
                                for (int size = 0; size <= R02Coverage.SIZES; size++) {
                                    new Walk(
                                                    direction + " " + order,
                                                    subject.memory().address(),
                                                    offset,
                                                    size,
                                                    widest)
                                            .check(subject.accessor().planBulk(direction, offset, size, order));
                                }
                            }
                        }
                    }
                }
            }
        });
    }

    @TestFactory
    @Tag("R4")
    @DisplayName("R4: the plan of a long transfer is the ladder too")
    default Stream<DynamicTest> r4_thePlanOfALongTransferIsTheLadder() {
        final int size = 1 << 16;
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, size)) {
                SplittableRandom random = new SplittableRandom(4);
                for (int i = 0; i < 20; i++) {
                    long offset = random.nextLong(size / 2);
                    long length = 1000 + random.nextLong(size / 2 - 1000);
                    for (Direction direction : Direction.values()) {
                        for (TransferOrder order : planned(subject)) {
                            int widest = subject.accessor().rules().widest(direction, order);
                            new Walk(
                                            "long " + direction + " " + order,
                                            subject.memory().address(),
                                            offset,
                                            length,
                                            widest)
                                    .check(subject.accessor().planBulk(direction, offset, length, order));
                        }
                    }
                }
            }
        });
    }
}
