package org.hostmem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteOrder;
import java.util.List;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.AccessRules.Unaligned;
import org.hostmem.DeviceLimits.Eight;
import org.hostmem.DeviceLimits.Narrower;
import org.hostmem.DeviceLimits.Wider;
import org.hostmem.engine.LimitedAccessor;
import org.hostmem.spi.AccessPlans;
import org.junit.jupiter.api.Test;

/** What limits are, and single examples of what they do; {@link LimitedAccessorTest} has all of it. */
class DeviceLimitsTest {

    private static final DeviceLimits FOUR = DeviceLimits.NONE.withUnits(4, 4);
    private static final AccessRules X86 = Fake.rules(CacheMode.NONCACHED, 32, Unaligned.SINGLE);
    private static final AccessRules STRICT = Fake.rules(CacheMode.NONCACHED, 16);

    private static String scalar(DeviceLimits limits, AccessRules rules, long offset, int width) {
        return limits.planScalar(rules, UnalignedPolicy.SPLIT, offset, offset, width)
                .toString();
    }

    private static String bulk(DeviceLimits limits, long offset, long length) {
        return limits.planBulk(X86, Direction.WRITE, TransferOrder.ASCENDING, offset, offset, length)
                .toString();
    }

    @Test
    void theyAreValues() {
        DeviceLimits some = FOUR.withAlignment().with(Wider.REFUSE).imposedBy("a bridge");
        assertThat(some)
                .isEqualTo(FOUR.withAlignment().with(Wider.REFUSE).imposedBy("a bridge"))
                .hasSameHashCodeAs(FOUR.withAlignment().with(Wider.REFUSE).imposedBy("a bridge"));
        assertThat(some)
                .isNotEqualTo(FOUR)
                .isNotEqualTo(some.imposedBy(""))
                .hasToString("units of 4 bytes, aligned, wider refused (a bridge)");
        assertThat(DeviceLimits.NONE.isNone()).isTrue();
        assertThat(DeviceLimits.NONE.with(Wider.REFUSE).isNone())
                .as("nothing is wider")
                .isTrue();
        assertThat(DeviceLimits.NONE.withUnits(1, 8).with(Eight.HIGH_FIRST))
                .hasToString("units of 1 to 8 bytes, 8 bytes high half first");
        assertThat(AccessOptions.DEFAULT.limits()).isEqualTo(DeviceLimits.NONE);
        assertThat(AccessOptions.DEFAULT
                        .with(some)
                        .with(ByteOrder.BIG_ENDIAN)
                        .withoutFaultTraces()
                        .limits())
                .isEqualTo(some);
    }

