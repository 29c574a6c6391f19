package org.hostmem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.hostmem.AccessPlan.Verdict;
import org.hostmem.AccessRules.Unaligned;
import org.hostmem.engine.Checks;
import org.hostmem.spi.AccessPlans;
import org.junit.jupiter.api.Test;

class AccessPlanTest {

    private static final long GIB = 1L << 30;

    private static AccessRules rules(int widest, Unaligned unaligned) {
        Map<Barrier, String> barriers = new HashMap<>();
        for (Barrier purpose : Barrier.values()) {
            barriers.put(purpose, "sync");
        }
        return AccessRules.strictest("test", CacheMode.DEVICE, barriers, "test")
                .with(unaligned)
                .withWidest(widest, widest, widest);
    }

    private static AccessPlan write(int widest, long address, long length) {
        return AccessPlan.bulk(
                rules(widest, Unaligned.ILLEGAL), Direction.WRITE, TransferOrder.RELAXED, address, address, length);
    }

    private static boolean legal(int unit, int widest) {
        return Integer.bitCount(unit) == 1 && unit <= widest && !(unit == 32 && widest == 64);
    }

    /** By trying everything: the fewest aligned legal accesses that cover [from, to) once. */
    private static int fewest(int from, int to, int widest) {
        int[] best = new int[to - from + 1];
        for (int at = to - 1; at >= from; at--) {
            best[at - from] = Integer.MAX_VALUE;
            for (int unit = 1; unit <= widest && at + unit <= to; unit *= 2) {
                if (legal(unit, widest) && at % unit == 0) {
                    best[at - from] = Math.min(best[at - from], 1 + best[at + unit - from]);
                }
            }
        }
        return best[0];
    }

    @Test
    void noPlanHasFewerAccesses() {
        for (int widest : new int[] {8, 16, 32, 64}) {
            for (int offset = 0; offset < 64; offset++) {
                for (int size = 0; size <= 130; size++) {
                    assertThat(write(widest, offset, size).accesses())
                            .as("%d bytes at %d, widest %d", size, offset, widest)
                            .isEqualTo(fewest(offset, offset + size, widest));
                }
            }
        }
    }

    @Test
    void everyByteIsCoveredOnceByAlignedLegalAccesses() {
        SplittableRandom random = new SplittableRandom(4);
        for (int i = 0; i < 20_000; i++) {
            int widest = 8 << random.nextInt(4);
            long address = random.nextLong() >>> 1 + random.nextInt(60);
            long size = random.nextLong(5000);
            long[] at = {address};
            write(widest, address, size).forEach((offset, width) -> {
                assertThat(offset).isEqualTo(at[0]);
                assertThat(offset % width).isZero();
                assertThat(legal(width, widest)).isTrue();
                at[0] += width;
            });
            assertThat(at[0]).isEqualTo(address + size);
        }
    }

    @Test
    void aHugePlanIsSmall() {
        AccessPlan plan = write(16, 3, 128 * GIB);
        List<String> runs = new ArrayList<>();
        plan.forEachRun((offset, width, count) -> runs.add(count + "x" + width + "@" + offset));
        assertThat(runs).hasSizeLessThan(10).first().isEqualTo("1x1@3");
        assertThat(plan.accesses()).isEqualTo(3 + (128 * GIB - 16) / 16 + 2);
    }

    /** Whatever rules somebody writes: 30 widths below the widest, on either side of it. */
    @Test
    void theMostRunsThatAPlanCanHaveFit() {
        int[] runs = {0};
        write(1 << 30, 1, (1L << 40) - 2).forEachRun((offset, width, count) -> runs[0]++);
        assertThat(runs[0]).isEqualTo(61);
    }

    @Test
    void theWholeAddressSpaceCanBePlanned() {
        assertThat(write(64, 1, Long.MAX_VALUE - 1).accesses()).isPositive();
        assertThat(write(8, 0, Long.MAX_VALUE).toString()).startsWith("BULK 1152921504606846975x8@0");
    }

    @Test
    void readsAndOrdersHaveTheirOwnWidths() {
        AccessRules base = rules(8, Unaligned.SINGLE);
        AccessRules rules = AccessRules.strictest("test", CacheMode.NORMAL, base.barriers(), "test")
                .withUnaligned(base.unaligned())
                .withWidest(16, 32, 8);
        assertThat(AccessPlan.bulk(rules, Direction.READ, TransferOrder.RELAXED, 0, 0, 64))
                .hasToString("BULK 4x16@0");
        assertThat(AccessPlan.bulk(rules, Direction.WRITE, TransferOrder.RELAXED, 0, 0, 64))
                .hasToString("BULK 2x32@0");
        assertThat(AccessPlan.bulk(rules, Direction.READ, TransferOrder.ASCENDING, 0, 0, 64))
                .hasToString("BULK 8x8@0");
    }

    @Test
    void theAddressDecidesNotTheOffset() {
        assertThat(AccessPlan.bulk(rules(8, Unaligned.ILLEGAL), Direction.READ, TransferOrder.ASCENDING, 1003, 3, 8))
                .hasToString("BULK 1@3 4@4 2@8 1@10");
    }

    @Test
    void anAlignedScalarIsSingleWhateverTheRules() {
        for (int width : new int[] {1, 2, 4, 8}) {
            for (Unaligned unaligned : Unaligned.values()) {
                for (UnalignedPolicy policy : UnalignedPolicy.values()) {
                    assertThat(AccessPlan.scalar(rules(8, unaligned), policy, 64, 0, width))
                            .hasToString("SINGLE " + width + "@0");
                }
            }
        }
    }

