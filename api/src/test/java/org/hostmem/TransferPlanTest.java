package org.hostmem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.hostmem.DeviceLimits.Eight;
import org.hostmem.Fake.Access;
import org.hostmem.Transfer.Piece;
import org.hostmem.Transfer.Span;
import org.hostmem.TransferPlan.Course;
import org.hostmem.engine.LimitedAccessor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A plan of a transfer is what the transfer does, access by access on either side. On real memory the lab's observers
 * say so.
 */
class TransferPlanTest {

    private static final int SIZE = 100;

    private final List<Access> log = new ArrayList<>();

    /** How accessors differ, as far as a transfer cares. What is not mapped has the alignment of its offsets. */
    private enum Kind {
        UNMAPPED,
        MAPPED,
        ONE_PASS,
        VIEW
    }

    private HostMemoryAccessor open(Kind kind, byte[] memory, int base) {
        return switch (kind) {
            case UNMAPPED -> new Fake(memory, 0, memory.length, CacheMode.DEVICE, 8, log);
            case MAPPED -> new Fake.Mapped(memory, base, memory.length - base, CacheMode.DEVICE, 8, log);
            case ONE_PASS -> new OnePass(memory, base, memory.length - base, CacheMode.DEVICE, 8, log);
            case VIEW ->
                new Fake.Mapped(memory, 0, memory.length, CacheMode.DEVICE, 8, log).slice(base, memory.length - base);
        };
    }

