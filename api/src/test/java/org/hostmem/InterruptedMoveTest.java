package org.hostmem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.hostmem.Transfer.Span;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A move that a fault or the listener ends early: what was counted was moved, and nothing else was written. By every
 * way that an overlap can take.
 */
class InterruptedMoveTest {

    private static final int LENGTH = 300_000;
    private static final int FROM = 70;

    private final Random random = new Random(1);

    private byte[] randomBytes(int size) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        return bytes;
    }

    private static void assertMoved(
            byte[] before, byte[] after, int distance, int length, int completed, boolean descending) {
        byte[] expected = before.clone();
        int first = descending ? length - completed : 0;
        System.arraycopy(before, FROM + first, expected, FROM + distance + first, completed);
        assertThat(Arrays.mismatch(after, expected))
                .as("the first byte that is wrong after %d of %d bytes by %d", completed, length, distance)
                .isEqualTo(-1);
    }

    @ParameterizedTest
    @CsvSource({
        "KEEP_ORDER, 1",
        "KEEP_ORDER, 72",
        "KEEP_ORDER, 5000",
        "KEEP_ORDER, 90000",
        "KEEP_ORDER, 200000",
        "KEEP_ORDER, 200001",
        "KEEP_ORDER, 299999",
        "KEEP_ORDER, -3",
        "KEEP_ORDER, -8",
        "MEMMOVE_ORDER, 1",
        "MEMMOVE_ORDER, 70000"
    })
    void aMoveThatIsStoppedDidWhatItCounts(OverlapPolicy policy, int distance) {
        stopped(policy, distance, false);
        stopped(policy, distance, true);
    }

    private void stopped(OverlapPolicy policy, int distance, boolean inOnePass) {
        boolean descending = policy == OverlapPolicy.MEMMOVE_ORDER;
        for (int stopAt = 1; stopAt <= 3; stopAt++) {
            byte[] before = randomBytes(2 * LENGTH + 100);
            Fake region = inOnePass
                    ? new OnePass(before.clone(), 0, before.length, CacheMode.DEVICE, 8, Fake.noLog())
                    : new Fake.Mapped(before.clone(), 0, before.length, CacheMode.DEVICE, 8, Fake.noLog());
            long[] calls = {0, 0};
            int last = stopAt;
            Transfer.Result result = Transfer.DEFAULT
                    .with(policy)
                    .withBudget(LENGTH)
                    .with((completed, length) -> {
                        assertThat(completed).isGreaterThan(calls[1]);
                        assertThat(length).isEqualTo(LENGTH);
                        calls[1] = completed;
                        return ++calls[0] < last;
                    })
                    .copy(region, FROM, region, FROM + distance, LENGTH);
            assertThat(calls[0]).isEqualTo(stopAt);
            assertThat(result.isComplete()).isFalse();
            assertThat(result.completed()).isBetween(calls[1], calls[1] + 4096);
            assertMoved(before, region.memory, distance, LENGTH, (int) result.completed(), descending);
        }
    }

    /** The byte is read as a part of the source and written as one of the target: whichever comes first. */
    @ParameterizedTest
    @CsvSource({
        "KEEP_ORDER, 1",
        "KEEP_ORDER, 63",
        "KEEP_ORDER, 64",
        "KEEP_ORDER, 5000",
        "KEEP_ORDER, 11000",
        "KEEP_ORDER, 15001",
        "KEEP_ORDER, 19990",
        "KEEP_ORDER, -8",
        "MEMMOVE_ORDER, 1",
        "MEMMOVE_ORDER, 7000"
    })
    void aMoveThatFaultsDidWhatItCounts(OverlapPolicy policy, int distance) {
        int length = 20_000;
        int widest = policy == OverlapPolicy.MEMMOVE_ORDER
                ? 8
                : 1; // descending units are of up to 8 bytes, whatever the rules
        for (int broken : new int[] {
            FROM,
            FROM + 1,
            FROM + 100,
            FROM + 4096,
            FROM + distance + 3,
            FROM + distance + 10_000,
            FROM + distance + 15_000,
            FROM + length - 1,
            FROM + distance + length - 1
        }) {
            byte[] before = randomBytes(50_000);
            for (Fake region : List.of(
                    new Fake(before.clone(), 0, before.length, CacheMode.DEVICE, widest, Fake.noLog()),
                    new Fake.Mapped(before.clone(), 0, before.length, CacheMode.DEVICE, widest, Fake.noLog()),
                    new OnePass(before.clone(), 0, before.length, CacheMode.DEVICE, 8, Fake.noLog()))) {
                region.broken = broken;
                RegionFaultException fault = catchThrowableOfType(
                        RegionFaultException.class,
                        () -> region.move(
                                FROM,
                                FROM + distance,
                                length,
                                Transfer.DEFAULT.with(policy).withBudget(length)));
                assertThat(fault).as("broken is %d", broken).isNotNull();
                assertThat(fault.offset() <= broken && broken < fault.offset() + fault.width())
                        .as("%s, broken is %d", fault, broken)
                        .isTrue();
                assertMoved(
                        before,
                        region.memory,
                        distance,
                        length,
                        (int) fault.completed(),
                        policy == OverlapPolicy.MEMMOVE_ORDER);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"KEEP_ORDER, 8", "KEEP_ORDER, 200000", "KEEP_ORDER, -8", "MEMMOVE_ORDER, 8", "MEMMOVE_ORDER, 200000"})
    void aFaultAfterManyStepsCountsThemAll(OverlapPolicy policy, int distance) {
        byte[] before = randomBytes(2 * LENGTH + 100);
        Fake region = new OnePass(before.clone(), 0, before.length, CacheMode.DEVICE, 8, Fake.noLog());
        region.broken = FROM + distance + LENGTH / 2;
        RegionFaultException fault = catchThrowableOfType(
                RegionFaultException.class,
                () -> region.move(
                        FROM,
                        FROM + distance,
                        LENGTH,
                        Transfer.DEFAULT.with(policy).withBudget(LENGTH)));
        assertMoved(
                before,
                region.memory,
                distance,
                LENGTH,
                (int) fault.completed(),
                policy == OverlapPolicy.MEMMOVE_ORDER);
    }

    /** By every way, and with what came before in another region. */
    @ParameterizedTest
    @CsvSource({
        "KEEP_ORDER, 8",
        "KEEP_ORDER, 100",
        "KEEP_ORDER, 9000",
        "KEEP_ORDER, -8",
        "MEMMOVE_ORDER, 8",
        "MEMMOVE_ORDER, 9",
        "REJECT, 12000"
    })
    void aFaultInALaterPieceCountsTheEarlierOnes(OverlapPolicy policy, int distance) {
        int length = 10_000;
        for (boolean inOnePass : new boolean[] {true, false}) {
            byte[] before = randomBytes(30_000);
            Fake region = inOnePass
                    ? new OnePass(before.clone(), 0, before.length, CacheMode.DEVICE, 8, Fake.noLog())
                    : new Fake(before.clone(), 0, before.length, CacheMode.DEVICE, 8, Fake.noLog());
            region.broken = FROM + distance + 4000;
            Fake other = new Fake(200);
            List<Span> sources = List.of(new Span(other, 0, 100), new Span(region, FROM, length));
            List<Span> targets = List.of(new Span(other, 100, 100), new Span(region, FROM + distance, length));
            RegionFaultException fault = catchThrowableOfType(
                    RegionFaultException.class,
                    () -> Transfer.DEFAULT.with(policy).withBudget(length).copy(sources, targets));
            assertThat(fault.completed()).isGreaterThanOrEqualTo(100);
            assertMoved(
                    before,
                    region.memory,
                    distance,
                    length,
                    (int) fault.completed() - 100,
                    policy == OverlapPolicy.MEMMOVE_ORDER && distance < length);
        }
    }

    @Test
    void aFaultAtTheVeryFirstByteLeavesEverything() {
        byte[] before = randomBytes(1000);
        Fake region = new Fake.Mapped(before.clone(), 0, 1000, CacheMode.DEVICE, 8, Fake.noLog());
        region.broken = 100;
        RegionFaultException fault = catchThrowableOfType(
                RegionFaultException.class, () -> region.move(100, 200, 300, Transfer.DEFAULT.withBudget(300)));
        assertThat(fault.completed()).isZero();
        assertThat(fault.direction()).isEqualTo(Direction.READ);
        assertThat(region.memory).isEqualTo(before);
    }
}