    @Test
    void anUnalignedScalarGoesByRulesThenPolicy() {
        assertThat(AccessPlan.scalar(rules(8, Unaligned.SINGLE), UnalignedPolicy.REJECT, 3, 3, 8)
                        .verdict())
                .isEqualTo(Verdict.SINGLE);
        assertThat(AccessPlan.scalar(rules(8, Unaligned.ILLEGAL), UnalignedPolicy.SPLIT, 3, 3, 8))
                .hasToString("SPLIT 1@3 4@4 2@8 1@10");
        assertThat(AccessPlan.scalar(rules(8, Unaligned.SPLIT), UnalignedPolicy.SPLIT, 2, 2, 4))
                .hasToString("SPLIT 2@2 2@4");
        AccessPlan rejected = AccessPlan.scalar(rules(8, Unaligned.SPLIT), UnalignedPolicy.REJECT, 1, 1, 2);
        assertThat(rejected.verdict()).isEqualTo(Verdict.REJECTED);
        assertThat(rejected.accesses()).isZero();
    }

    @Test
    void otherWidthsAndNegativeLengthsAreRefused() {
        for (int width : new int[] {-8, 0, 3, 16}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Checks.scalarWidth(width))
                    .withMessageContaining(String.valueOf(width));
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AccessPlan.scalar(rules(8, Unaligned.SINGLE), UnalignedPolicy.SPLIT, 0, 0, 3));
        assertThatIllegalArgumentException().isThrownBy(() -> write(8, 0, -1)).withMessageContaining("-1");
    }

    @Test
    void nullIsRefused() {
        AccessRules rules = rules(8, Unaligned.SINGLE);
        assertThatExceptionOfType(NullPointerException.class)
                .isThrownBy(() -> AccessPlan.bulk(rules, null, TransferOrder.RELAXED, 0, 0, 1));
        assertThatExceptionOfType(NullPointerException.class)
                .isThrownBy(() -> AccessPlan.bulk(rules, Direction.READ, null, 0, 0, 1));
    }

    @Test
    void plansFollowEachOther() {
        AccessPlan first = write(8, 0, 5);
        AccessPlan both = AccessPlans.join(first, write(8, 5, 3));
        assertThat(both).hasToString("BULK 4@0 1@4 1@5 2@6");
        assertThat(both.accesses()).isEqualTo(4);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AccessPlans.join(first, write(8, 6, 1)))
                .withMessageContaining("6")
                .withMessageContaining("5");
    }

    private static AccessRules normal(String unobserved) {
        AccessRules device = rules(16, Unaligned.ILLEGAL);
        return AccessRules.strictest("test", CacheMode.NORMAL, device.barriers(), "test")
                .withUnobserved(unobserved);
    }

    @Test
    void thePlanOfWhatNobodyLooksAtListsNoUnits() {
        AccessPlan plan = AccessPlan.bulk(normal("memcpy"), Direction.WRITE, TransferOrder.UNOBSERVED, 3, 3, 100);
        assertThat(plan).hasToString("UNOBSERVED 100 bytes@3");
        assertThat(plan.chosen()).isEqualTo(100);
        assertThat(plan.accesses()).isZero();
        List<Long> visited = new ArrayList<>();
        plan.forEach((offset, width) -> visited.add(offset));
        assertThat(visited).isEmpty();
    }

    @Test
    void thePlanOfWhatNobodyLooksAtIsThatOfRelaxedWhereNothingIsFaster() {
        assertThat(AccessPlan.bulk(normal(""), Direction.WRITE, TransferOrder.UNOBSERVED, 3, 3, 100))
                .isEqualTo(AccessPlan.bulk(normal(""), Direction.WRITE, TransferOrder.RELAXED, 3, 3, 100));
    }

    @Test
    void somebodyLooksAtDeviceMemory() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> rules(8, Unaligned.ILLEGAL).withUnobserved("memcpy"))
                .withMessageContaining("DEVICE");
    }

    @Test
    void aPartOfAPlanMayBeTheMachinesChoice() {
        AccessPlan chosen = AccessPlan.bulk(normal("memcpy"), Direction.WRITE, TransferOrder.UNOBSERVED, 0, 0, 5);
        AccessPlan both = AccessPlans.join(write(8, 0, 5), AccessPlans.movedBy(chosen, 5));
        assertThat(both).hasToString("UNOBSERVED 4@0 1@4 5 bytes@5");
        assertThat(both.accesses()).isEqualTo(2);
        assertThat(AccessPlans.join(chosen, write(8, 5, 3))).hasToString("UNOBSERVED 5 bytes@0 1@5 2@6");
    }

    @Test
    void deviceLimitsLeaveTheMachineNoChoice() {
        DeviceLimits limits = DeviceLimits.NONE.withUnits(1, 4);
        assertThat(limits.planBulk(normal("memcpy"), Direction.WRITE, TransferOrder.UNOBSERVED, 0, 0, 8))
                .hasToString("BULK 2x4@0");
        assertThat(limits.within(normal("memcpy")).unobserved()).isEmpty();
    }

    @Test
    void aPlanCanBeginElsewhere() {
        assertThat(AccessPlans.movedBy(write(8, 8, 12), -8)).hasToString("BULK 8@0 4@8");
    }

    @Test
    void equalPlansAreEqual() {
        assertThat(write(8, 3, 77))
                .isEqualTo(write(8, 3, 77))
                .hasSameHashCodeAs(write(8, 3, 77))
                .isNotEqualTo(write(8, 3, 76))
                .isNotEqualTo(write(8, 4, 77));
    }
}