    private static byte[] numbered(int size) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) (i * 31 + i / 256);
        }
        return bytes;
    }

    /** Accesses as numbers, for there are many: offset and width. */
    private long[] done(Direction side, int base) {
        return log.stream()
                .filter(access -> access.direction() == side)
                .mapToLong(access -> access.index() - base << 8 | access.width())
                .toArray();
    }

    private static long[] planned(TransferPlan plan, Direction side) {
        LongStream.Builder all = LongStream.builder();
        plan.forEach(side, (offset, width) -> all.add(offset << 8 | width));
        return all.build().toArray();
    }

    private static String text(long[] accesses, int from) {
        return LongStream.of(accesses)
                .skip(from)
                .limit(5)
                .mapToObj(access -> (access & 0xff) + "@" + (access >> 8))
                .toList()
                .toString();
    }

    private void assertIsWhatIsDone(TransferPlan plan, int base) {
        for (Direction side : Direction.values()) {
            long[] planned = planned(plan, side);
            long[] done = done(side, base);
            int at = Arrays.mismatch(planned, done);
            if (at >= 0) {
                throw new AssertionError(side + " of " + plan + ": access " + at + " of " + planned.length
                        + " is planned as " + text(planned, at) + ", done as " + text(done, at));
            }
            if (plan.accesses(side) != done.length) {
                throw new AssertionError(
                        plan.accesses(side) + " of " + done.length + " accesses: " + side + " of " + plan);
            }
        }
    }

    /** Every policy, accessor, alignment, and distance and length up to 20. */
    @ParameterizedTest
    @EnumSource
    void aMoveDoesWhatItsPlanSays(Kind kind) {
        for (OverlapPolicy policy : OverlapPolicy.values()) {
            for (int length = 0; length <= 20; length++) {
                for (int from = 20; from < 28; from++) {
                    for (int to = from - 20; to <= from + 20; to++) {
                        move(kind, policy, kind == Kind.UNMAPPED ? 0 : 3, from, to, length);
                    }
                }
            }
        }
    }

    private void move(Kind kind, OverlapPolicy policy, int base, int from, int to, int length) {
        log.clear();
        byte[] memory = numbered(SIZE);
        byte[] expected = numbered(SIZE);
        System.arraycopy(expected, base + from, expected, base + to, length);
        HostMemoryAccessor region = open(kind, memory, base);
        TransferPlan plan =
                region.planMove(from, to, length, Transfer.DEFAULT.with(policy).withBudget(length));
        boolean overlaps = Math.abs(to - from) < length;
        Course verdict = overlaps && policy == OverlapPolicy.REJECT
                ? Course.REJECTED
                : !overlaps || to <= from
                        ? Course.STRAIGHT
                        : policy == OverlapPolicy.MEMMOVE_ORDER ? Course.DESCENDING : Course.BUFFERED;
        if (plan.course() != verdict
                || plan.buffer() != (verdict == Course.BUFFERED ? Math.min(to - from, length - (to - from)) : 0)
                || !log.isEmpty()) {
            throw new AssertionError(plan + " for " + length + " bytes from " + from + " to " + to + ", " + policy
                    + "; planning made " + log.size() + " accesses");
        }
        if (verdict == Course.REJECTED) {
            assertThat(plan.accesses(Direction.READ) + plan.accesses(Direction.WRITE))
                    .isZero();
            return;
        }
        region.move(from, to, length, Transfer.DEFAULT.with(policy).withBudget(plan.buffer()));
        if (!Arrays.equals(memory, expected)) {
            throw new AssertionError("wrong bytes: " + plan);
        }
        assertIsWhatIsDone(plan, base);
    }

    /** Longer than the block, the queue and a step. */
    @ParameterizedTest
    @EnumSource
    void aLongMoveDoesWhatItsPlanSays(Kind kind) {
        for (OverlapPolicy policy : new OverlapPolicy[] {OverlapPolicy.KEEP_ORDER, OverlapPolicy.MEMMOVE_ORDER}) {
            for (int distance : new int[] {1, 64, 100, 4096, 30_001, 70_001, 72_000, -3}) {
                log.clear();
                int base = kind == Kind.UNMAPPED ? 0 : 3;
                byte[] memory = numbered(160_000);
                byte[] expected = memory.clone();
                System.arraycopy(expected, base + 7, expected, base + 7 + distance, 80_000);
                HostMemoryAccessor region = open(kind, memory, base);
                TransferPlan plan = region.planMove(
                        7, 7 + distance, 80_000, Transfer.DEFAULT.with(policy).withBudget(80_000));
                region.move(
                        7, 7 + distance, 80_000, Transfer.DEFAULT.with(policy).withBudget(80_000));
                assertThat(Arrays.mismatch(memory, expected))
                        .as("%d, %s", distance, policy)
                        .isEqualTo(-1);
                assertIsWhatIsDone(plan, base);
            }
        }
    }

    /** Of different widest units, which no cut may show. */
    @Test
    void aCopyBetweenRegionsDoesWhatItsPlanSays() {
        for (int from = 0; from < 70; from += 3) {
            for (int to = 0; to < 70; to += 7) {
                log.clear();
                HostMemoryAccessor source =
                        new Fake(numbered(20_000), 0, 20_000, CacheMode.DEVICE, 32, log).slice(5, 19_000);
                HostMemoryAccessor target = new Fake.Mapped(numbered(20_000), 5, 19_000, CacheMode.DEVICE, 16, log);
                TransferPlan plan = Transfer.DEFAULT.plan(source, from, target, to, 9000);
                assertThat(plan.course()).isEqualTo(Course.STRAIGHT);
                Transfer.DEFAULT.copy(source, from, target, to, 9000);
                assertIsWhatIsDone(plan, 5);
                assertThat(planned(plan, Direction.READ))
                        .as("a view's cuts are its region's")
                        .hasSize((int) source.planBulk(Direction.READ, from, 9000, TransferOrder.ASCENDING)
                                .accesses());
            }
        }
    }

    /** Accesses of all regions in one list, in the order of a copy: piece by piece, as the plan lists them. */
    @Test
    void aCopyBetweenListsDoesWhatItsPlanSays() {
        Fake ram = new Fake(numbered(3000), 0, 3000, CacheMode.NORMAL, 8, log);
        Fake device = new Fake.Mapped(numbered(3000), 3, 2900, CacheMode.DEVICE, 8, log);
        Random random = new Random(3);
        for (int round = 0; round < 300; round++) {
            log.clear();
            int length = random.nextInt(600);
            List<Span> sources = ranges(random, length, ram, device);
            List<Span> targets = ranges(random, length, device, ram);
            List<Piece> plan = Transfer.DEFAULT.plan(sources, targets);
            assertThat(log).as("planning makes no access").isEmpty();
            assertThat(plan.stream().mapToLong(piece -> piece.source().length()).sum())
                    .isEqualTo(length);
            Transfer.DEFAULT.copy(sources, targets);
            for (Direction side : Direction.values()) {
                List<Access> planned = new ArrayList<>();
                for (Piece piece : plan) {
                    assertThat(piece.source().length()).isEqualTo(piece.target().length());
                    Fake of = (Fake) (side == Direction.READ ? piece.source() : piece.target()).accessor();
                    piece.plan()
                            .forEach(
                                    side,
                                    (offset, width) -> planned.add(new Access(of, side, of.base + offset, width)));
                }
                List<Access> done = log.stream()
                        .filter(access -> access.direction() == side)
                        .toList();
                if (side == Direction.READ
                        && plan.stream().anyMatch(piece -> piece.plan().course() == Course.BUFFERED)) {
                    assertThat(done)
                            .containsExactlyInAnyOrderElementsOf(
                                    planned); // what would be lost is read before the first piece
                } else {
                    assertThat(done).isEqualTo(planned);
                }
            }
        }
    }

    private static List<Span> ranges(Random random, int length, Fake... regions) {
        List<Span> ranges = new ArrayList<>();
        for (int rest = length; rest > 0; ) {
            int n = Math.min(rest, random.nextInt(100));
            ranges.add(new Span(regions[random.nextInt(regions.length)], random.nextInt(2800), n));
            rest -= n;
        }
        return ranges;
    }

    @Test
    void aRejectedPieceIsInThePlanAndRefusesTheWholeCopy() {
        Fake region = new Fake(new byte[SIZE], 0, SIZE, CacheMode.DEVICE, 8, log);
        Transfer poor = Transfer.DEFAULT.withBudget(3);
        List<Span> sources = List.of(new Span(region, 0, 10), new Span(region, 20, 10));
        List<Span> targets = List.of(new Span(region, 50, 10), new Span(region, 24, 10));
        assertThat(poor.plan(sources, targets))
                .extracting(piece -> piece.plan().course())
                .containsExactly(Course.STRAIGHT, Course.REJECTED);
        assertThatExceptionOfType(AccessRejectedException.class).isThrownBy(() -> poor.copy(sources, targets));
        assertThat(log).isEmpty();
    }

    @Test
    void whatACopyBetweenListsChecksItsPlanChecks() {
        Fake region = new Fake(new byte[SIZE], 0, SIZE, CacheMode.DEVICE, 8, log);
        List<Span> forty = List.of(new Span(region, 0, 40));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Transfer.DEFAULT.plan(forty, List.of(new Span(region, 50, 39))))
                .withMessageContaining("40")
                .withMessageContaining("39");
        assertThatExceptionOfType(RegionBoundsException.class)
                .isThrownBy(() -> Transfer.DEFAULT.plan(forty, List.of(new Span(region, 61, 40))));
        assertThatExceptionOfType(AccessRejectedException.class)
                .isThrownBy(() -> Transfer.DEFAULT.plan(forty, List.of(new Span(region.readOnly(), 50, 40))));
    }

    @Test
    void aBudgetThatIsTooSmallIsAVerdictThatSaysWhatIsNeeded() {
        Fake region = new Fake(new byte[SIZE], 0, SIZE, CacheMode.DEVICE, 8, log);
        TransferPlan plan = region.planMove(0, 10, 40, Transfer.DEFAULT.withBudget(9));
        assertThat(plan.course()).isEqualTo(Course.REJECTED);
        assertThat(plan.buffer()).isEqualTo(10);
        assertThat(region.planMove(0, 10, 40, Transfer.DEFAULT.withBudget(10)).course())
                .isEqualTo(Course.BUFFERED);
        assertThat(plan).hasToString("REJECTED 10");
    }

    @Test
    void whatAMoveChecksItsPlanChecks() {
        Fake region = new Fake(new byte[SIZE], 0, SIZE, CacheMode.DEVICE, 8, log);
        assertThatExceptionOfType(RegionBoundsException.class)
                .isThrownBy(() -> region.planMove(61, 0, 40, Transfer.DEFAULT.with(OverlapPolicy.MEMMOVE_ORDER)));
        assertThatExceptionOfType(RegionBoundsException.class)
                .isThrownBy(() ->
                        region.slice(0, 50).planMove(0, 11, 40, Transfer.DEFAULT.with(OverlapPolicy.MEMMOVE_ORDER)));
        assertThatExceptionOfType(AccessRejectedException.class)
                .isThrownBy(() ->
                        region.readOnly().planMove(0, 50, 40, Transfer.DEFAULT.with(OverlapPolicy.MEMMOVE_ORDER)));
        region.close();
        assertThatExceptionOfType(RegionClosedException.class)
                .isThrownBy(() -> region.planMove(0, 50, 40, Transfer.DEFAULT.with(OverlapPolicy.MEMMOVE_ORDER)));
    }

    @Test
    void runsKeepALongPlanShort() {
        Fake region = new Fake.Mapped(new byte[200_000], 0, 200_000, CacheMode.DEVICE, 8, log);
        assertThat(region.planMove(0, 100_003, 90_000, Transfer.DEFAULT.withBudget(0)))
                .hasToString("STRAIGHT, reads 11250x8@0, writes 1@100003 4@100004 11249x8@100008 2@190000 1@190002");
        assertThat(region.planMove(1, 5, 14, Transfer.DEFAULT.with(OverlapPolicy.MEMMOVE_ORDER)))
                .hasToString("DESCENDING, reads 1@1 2@2 2x4@4 2@12 1@14, writes 1@18 2@16 8@8 2@6 1@5");
        assertThat(region.planMove(0, 80, 160, Transfer.DEFAULT.with(OverlapPolicy.MEMMOVE_ORDER)))
                .hasToString("DESCENDING, reads 20x8@0, writes 20x8@232..80");
    }

    @Test
    void theTextHasSixteenRunsAndSaysIfThereAreMore() {
        Fake region = new Fake.Mapped(new byte[100_000], 0, 100_000, CacheMode.DEVICE, 8, log);
        boolean[] exactly = {false, false};
        for (int length = 10; length < 80_000; length += 61) {
            TransferPlan plan = region.planMove(1, 4, length, Transfer.DEFAULT.with(OverlapPolicy.MEMMOVE_ORDER));
            int[] runs = {0};
            plan.forEachRun(Direction.READ, (offset, width, count, descending) -> runs[0]++);
            String reads = plan.toString().substring(0, plan.toString().indexOf(", writes"));
            assertThat(reads.chars().filter(c -> c == '@').count()).isEqualTo(Math.min(16, runs[0]));
            assertThat(reads.endsWith(" …")).isEqualTo(runs[0] > 16);
            exactly[0] |= runs[0] == 16;
            exactly[1] |= runs[0] == 17;
        }
        assertThat(exactly).containsExactly(true, true);
    }

    @Test
    void manyRunsAreCutShortInTheTextOnly() {
        Fake region = new Fake.Mapped(new byte[100_000], 0, 100_000, CacheMode.DEVICE, 8, log);
        TransferPlan plan = region.planMove(1, 4, 90_000, Transfer.DEFAULT.with(OverlapPolicy.MEMMOVE_ORDER));
        assertThat(plan.toString())
                .startsWith("DESCENDING, reads ")
                .contains(" …, writes ")
                .hasSizeLessThan(400);
        int[] runs = {0};
        plan.forEachRun(Direction.READ, (offset, width, count, descending) -> runs[0]++);
        assertThat(runs[0]).isGreaterThan(20);
    }

    /** Only the first runs are asked for: the others are 34 billion halves. */
    @Test
    void theTextOfALongPlanIsQuick() {
        HostMemoryAccessor huge =
                LimitedAccessor.of(new HugeDevice(1L << 38), DeviceLimits.NONE.with(Eight.HIGH_FIRST));
        TransferPlan plan = Transfer.DEFAULT.plan(huge, 0, huge, 1L << 37, 1L << 37);
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
            assertThat(plan.toString())
                    .startsWith("STRAIGHT, reads 4@4 4@0 4@12 4@8")
                    .contains("…, writes");
            assertThat(plan.accesses(Direction.READ)).isEqualTo(1L << 35);
        });
    }

    @Test
    void aPlanOutlivesItsMemory() {
        Fake region = new Fake(new byte[SIZE], 0, SIZE, CacheMode.DEVICE, 8, log);
        for (OverlapPolicy policy : List.of(OverlapPolicy.KEEP_ORDER, OverlapPolicy.MEMMOVE_ORDER)) {
            Transfer how = Transfer.DEFAULT.with(policy);
            TransferPlan upwards = region.planMove(1, 10, 40, how);
            TransferPlan downwards = region.planMove(10, 1, 40, how);
            String before = upwards + " and " + downwards;
            long accesses = upwards.accesses(Direction.READ) + downwards.accesses(Direction.WRITE);
            region = closedAndReopened(region);
            assertThat(upwards + " and " + downwards).isEqualTo(before);
            assertThat(upwards.accesses(Direction.READ) + downwards.accesses(Direction.WRITE))
                    .isEqualTo(accesses);
        }
    }

    private Fake closedAndReopened(Fake region) {
        region.close();
        return new Fake(new byte[SIZE], 0, SIZE, CacheMode.DEVICE, 8, log);
    }

    @Test
    void plansOfTheSameAccessesAreEqual() {
        Fake region = new Fake(new byte[SIZE], 0, SIZE, CacheMode.DEVICE, 8, log);
        TransferPlan plan = region.planMove(1, 10, 40, Transfer.DEFAULT.withBudget(40));
        assertThat(region.planMove(1, 10, 40, Transfer.DEFAULT.withBudget(40)))
                .isEqualTo(plan)
                .hasSameHashCodeAs(plan);
        assertThat(region.slice(1, 80).planMove(0, 9, 40, Transfer.DEFAULT.withBudget(40)))
                .isNotEqualTo(plan);
        assertThat(region.planMove(1, 10, 40, Transfer.DEFAULT.with(OverlapPolicy.MEMMOVE_ORDER)))
                .isNotEqualTo(plan);
    }

    private static final class HugeDevice extends Fake {
        HugeDevice(long size) {
            super(0);
            capabilities = RegionCapabilities.whole(size, CacheMode.DEVICE, CacheModeSource.ASSERTED);
        }
    }
}
