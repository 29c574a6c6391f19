package org.hostmem.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.Direction;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.OverlapPolicy;
import org.hostmem.Transfer;
import org.hostmem.Transfer.Span;
import org.hostmem.TransferPlan;
import org.hostmem.TransferPlan.Course;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * R7: an overlapping move is exact and, if ASCENDING, ascending in the destination, with min(distance, n - distance)
 * bytes of buffer.
 */
interface R07Move extends Kit {

    /** Lengths up to this, at all distances. */
    int SMALL = 40;

    /** What an ascending move must buffer. */
    static long need(long from, long to, long length) {
        long distance = to - from;
        return distance <= 0 || distance >= length ? 0 : Math.min(distance, length - distance);
    }

    /** The bytes moved, by a copy of the source. */
    private static void move(MemorySegment region, long from, long to, long length) {
        MemorySegment source = MemorySegment.ofArray(new byte[(int) length]);
        MemorySegment.copy(region, from, source, 0, length);
        MemorySegment.copy(source, 0, region, to, length);
    }

    @TestFactory
    @Tag("R7")
    @DisplayName(
            "R7: a move is exact for every small length and distance, in ascending and in memmove order, with no more"
                    + " than the budget it needs")
    default Stream<DynamicTest> r7_aMoveIsExact() {
        return eachMode(mode -> {
            int distance = SMALL + 3;
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, 3 * distance)) {
                RegionUnderTest.Expected expected = subject.expected();
                for (OverlapPolicy policy :
                        new OverlapPolicy[] {OverlapPolicy.KEEP_ORDER, OverlapPolicy.MEMMOVE_ORDER}) {
                    for (int length = 0; length <= SMALL; length++) {
                        for (int to = 0; to <= 2 * distance; to++) {
                            subject.accessor()
                                    .move(
                                            distance,
                                            to,
                                            length,
                                            Transfer.DEFAULT.with(policy).withBudget(need(distance, to, length)));
                            move(expected.region(), distance, to, length);
                            expected.check(length, to, policy + " move from offset " + distance);
                        }
                        subject.scramble(length);
                        expected.refresh();
                    }
                }
            }
        });
    }

    @TestFactory
    @Tag("R7")
    @DisplayName("R7: long moves are exact, by little and by much more than any buffer")
    default Stream<DynamicTest> r7_aLongMoveIsExact() {
        final int size = 40_000;
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, size)) {
                RegionUnderTest.Expected expected = subject.expected();
                SplittableRandom random = new SplittableRandom(7);
                for (int i = 0; i < 60; i++) {
                    OverlapPolicy policy = (i & 1) == 0 ? OverlapPolicy.KEEP_ORDER : OverlapPolicy.MEMMOVE_ORDER;
                    int length = 9000 + random.nextInt(16_000);
                    int from = random.nextInt(size - length);
                    int near = i % 3 == 0 ? 40 : 1200;
                    int to = Math.clamp(
                            i % 3 == 2 ? random.nextInt(size - length) : from + random.nextInt(-near, near + 1),
                            0,
                            size - length);
                    subject.accessor()
                            .move(
                                    from,
                                    to,
                                    length,
                                    Transfer.DEFAULT.with(policy).withBudget(need(from, to, length)));
                    move(expected.region(), from, to, length);
                    expected.check(length, to, policy + " move from offset " + from);
                }
            }
        });
    }

    @TestFactory
    @Tag("R7")
    @DisplayName(
            "R7: a copy between lists of ranges is exact as a whole, through views too, or refused before the first"
                    + " byte, as its plan says")
    default Stream<DynamicTest> r7_aCopyOfManyRangesIsExact() {
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, 256)) {
                HostMemoryAccessor accessor = subject.accessor();
                HostMemoryAccessor view = accessor.slice(16, 224);
                RegionUnderTest.Expected expected = subject.expected();
                SplittableRandom random = new SplittableRandom(7);
                for (int i = 0; i < 1500; i++) {
                    OverlapPolicy policy = OverlapPolicy.values()[i % 3];
                    int length = 1 + random.nextInt(2 * SMALL);
                    List<Span> sources = ranges(accessor, view, length, random);
                    List<Span> targets = ranges(accessor, view, length, random);
                    Transfer how = Transfer.DEFAULT.with(policy).withBudget(2L * length);
                    boolean refused = how.plan(sources, targets).stream()
                            .anyMatch(piece -> piece.plan().course() == Course.REJECTED);
                    String what = policy + " copy from " + text(sources, view) + " to " + text(targets, view);
                    if (refused) {
                        assertNotEquals(
                                OverlapPolicy.KEEP_ORDER,
                                policy,
                                () -> "refused with all the budget that it can need: " + what);
                        assertThrows(
                                AccessRejectedException.class,
                                () -> how.copy(sources, targets),
                                () -> "its plan is rejected: " + what);
                    } else {
                        how.copy(sources, targets);
                        copy(expected.region(), sources, targets, view);
                    }
                    expected.check(what);
                }
            }
        });
    }

    /** Pieces of a region and of a view of it; one often goes on where the one before ended. */
    private static List<Span> ranges(
            HostMemoryAccessor accessor, HostMemoryAccessor view, int length, SplittableRandom random) {
        List<Span> ranges = new ArrayList<>();
        for (int rest = length; rest > 0; ) {
            int n = 1 + random.nextInt(rest);
            HostMemoryAccessor one = random.nextBoolean() ? accessor : view;
            Span last = ranges.isEmpty() ? null : ranges.getLast();
            ranges.add(
                    last != null
                                    && random.nextBoolean()
                                    && last.offset() + last.length() + n
                                            <= last.accessor().size()
                            ? new Span(last.accessor(), last.offset() + last.length(), n)
                            : new Span(one, random.nextInt((int) one.size() - n), n));
            rest -= n;
        }
        return ranges;
    }

    /** As if all of the source were read before any of the target is written. */
    private static void copy(MemorySegment region, List<Span> sources, List<Span> targets, HostMemoryAccessor view) {
        MemorySegment before = MemorySegment.ofArray(region.toArray(ValueLayout.JAVA_BYTE));
        MemorySegment all = MemorySegment.ofArray(
                new byte[(int) sources.stream().mapToLong(Span::length).sum()]);
        long at = 0;
        for (Span source : sources) {
            MemorySegment.copy(before, inRegion(source, view), all, at, source.length());
            at += source.length();
        }
        at = 0;
        for (Span target : targets) {
            MemorySegment.copy(all, at, region, inRegion(target, view), target.length());
            at += target.length();
        }
    }

    private static long inRegion(Span range, HostMemoryAccessor view) {
        return range.offset() + (range.accessor() == view ? 16 : 0);
    }

    private static String text(List<Span> ranges, HostMemoryAccessor view) {
        return ranges.stream()
                .map(range ->
                        range.length() + "@" + inRegion(range, view) + (range.accessor() == view ? " (view)" : ""))
                .toList()
                .toString();
    }

    @TestFactory
    @Tag("R7")
    @DisplayName(
            "R7: what a move does is known before it: each byte once on both sides, the destination in its order, and"
                    + " what is refused")
    default Stream<DynamicTest> r7_aMoveHasAPlan() {
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, 256)) {
                HostMemoryAccessor accessor = subject.accessor();
                RegionUnderTest.Expected expected = subject.expected();
                for (OverlapPolicy policy : OverlapPolicy.values()) {
                    for (int length = 0; length <= SMALL; length++) {
                        for (int to = 100 - SMALL - 1; to <= 100 + SMALL + 1; to++) {
                            checkPlan(
                                    accessor.planMove(
                                            100,
                                            to,
                                            length,
                                            Transfer.DEFAULT.with(policy).withBudget(length)),
                                    policy,
                                    100,
                                    to,
                                    length);
                        }
                    }
                }
                assertEquals(
                        Course.REJECTED,
                        accessor.planMove(0, 3, 20, Transfer.DEFAULT.withBudget(2))
                                .course(),
                        "over budget");
                assertEquals(
                        3,
                        accessor.planMove(0, 3, 20, Transfer.DEFAULT.withBudget(2))
                                .buffer(),
                        "what it lacks");
                expected.check("plans");
            }
        });
    }

    private static void checkPlan(TransferPlan plan, OverlapPolicy policy, int from, int to, int length) {
        String what = length + " bytes from offset " + from + " to " + to + ", " + policy + ": " + plan;
        boolean overlaps = Math.abs(to - from) < length;
        Course verdict = overlaps && policy == OverlapPolicy.REJECT
                ? Course.REJECTED
                : !overlaps || to <= from
                        ? Course.STRAIGHT
                        : policy == OverlapPolicy.MEMMOVE_ORDER ? Course.DESCENDING : Course.BUFFERED;
        assertEquals(verdict, plan.course(), what);
        assertEquals(verdict == Course.BUFFERED ? need(from, to, length) : 0, plan.buffer(), what);
        for (Direction side : Direction.values()) {
            int[] times = new int[length];
            long[] last = {verdict == Course.DESCENDING ? Long.MAX_VALUE : -1};
            plan.forEach(side, (offset, width) -> {
                for (int i = 0; i < width; i++) {
                    times[(int) offset + i - (side == Direction.READ ? from : to)]++;
                }
                assertTrue(
                        side == Direction.READ || (verdict == Course.DESCENDING ? offset < last[0] : offset > last[0]),
                        () -> "out of order: " + what);
                last[0] = offset;
            });
            for (int i = 0; i < length; i++) {
                assertEquals(verdict == Course.REJECTED ? 0 : 1, times[i], what);
            }
        }
    }

    @TestFactory
    @Tag("R7")
    @DisplayName(
            "R7: an ascending move over budget is refused before the first byte; with exactly what it needs it is done")
    default Stream<DynamicTest> r7_overBudgetIsRefusedBeforeTheFirstByte() {
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, 256)) {
                HostMemoryAccessor accessor = subject.accessor();
                RegionUnderTest.Expected expected = subject.expected();
                for (int length = 2; length <= SMALL; length++) {
                    for (int distance = 1; distance < length; distance++) {
                        long need = need(10, 10 + distance, length);
                        int n = length;
                        int to = 10 + distance;
                        AccessRejectedException refused = assertThrows(
                                AccessRejectedException.class,
                                () -> accessor.move(10, to, n, Transfer.DEFAULT.withBudget(need - 1)),
                                () -> n + " bytes from offset 10 to " + to + " need " + need
                                        + " bytes of buffer, and were moved with less");
                        assertEquals(Reason.BUDGET, refused.reason(), "the reason");
                        expected.check("a move that was refused");
                    }
                }
            }
        });
    }

    @TestFactory
    @Tag("R7")
    @DisplayName("R7: under REJECT an overlap is refused before the first byte, and only an overlap")
    default Stream<DynamicTest> r7_anOverlapIsRefusedUnderReject() {
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, 256)) {
                HostMemoryAccessor accessor = subject.accessor();
                RegionUnderTest.Expected expected = subject.expected();
                for (int length = 1; length <= SMALL; length++) {
                    for (int distance = -SMALL - 1; distance <= SMALL + 1; distance++) {
                        int n = length;
                        int to = 100 + distance;
                        if (Math.abs(distance) < length) {
                            AccessRejectedException refused = assertThrows(
                                    AccessRejectedException.class,
                                    () -> accessor.move(100, to, n, Transfer.DEFAULT.with(OverlapPolicy.REJECT)),
                                    () -> n + " bytes from offset 100 to " + to + " overlap");
                            assertEquals(Reason.OVERLAP, refused.reason(), "the reason");
                        } else {
                            accessor.move(100, to, n, Transfer.DEFAULT.with(OverlapPolicy.REJECT));
                            move(expected.region(), 100, to, n);
                        }
                        expected.check(length, to, "move under REJECT");
                    }
                }
            }
        });
    }

    /** Watches the part of the destination that lies behind the source, for the source has to be made new each time. */
    @TestFactory
    @Tag("R7")
    @DisplayName("R7: an overlapping ascending move is seen to be ascending in the destination")
    default Stream<DynamicTest> r7_anAscendingMoveIsSeenAscending() {
        final int length = 2048;
        final int distance = 1024;
        final int enough = 60;
        return eachMode(mode -> {
            try (RegionUnderTest subject = RegionUnderTest.ram(provider(), mode, length + distance)) {
                subject.assumePromised(Guarantee.ASCENDING_ORDER);
                MemorySegment memory = subject.memory().fill((byte) 0);
                TransferPlan plan =
                        subject.accessor().planMove(0, distance, length, Transfer.DEFAULT.withBudget(distance));
                Units units = Units.of(mode, length, distance, visitor -> plan.forEach(Direction.WRITE, visitor));
                long[] round = {0};
                int[] changes = {0};
                Race race = new Race(patience());
                race.run(
                        () -> {
                            round[0]++;
                            for (long at = 0; at < length; at += Units.NUMBER) {
                                Seen.put(memory, at, Units.NUMBER, round[0]);
                            }
                            subject.accessor().move(0, distance, length, Transfer.DEFAULT.withBudget(distance));
                        },
                        () -> {
                            long last = 0;
                            while (changes[0] < enough && !race.isOver()) {
                                long newest = units.newerTowardsTheStart(memory);
                                changes[0] += newest == last ? 0 : 1;
                                last = newest;
                            }
                        });
                race.assumeEnough(changes[0], enough, "moves were seen");
            }
        });
    }
}