    @Test
    void whatNoDeviceHasIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DeviceLimits.NONE.withUnits(3, 8))
                .withMessageContainingAll("3", "16", "32", "64");
        assertThatIllegalArgumentException().isThrownBy(() -> DeviceLimits.NONE.withUnits(0, 8));
        assertThatIllegalArgumentException().isThrownBy(() -> DeviceLimits.NONE.withUnits(8, 4));
        assertThatIllegalArgumentException().isThrownBy(() -> DeviceLimits.NONE.withUnits(1, 128));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DeviceLimits.NONE.withUnits(8, 8).with(Eight.LOW_FIRST))
                .withMessageContainingAll("8 to 8", "4 bytes");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DeviceLimits.NONE.with(Eight.LOW_FIRST).withUnits(1, 2));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> DeviceLimits.NONE.withUnits(16, 16).with(Narrower.READ_MODIFY_WRITE));
    }

    @Test
    void whatIsTooWideIsCutOrRefused() {
        assertThat(scalar(FOUR, X86, 8, 8)).isEqualTo("SPLIT 4@8 4@12");
        assertThat(scalar(FOUR, X86, 8, 4)).isEqualTo("SINGLE 4@8");
        assertThat(scalar(FOUR, X86, 9, 8))
                .as("each piece may be unaligned here")
                .isEqualTo("SPLIT 4@9 4@13");
        assertThat(scalar(FOUR.withAlignment(), X86, 9, 8)).isEqualTo("REJECTED");
        assertThat(scalar(DeviceLimits.NONE.withUnits(1, 4).withAlignment(), X86, 9, 8))
                .isEqualTo("SPLIT 1@9 2@10 4@12 1@16");
        assertThat(scalar(FOUR.with(Wider.REFUSE), X86, 8, 8)).isEqualTo("REJECTED");
        assertThat(bulk(FOUR, 8, 24)).isEqualTo("BULK 6x4@8");
    }

    @Test
    void whatIsTooNarrowIsRefusedOrWidened() {
        assertThat(scalar(FOUR, X86, 8, 2)).isEqualTo("REJECTED");
        assertThat(bulk(FOUR, 9, 10)).isEqualTo("REJECTED");
        DeviceLimits widening = FOUR.with(Narrower.READ_MODIFY_WRITE);
        assertThat(scalar(widening, X86, 10, 2)).isEqualTo("WIDENED ~4@8");
        assertThat(scalar(widening, STRICT, 11, 2)).isEqualTo("WIDENED ~4@8 ~4@12");
        assertThat(bulk(widening, 9, 10)).isEqualTo("BULK ~4@8 4@12 ~4@16");
        AccessPlan plan = widening.planBulk(X86, Direction.WRITE, TransferOrder.RELAXED, 9, 9, 10);
        assertThat(plan.widened()).isEqualTo(2);
        assertThat(plan.accesses()).isEqualTo(3);
        assertThat(AccessPlans.movedBy(plan, -9)).hasToString("BULK ~4@-1 4@3 ~4@7");
    }

    @Test
    void halvesComeInTheirOrder() {
        DeviceLimits low = DeviceLimits.NONE.with(Eight.LOW_FIRST);
        DeviceLimits high = DeviceLimits.NONE.with(Eight.HIGH_FIRST);
        assertThat(scalar(low, STRICT, 8, 8)).isEqualTo("SPLIT 4@8 4@12");
        assertThat(scalar(high, STRICT, 8, 8)).isEqualTo("SPLIT (4@12 4@8)");
        assertThat(scalar(high, STRICT, 4, 8)).isEqualTo("SPLIT (4@8 4@4)");
        assertThat(scalar(high, X86, 1, 8)).isEqualTo("SPLIT (4@5 4@1)");
        assertThat(scalar(high, STRICT, 1, 8)).as("best effort").isEqualTo("SPLIT 1@1 2@2 4@4 1@8");
        assertThat(scalar(high.with(Wider.REFUSE), STRICT, 8, 8))
                .as("that is what was asked for")
                .isEqualTo("SPLIT (4@12 4@8)");
        assertThat(bulk(high, 4, 30)).isEqualTo("BULK 4@4 3x(4@12 4@8) 2@32");
        assertThat(bulk(low, 4, 30)).isEqualTo("BULK 7x4@4 2@32");
        StringBuilder visits = new StringBuilder();
        AccessPlan plan = high.planBulk(X86, Direction.READ, TransferOrder.ASCENDING, 0, 0, 16);
        plan.forEach((offset, width) ->
                visits.append(width).append('@').append(offset).append(' '));
        assertThat(visits).hasToString("4@4 4@0 4@12 4@8 ");
        assertThat(plan.accesses()).isEqualTo(4);
    }

    @Test
    void bothOfTwoHold() {
        DeviceLimits kernel =
                DeviceLimits.NONE.withUnits(1, 4).with(Wider.REFUSE).imposedBy("pread");
        assertThat(kernel.and(DeviceLimits.NONE)).isEqualTo(kernel);
        assertThat(DeviceLimits.NONE.and(kernel)).isEqualTo(kernel);
        assertThat(kernel.and(DeviceLimits.NONE.withUnits(2, 8).withAlignment()))
                .isEqualTo(DeviceLimits.NONE
                        .withUnits(2, 4)
                        .withAlignment()
                        .with(Wider.REFUSE)
                        .imposedBy("pread"));
        assertThat(kernel.and(DeviceLimits.NONE.with(Eight.HIGH_FIRST)).eight()).isEqualTo(Eight.HIGH_FIRST);
        DeviceLimits nothing = kernel.and(DeviceLimits.NONE.withUnits(8, 8));
        for (int width : new int[] {1, 2, 4, 8}) {
            assertThat(scalar(nothing, X86, 8, width)).as("%d bytes", width).isEqualTo("REJECTED");
        }
        assertThat(bulk(nothing, 8, 8)).isEqualTo("REJECTED");
        assertThat(bulk(nothing, 8, 0)).isEqualTo("BULK");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> DeviceLimits.NONE.with(Eight.LOW_FIRST).and(DeviceLimits.NONE.with(Eight.HIGH_FIRST)));
        assertThat(DeviceLimits.NONE
                        .withUnits(4, 8)
                        .with(Narrower.READ_MODIFY_WRITE)
                        .and(DeviceLimits.NONE.withUnits(2, 8))
                        .narrower())
                .as("the other one refuses")
                .isEqualTo(Narrower.REFUSE);
        assertThat(DeviceLimits.NONE
                        .withUnits(1, 2)
                        .and(DeviceLimits.NONE.with(Eight.LOW_FIRST))
                        .eight())
                .isEqualTo(Eight.WHOLE);
    }

    /** Halves are units of 4, whoever asks for them. */
    @Test
    void nothingIsWithinHalvesAndALeastUnitThatIsWider() {
        for (Eight halves : List.of(Eight.LOW_FIRST, Eight.HIGH_FIRST)) {
            DeviceLimits nothing = DeviceLimits.NONE.withUnits(8, 64).and(DeviceLimits.NONE.with(halves));
            assertThat(bulk(nothing, 8, 16)).as("%s", halves).isEqualTo("REJECTED");
            assertThat(scalar(nothing, X86, 8, 8)).as("%s", halves).isEqualTo("REJECTED");
            HostMemoryAccessor limited = LimitedAccessor.of(new Fake(64), nothing);
            assertThatThrownBy(() -> limited.fill(8, 16, (byte) 0))
                    .as("%s", halves)
                    .isInstanceOf(AccessRejectedException.class);
        }
    }

    @Test
    void halvesKeepTheirOrderWhereNoUnitIsWiderAnyhow() {
        AccessRules four = Fake.rules(CacheMode.NONCACHED, 4);
        assertThat(DeviceLimits.NONE
                        .with(Eight.HIGH_FIRST)
                        .planBulk(four, Direction.WRITE, TransferOrder.ASCENDING, 8, 8, 8))
                .hasToString("BULK (4@12 4@8)");
    }

    @Test
    void whatHasNoNarrowAccessIsNotWidenedByBoth() {
        DeviceLimits both = DeviceLimits.NONE.withUnits(1, 4).and(DeviceLimits.NONE.withUnits(1, 8));
        assertThat(both).isEqualTo(DeviceLimits.NONE.withUnits(1, 4));
        assertThat(both.and(both)).isEqualTo(both);
    }

    @Test
    void aPlanNeedsADirectionAnOrderAndAPolicy() {
        for (DeviceLimits limits : List.of(FOUR, DeviceLimits.NONE)) {
            assertThatNullPointerException()
                    .isThrownBy(() -> limits.planBulk(X86, null, TransferOrder.ASCENDING, 0, 0, 8));
            assertThatNullPointerException().isThrownBy(() -> limits.planBulk(X86, Direction.WRITE, null, 0, 0, 8));
            assertThatNullPointerException().isThrownBy(() -> limits.planScalar(X86, null, 0, 0, 8));
        }
    }

    @Test
    void rulesWithinLimitsSaySo() {
        AccessRules rules = DeviceLimits.NONE.withUnits(1, 4).within(X86);
        assertThat(rules.widest(Direction.READ, TransferOrder.RELAXED)).isEqualTo(4);
        assertThat(rules.unaligned(8)).isEqualTo(Unaligned.SPLIT);
        assertThat(rules.unaligned(4)).isEqualTo(Unaligned.SINGLE);
        assertThat(rules.notes())
                .anyMatch(
                        note -> note.contains(DeviceLimits.NONE.withUnits(1, 4).toString()));
        assertThat(DeviceLimits.NONE.within(X86)).isSameAs(X86);
        assertThat(DeviceLimits.NONE.withAlignment().within(X86).unaligned(2)).isEqualTo(Unaligned.SPLIT);
    }

    @Test
    void aRefusalSaysWhatWasAskedWhatIsAllowedAndWhatToDo() {
        Fake region = new Fake(64);
        HostMemoryAccessor limited = LimitedAccessor.of(
                region, FOUR.withAlignment().with(Wider.REFUSE).imposedBy("a bridge"));
        assertThatThrownBy(() -> limited.readLong(8))
                .isInstanceOfSatisfying(
                        AccessRejectedException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(Reason.DEVICE_LIMITS))
                .hasMessageContainingAll(
                        "8 bytes", "0x8", limited.options().limits().toString(), "(a bridge)", "CUT");
        assertThatThrownBy(() -> limited.writeByte(0x21, (byte) 0))
                .isInstanceOfSatisfying(
                        AccessRejectedException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(Reason.DEVICE_LIMITS))
                .hasMessageContainingAll("0x21", limited.options().limits().toString(), "READ_MODIFY_WRITE");
        assertThatThrownBy(() -> limited.fill(8, 6, (byte) 0)).isInstanceOf(AccessRejectedException.class);
        assertThatThrownBy(() -> limited.check(Direction.READ, 8, 6)).isInstanceOf(AccessRejectedException.class);
        assertThatThrownBy(() -> limited.asSegment()).isInstanceOf(AccessRejectedException.class);
        assertThatThrownBy(() -> LimitedAccessor.of(new Fake(new byte[8], 0, 8, CacheMode.NORMAL, 8, region.log), FOUR)
                        .asSegment())
                .isInstanceOfSatisfying(
                        AccessRejectedException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(Reason.DEVICE_LIMITS))
                .hasMessageContaining(FOUR.toString());
        assertThat(region.log).isEmpty();
    }

    @Test
    void limitsOnLimitsAreBoth() {
        Fake region = new Fake(64);
        assertThat(LimitedAccessor.of(region, DeviceLimits.NONE)).isSameAs(region);
        HostMemoryAccessor both = LimitedAccessor.of(
                LimitedAccessor.of(region, DeviceLimits.NONE.withUnits(1, 4)), DeviceLimits.NONE.withUnits(2, 8));
        assertThat(both.options().limits()).isEqualTo(DeviceLimits.NONE.withUnits(2, 4));
        HostMemoryAccessor ofAView = LimitedAccessor.of(
                LimitedAccessor.of(region, DeviceLimits.NONE.withUnits(1, 4)).slice(8, 16),
                DeviceLimits.NONE.withUnits(2, 8));
        assertThat(ofAView.options().limits()).isEqualTo(DeviceLimits.NONE.withUnits(2, 4));
        ofAView.readLong(0);
        assertThat(region.log).hasSize(2);
    }
}
