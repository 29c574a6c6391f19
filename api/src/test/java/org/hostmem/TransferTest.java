package org.hostmem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.hostmem.Fake.Access;
import org.hostmem.Transfer.Result;
import org.hostmem.Transfer.Span;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The accesses on both sides, and their order: against plans and a naive model. What happens without a fake is in the
 * integration tests.
 */
class TransferTest {

    private static final int BLOCK = 4096;

    private final Random random = new Random(1);
    private final List<Access> log = new ArrayList<>();

    private byte[] randomBytes(int size) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        return bytes;
    }

    private List<Access> of(Fake one, Direction direction) {
        return log.stream()
                .filter(access -> access.to() == one && access.direction() == direction)
                .toList();
    }

    private static List<Access> planned(Fake one, Direction direction, long offset, long length) {
        List<Access> planned = new ArrayList<>();
        one.planBulk(direction, offset, length, TransferOrder.ASCENDING)
                .forEach((at, width) -> planned.add(new Access(one, direction, one.base + at, width)));
        return planned;
    }

    /** R2, R3 and R4 on both sides, whatever their alignments: cutting must show on neither. */
    @Test
    void twoDevicesAreAccessedAsTheirPlansSay() {
        for (int length : new int[] {
            0, 1, 2, 3, 7, 8, 15, 16, 63, 64, 65, 100, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 77, 70_000
        }) {
            for (int from = 0; from < (length < 200 ? 17 : 70); from += length < 200 ? 1 : 23) {
                for (int to = 0; to < (length < 200 ? 17 : 70); to += length < 200 ? 1 : 19) {
                    log.clear();
                    Fake source = new Fake.Mapped(
                            randomBytes(length + 200), from % 5, length + 150, CacheMode.NONCACHED, 16, log);
                    Fake target =
                            new Fake(randomBytes(length + 200), 0, length + 150, CacheMode.WRITE_COMBINING, 8, log);
                    byte[] expected = target.memory.clone();
                    System.arraycopy(source.memory, source.base + from, expected, to, length);
                    assertThat(Transfer.DEFAULT.copy(source, from, target, to, length))
                            .isEqualTo(new Result(length, length));
                    assertThat(target.memory).isEqualTo(expected);
                    assertThat(of(source, Direction.READ))
                            .isEqualTo(planned(source, Direction.READ, from, length).stream()
                                    .filter(a -> a.width() > 0)
                                    .toList());
                    assertThat(of(target, Direction.WRITE)).isEqualTo(planned(target, Direction.WRITE, to, length));
                    assertThat(log)
                            .hasSize(of(source, Direction.READ).size()
                                    + of(target, Direction.WRITE).size());
                }
            }
        }
    }

    /**
     * R7 for all small sizes: exact, ascending, once each, and never more than min(d, n - d) bytes kept beyond those on
     * their way.
     */
    @ParameterizedTest
    @EnumSource(names = {"KEEP_ORDER", "MEMMOVE_ORDER"})
    void allSmallOverlapsAgainstTheNaiveModel(OverlapPolicy policy) {
        for (int length = 0; length <= 34; length++) {
            for (int from = 0; from <= 36; from++) {
                for (int to = 0; to <= 36; to++) {
                    overlap(policy, 72, from, to, length, from % 3);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"KEEP_ORDER", "MEMMOVE_ORDER"})
    void largeOverlapsAgainstTheNaiveModel(OverlapPolicy policy) {
        int[] distances = {1, 3, 64, 1000, BLOCK - 1, BLOCK, BLOCK + 1, 20_000, 65_535, 65_536, 70_000, 140_000, 149_999
        };
        for (int distance : distances) {
            overlap(policy, 320_000, 5, 5 + distance, 150_000, 1);
            overlap(policy, 320_000, 5 + distance, 5, 150_000, 2);
        }
    }

    /** Where a copy, or an exchange, goes from one side to the other at once. */
    @ParameterizedTest
    @ValueSource(
            ints = {
                8, 63, 64, 65, 100, 128, 960, 1023, 1025, 4096, 20_000, 70_016, 74_999, 75_000, 75_008, 90_000, 149_992,
                -8
            })
    void largeOverlapsInOnePassAgainstTheNaiveModel(int distance) {
        for (OverlapPolicy policy : List.of(OverlapPolicy.KEEP_ORDER, OverlapPolicy.MEMMOVE_ORDER)) {
            for (int from : new int[] {21, 64}) {
                byte[] memory = randomBytes(320_000);
                OnePass region = new OnePass(memory, 0, memory.length, CacheMode.DEVICE, 8, log);
                overlap(policy, memory, from, from + distance, 150_000, region, region);
                boolean mayExchange = policy == OverlapPolicy.KEEP_ORDER && distance >= 64 && distance < 75_000;
                assertThat(region.exchanged)
                        .as("exchanged")
                        .isBetween(
                                mayExchange ? 150_000L - 2 * distance - BLOCK : 0L,
                                mayExchange ? 150_000L - distance : 0L);
            }
        }
    }

    /** Between two accessors of the same array that begin at different places. */
    private void overlap(OverlapPolicy policy, int size, int from, int to, int length, int shift) {
        byte[] memory = randomBytes(size);
        int base = Math.min(to, shift);
        overlap(
                policy,
                memory,
                from,
                to,
                length,
                new Fake.Mapped(memory, 0, size, CacheMode.DEVICE, 8, log),
                new Fake.Mapped(memory, base, size - base, CacheMode.DEVICE, 8, log));
    }

    private void overlap(OverlapPolicy policy, byte[] memory, int from, int to, int length, Fake source, Fake target) {
        log.clear();
        int size = memory.length;
        int base = target.base;
        byte[] expected = memory.clone();
        System.arraycopy(memory, from, expected, to, length);
        int distance = to - from;
        boolean upwards = distance > 0 && distance < length;
        int need = upwards ? Math.min(distance, length - distance) : 0;

        if (need > 0 && policy == OverlapPolicy.KEEP_ORDER) {
            assertThatExceptionOfType(AccessRejectedException.class)
                    .isThrownBy(() -> Transfer.DEFAULT
                            .with(policy)
                            .withBudget(need - 1)
                            .copy(source, from, target, to - base, length))
                    .withMessageContaining(need + " bytes")
                    .satisfies(
                            refused -> assertThat(refused.reason()).isEqualTo(AccessRejectedException.Reason.BUDGET));
            assertThat(log).isEmpty();
        }
        assertThat(Transfer.DEFAULT
                        .with(policy)
                        .withBudget(policy == OverlapPolicy.KEEP_ORDER ? need : 0)
                        .copy(source, from, target, to - base, length)
                        .isComplete())
                .isTrue();

        assertThat(Arrays.mismatch(memory, expected)).isEqualTo(-1);
        if (policy == OverlapPolicy.KEEP_ORDER) {
            assertThat(of(target, Direction.WRITE)).isEqualTo(planned(target, Direction.WRITE, to - base, length));
            assertThat(of(source, Direction.READ).stream()
                            .sorted(Comparator.comparingLong(Access::index))
                            .toList())
                    .isEqualTo(planned(source, Direction.READ, from, length));
        }
        assertThat(of(target, Direction.WRITE))
                .as("no more writes than any way needs")
                .hasSameSizeAs(planned(target, Direction.WRITE, to - base, length));
        byte[] read = new byte[size];
        byte[] written = new byte[size];
        long last = policy == OverlapPolicy.MEMMOVE_ORDER && upwards ? Long.MAX_VALUE : -1;
        long balance = 0;
        for (Access access : log) {
            byte[] counts = access.direction() == Direction.READ ? read : written;
            for (int i = 0; i < access.width(); i++) {
                counts[(int) access.index() + i]++;
            }
            balance += access.direction() == Direction.READ ? access.width() : -access.width();
            if (balance > need + BLOCK) {
                throw new AssertionError(balance + " bytes are kept, " + need + " are needed");
            }
            if (access.direction() == Direction.WRITE) {
                if (access.index() > last == (policy == OverlapPolicy.MEMMOVE_ORDER && upwards)) {
                    throw new AssertionError(access + " comes after " + last);
                }
                last = access.index();
            }
        }
        for (int i = 0; i < size; i++) {
            if (read[i] != (i >= from && i < from + length ? 1 : 0)
                    || written[i] != (i >= to && i < to + length ? 1 : 0)) {
                throw new AssertionError("byte " + i + " read " + read[i] + " times, written " + written[i] + " times: "
                        + from + " -> " + to + ", " + length);
            }
        }
    }

    /** An accessor that has no descending write of its own. */
    @Test
    void memmoveDescendsUnitByUnit() {
        Fake region = new Fake(new byte[64], 0, 64, CacheMode.DEVICE, 8, log);
        region.move(1, 5, 14, Transfer.DEFAULT.with(OverlapPolicy.MEMMOVE_ORDER));
        assertThat(of(region, Direction.WRITE))
                .extracting(access -> access.width() + "@" + access.index())
                .containsExactly("1@18", "2@16", "4@12", "4@8", "2@6", "1@5");
    }

    @Test
    void rejectRefusesEveryOverlapAndNothingElse() {
        byte[] memory = new byte[100];
        Fake source = new Fake.Mapped(memory, 0, 100, CacheMode.NORMAL, 8, log);
        Fake target = new Fake.Mapped(memory, 10, 90, CacheMode.NORMAL, 8, log);
        Transfer reject = Transfer.DEFAULT.with(OverlapPolicy.REJECT);
        for (int from = 0; from < 80; from++) {
            int at = from;
            if (Math.abs(from - 50) < 20) {
                assertThatExceptionOfType(AccessRejectedException.class)
                        .isThrownBy(() -> reject.copy(source, at, target, 40, 20))
                        .withMessageContaining("REJECT")
                        .satisfies(refused ->
                                assertThat(refused.reason()).isEqualTo(AccessRejectedException.Reason.OVERLAP));
                assertThat(log).isEmpty();
            } else {
                reject.copy(source, at, target, 40, 20);
                log.clear();
            }
        }
    }

    /** Views by delegation are seen through. */
    @Test
    void viewsOfOneRegionOverlap() {
        Fake region = new Fake(10_000);
        byte[] bytes = randomBytes(10_000);
        System.arraycopy(bytes, 0, region.memory, 0, bytes.length);
        System.arraycopy(bytes, 100, bytes, 1100, 8000);
        Transfer.DEFAULT.copy(region.slice(50, 9000).slice(50, 8000), 0, region.slice(1000, 9000), 100, 8000);
        assertThat(region.memory).isEqualTo(bytes);
    }

    @Test
    void everythingIsCheckedBeforeTheFirstAccess() {
        Fake source = new Fake(new byte[100], 0, 100, CacheMode.DEVICE, 8, log);
        Fake target = new Fake(new byte[100], 0, 100, CacheMode.DEVICE, 8, log);
        assertThatExceptionOfType(RegionBoundsException.class)
                .isThrownBy(() -> Transfer.DEFAULT.copy(source, 0, target, 61, 40));
        assertThatExceptionOfType(RegionBoundsException.class)
                .isThrownBy(() -> Transfer.DEFAULT.copy(source, 61, target, 0, 40));
        assertThatExceptionOfType(RegionBoundsException.class)
                .isThrownBy(() -> Transfer.DEFAULT.copy(source, 0, target, 0, -1));
        assertThatExceptionOfType(AccessRejectedException.class)
                .isThrownBy(() -> Transfer.DEFAULT.copy(source, 0, target.readOnly(), 0, 40));
        assertThatExceptionOfType(RegionBoundsException.class)
                .isThrownBy(() -> Transfer.DEFAULT.copy(
                        List.of(new Span(source, 0, 80)), List.of(new Span(target, 0, 40), new Span(target, 61, 40))));
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        Transfer.DEFAULT.copy(List.of(new Span(source, 0, 80)), List.of(new Span(target, 0, 79))));
        Fake readable = new Fake(new byte[10_000], 0, 10_000, CacheMode.DEVICE, 8, log);
        Fake writable = new Fake(new byte[10_000], 0, 10_000, CacheMode.DEVICE, 8, log);
        assertThatExceptionOfType(RegionBoundsException.class)
                .as("only the last bytes are not there")
                .isThrownBy(() -> Transfer.DEFAULT.copy(readable, 1001, writable, 0, 9000));
        assertThatExceptionOfType(RegionBoundsException.class)
                .isThrownBy(() -> Transfer.DEFAULT.copy(readable, 0, writable, 1001, 9000));
        target.close();
        assertThatExceptionOfType(RegionClosedException.class)
                .isThrownBy(() -> Transfer.DEFAULT.copy(source, 0, target, 0, 40));
        assertThat(log).isEmpty();
    }

    @Test
    void scatterAndGatherAgainstTheNaiveModel() {
        for (int round = 0; round < 300; round++) {
            Fake source = new Fake(randomBytes(3000), 0, 3000, CacheMode.DEVICE, 8, log);
            Fake target = new Fake(randomBytes(3000), 0, 3000, CacheMode.DEVICE, 8, log);
            int length = 1 + random.nextInt(2000);
            List<Span> sources = ranges(source, length);
            List<Span> targets = ranges(target, length);
            byte[] expected = target.memory.clone();
            byte[] gathered = new byte[length];
            int at = 0;
            for (Span range : sources) {
                System.arraycopy(source.memory, (int) range.offset(), gathered, at, (int) range.length());
                at += (int) range.length();
            }
            at = 0;
            for (Span range : targets) {
                System.arraycopy(gathered, at, expected, (int) range.offset(), (int) range.length());
                at += (int) range.length();
            }
            List<Long> reports = new ArrayList<>();
            assertThat(Transfer.DEFAULT
                            .with((completed, total) -> reports.add(completed) && total == length)
                            .copy(sources, targets))
                    .isEqualTo(new Result(length, length));
            assertThat(target.memory).isEqualTo(expected);
            assertThat(reports).isSorted().last().isEqualTo((long) length);
        }
    }

    /** R3: the piece before may be of other memory, which only a barrier keeps in order. */
    @Test
    void anAscendingCopyBetweenListsHasABarrierBetweenItsPieces() {
        for (TransferOrder order : TransferOrder.values()) {
            log.clear();
            Fake source = new Fake(randomBytes(64), 0, 64, CacheMode.DEVICE, 8, log);
            Fake first = new Fake(new byte[16], 0, 16, CacheMode.DEVICE, 8, log);
            Fake second = new Fake(new byte[16], 0, 16, CacheMode.NORMAL, 8, log);
            Transfer.DEFAULT
                    .with(order)
                    .copy(List.of(new Span(source, 8, 24)), List.of(new Span(first, 0, 16), new Span(second, 0, 8)));
            assertThat(log).hasSize(6);
            assertThat(first.barriers).isEmpty();
            assertThat(second.barriers)
                    .isEqualTo(order == TransferOrder.ASCENDING ? List.of("FULL after 4") : List.of());
        }
    }

    @Test
    void aCopyBetweenListsThatIsStoppedSaysHowFarItCame() {
        Fake source = new Fake(randomBytes(300_000), 0, 300_000, CacheMode.DEVICE, 8, log);
        Fake target = new Fake(new byte[300_000], 0, 300_000, CacheMode.DEVICE, 8, log);
        List<Span> targets =
                List.of(new Span(target, 150_000, 100), new Span(target, 0, 149_900), new Span(target, 150_100, 100));
        Result result = Transfer.DEFAULT
                .with((completed, total) -> completed < 70_000)
                .copy(List.of(new Span(source, 0, 150_100)), targets);
        assertThat(result.length()).isEqualTo(150_100);
        assertThat(result.completed()).isBetween(70_000L, 140_000L);
        assertThat(of(target, Direction.WRITE).stream().mapToInt(Access::width).sum())
                .isEqualTo(result.completed());
        int n = (int) result.completed();
        assertThat(Arrays.equals(source.memory, 0, 100, target.memory, 150_000, 150_100))
                .isTrue();
        assertThat(Arrays.equals(source.memory, 100, n, target.memory, 0, n - 100))
                .isTrue();
    }

    @Test
    void rangesOfMoreBytesThanThereAreNumbersAreRefused() {
        Fake huge = new Fake(16) {
            @Override
            public long size() {
                return Long.MAX_VALUE;
            }
        };
        List<Span> twice = List.of(new Span(huge, 0, Long.MAX_VALUE), new Span(huge, 0, Long.MAX_VALUE));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Transfer.DEFAULT.copy(twice, twice))
                .withMessageContaining("2^63");
    }

    @Test
    void anEmptyCopyBetweenListsDoesNothing() {
        Fake region = new Fake(new byte[16], 0, 16, CacheMode.DEVICE, 8, log);
        assertThat(Transfer.DEFAULT
                        .copy(List.of(), List.of(new Span(region, 16, 0)))
                        .isComplete())
                .isTrue();
        assertThat(Transfer.DEFAULT.plan(List.of(), List.of())).isEmpty();
        assertThat(log).isEmpty();
    }

    private List<Span> ranges(Fake region, int length) {
        List<Span> ranges = new ArrayList<>(List.of(new Span(region, 7, 0)));
        for (int rest = length; rest > 0; ) {
            int n = Math.min(rest, 1 + random.nextInt(400));
            ranges.add(new Span(region, random.nextInt(3000 - n), n));
            rest -= n;
        }
        return ranges;
    }

    @Test
    void aTransferThatIsStoppedWroteAllThatItRead() {
        for (int from : new int[] {0, 3}) {
            for (int stopAt = 1; stopAt <= 4; stopAt++) {
                log.clear();
                Fake source = new Fake(randomBytes(300_100), 0, 300_100, CacheMode.DEVICE, 8, log);
                Fake target = new Fake(new byte[300_100], 0, 300_100, CacheMode.DEVICE, 8, log);
                int[] calls = {0};
                int last = stopAt;
                Result result = Transfer.DEFAULT
                        .with((completed, total) -> ++calls[0] < last)
                        .copy(source, from, target, 5, 300_000);
                assertThat(result.isComplete()).isFalse();
                assertThat(result.completed()).isBetween(stopAt * 65_536L - BLOCK, stopAt * (65_536L + BLOCK) + 64);
                assertThat(of(source, Direction.READ).stream()
                                .mapToInt(Access::width)
                                .sum())
                        .isEqualTo(result.completed());
                assertThat(of(target, Direction.WRITE).stream()
                                .mapToInt(Access::width)
                                .sum())
                        .isEqualTo(result.completed());
                int n = (int) result.completed();
                assertThat(Arrays.equals(source.memory, from, from + n, target.memory, 5, 5 + n))
                        .isTrue();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 8, 63, 64, 4095, 4096, 5000, 99_999})
    void aFaultCountsAndDeliversWhatCameBeforeIt(int broken) {
        for (boolean reading : new boolean[] {true, false}) {
            Fake source = new Fake(randomBytes(100_010), 0, 100_010, CacheMode.DEVICE, 1, log);
            Fake target = new Fake(new byte[100_010], 0, 100_010, CacheMode.DEVICE, 1, log);
            (reading ? source : target).broken = broken + (reading ? 1 : 6);
            RegionFaultException fault = catchThrowableOfType(
                    RegionFaultException.class, () -> Transfer.DEFAULT.copy(source, 1, target, 6, 100_000));
            assertThat(fault.completed()).isEqualTo(broken);
            assertThat(fault.direction()).isEqualTo(reading ? Direction.READ : Direction.WRITE);
            assertThat(fault.offset()).isEqualTo(broken + (reading ? 1 : 6));
            assertThat(Arrays.equals(source.memory, 1, 1 + broken, target.memory, 6, 6 + broken))
                    .isTrue();
            assertThat(target.memory[6 + broken]).isZero();
        }
    }

    @Test
    void aListenerMayCopyToo() {
        Fake source = new Fake(200_000);
        Fake target = new Fake(200_000);
        byte[] bytes = randomBytes(200_000);
        System.arraycopy(bytes, 0, source.memory, 0, bytes.length);
        System.arraycopy(bytes, 0, target.memory, 0, bytes.length);
        Fake other = new Fake(10_000);
        Transfer nested = Transfer.DEFAULT.with((completed, total) -> {
            other.move(1, 100, 8000, Transfer.DEFAULT.withBudget(8000));
            return true;
        });
        nested.copy(source, 0, target, 3, 150_001);
        assertThat(Arrays.equals(bytes, 0, 150_001, target.memory, 3, 150_004)).isTrue();
        nested.copy(source, 0, source, 30_000, 150_001);
        assertThat(Arrays.equals(bytes, 0, 150_001, source.memory, 30_000, 180_001))
                .isTrue();
    }
}
