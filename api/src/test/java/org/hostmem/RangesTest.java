package org.hostmem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.Fake.Access;
import org.hostmem.Transfer.Piece;
import org.hostmem.Transfer.Span;
import org.hostmem.TransferPlan.Course;
import org.hostmem.guest.AddressSpace;
import org.hostmem.guest.Mapping;
import org.hostmem.spi.MappedAccessor;
import org.hostmem.spi.UnsupportedRequests;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * R7 over a whole request of many ranges: as if all of the source were read before any of the target is written, or
 * refused before the first access.
 */
class RangesTest {

    private static final int SIZE = 700;

    private final Random random = new Random(7);
    private final List<Access> log = new ArrayList<>();
    private final byte[] memory = new byte[SIZE];
    private final byte[] apart = new byte[SIZE];
    private final List<HostMemoryAccessor> accessors = new ArrayList<>();

    RangesTest() {
        HostMemoryAccessor whole = new Fake.Mapped(memory, 0, SIZE, CacheMode.NORMAL, 8, log);
        accessors.add(whole);
        accessors.add(new Fake.Mapped(memory, 5, 600, CacheMode.DEVICE, 8, log));
        accessors.add(new OnePass(memory, 64, 600, CacheMode.DEVICE, 8, log));
        accessors.add(whole.slice(33, 600).slice(8, 500));
        accessors.add(whole.withByteOrder(ByteOrder.BIG_ENDIAN));
        Fake unmapped = new Fake(apart, 0, SIZE, CacheMode.DEVICE, 4, log);
        accessors.add(unmapped);
        accessors.add(unmapped.slice(100, 600));
    }

    /** The array behind an accessor, and where in it its first byte is. */
    private byte[] array(HostMemoryAccessor accessor) {
        return UnsupportedRequests.wholeRegion(accessor) instanceof MappedAccessor ? memory : apart;
    }

    private int index(Span range, long i) {
        return (int) (UnsupportedRequests.regionOffset(range.accessor())
                + ((Fake) UnsupportedRequests.wholeRegion(range.accessor())).base
                + range.offset()
                + i);
    }

    /** Some go on where the one before ended, or overlap it. */
    private List<Span> ranges(int length, int accessorsUsed) {
        List<Span> ranges = new ArrayList<>();
        for (int rest = length; rest > 0; ) {
            int n = Math.min(rest, random.nextInt(80));
            HostMemoryAccessor accessor = accessors.get(random.nextInt(accessorsUsed));
            Span last = ranges.isEmpty() ? null : ranges.getLast();
            boolean follows = last != null
                    && random.nextBoolean()
                    && last.offset() + last.length() + n <= last.accessor().size();
            int room = (int) accessor.size() - n;
            ranges.add(
                    follows
                            ? new Span(last.accessor(), last.offset() + last.length(), n)
                            : new Span(accessor, random.nextInt(random.nextBoolean() ? room : Math.min(room, 120)), n));
            rest -= n;
        }
        return ranges;
    }

    private byte[] gathered(List<Span> sources, int length) {
        byte[] all = new byte[length];
        int at = 0;
        for (Span range : sources) {
            for (int i = 0; i < range.length(); i++) {
                all[at++] = array(range.accessor())[index(range, i)];
            }
        }
        return all;
    }

    private void scatter(byte[] all, List<Span> targets, byte[] mapped, byte[] unmapped) {
        int at = 0;
        for (Span range : targets) {
            for (int i = 0; i < range.length(); i++) {
                (array(range.accessor()) == memory ? mapped : unmapped)[index(range, i)] = all[at++];
            }
        }
    }

    private boolean overlaps(List<Span> sources, List<Span> targets) {
        return sources.stream()
                .anyMatch(s -> targets.stream()
                        .anyMatch(t -> array(s.accessor()) == array(t.accessor())
                                && s.length() > 0
                                && t.length() > 0
                                && index(s, 0) < index(t, t.length())
                                && index(t, 0) < index(s, s.length())));
    }

    @ParameterizedTest
    @EnumSource
    void randomListsAreExactOrRefusedWithNothingTouched(OverlapPolicy policy) {
        int done = 0;
        int refused = 0;
        for (int round = 0; round < 12_000; round++) {
            random.nextBytes(memory);
            random.nextBytes(apart);
            log.clear();
            int length = random.nextInt(round % 3 == 0 ? 500 : 120);
            int used = 1 + random.nextInt(accessors.size());
            List<Span> sources = ranges(length, used);
            List<Span> targets = ranges(length, used);
            byte[] mapped = memory.clone();
            byte[] unmapped = apart.clone();
            boolean isRich = random.nextBoolean();
            Transfer how = Transfer.DEFAULT.with(policy).withBudget(isRich ? 2L * length : random.nextInt(40));
            List<Piece> plan = how.plan(sources, targets);
            assertThat(log).isEmpty();
            boolean isRejected = plan.stream().anyMatch(piece -> piece.plan().course() == Course.REJECTED);
            byte[] all = gathered(sources, length);
            Throwable thrown = catchThrowable(() -> how.copy(sources, targets));
            if (thrown == null) {
                done++;
                scatter(all, targets, mapped, unmapped);
            } else {
                refused++;
                assertThat(thrown).isInstanceOf(AccessRejectedException.class);
                assertThat(log).as("no access").isEmpty();
            }
            String what = policy + " from " + sources + " to " + targets + ": " + plan;
            if (isRejected != (thrown != null)
                    || policy == OverlapPolicy.REJECT && isRejected != overlaps(sources, targets)
                    || policy == OverlapPolicy.KEEP_ORDER && isRich && isRejected) {
                throw new AssertionError((thrown == null ? "done: " : "refused: ") + what);
            }
            if (!Arrays.equals(memory, mapped) || !Arrays.equals(apart, unmapped)) {
                throw new AssertionError("wrong bytes: " + what);
            }
            if (thrown == null) {
                assertAccesses(plan, policy, what);
            }
        }
        assertThat(done).isGreaterThan(1000);
        assertThat(refused).isGreaterThan(1000);
    }

    private void assertAccesses(List<Piece> plan, OverlapPolicy policy, String what) {
        for (Direction side : Direction.values()) {
            List<String> planned = new ArrayList<>();
            for (Piece piece : plan) {
                Span range = side == Direction.READ ? piece.source() : piece.target();
                long[] last = {-1};
                piece.plan().forEach(side, (offset, width) -> {
                    planned.add(width + "@" + index(new Span(range.accessor(), offset, 0), 0));
                    if (policy == OverlapPolicy.KEEP_ORDER && side == Direction.WRITE && offset <= last[0]) {
                        throw new AssertionError("not ascending: " + what);
                    }
                    last[0] = offset;
                });
            }
            List<String> made = new ArrayList<>(log.stream()
                    .filter(access -> access.direction() == side)
                    .map(access -> access.width() + "@" + access.index())
                    .toList());
            if (side == Direction.READ) {
                planned.sort(null);
                made.sort(null);
            }
            if (!planned.equals(made)) {
                throw new AssertionError(side + " planned " + planned + ", made " + made + ": " + what);
            }
        }
    }

    // ---- the guest's bus

    private AddressSpace bus(ByteOrder order) {
        HostMemoryAccessor ram = new Fake.Mapped(new byte[0x4000], 0, 0x4000, CacheMode.NORMAL, 8, Fake.noLog());
        AddressSpace bus = new AddressSpace(order, AddressSpace.Holes.ALL_ONES);
        bus.map(Mapping.of(0, 0x1000, ram, 0));
        bus.map(Mapping.of(0x1000, 0x3000, ram, 0x1000));
        bus.map(Mapping.of(0x10_0000, 0x4000, ram, 0)); // the same once more
        for (int i = 0; i < 0x4000; i++) {
            bus.write(i, 1, i * 7 + i / 256);
        }
        return bus;
    }

    private static byte[] bytes(AddressSpace bus, long address, int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) bus.read(address + i, 1);
        }
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(ints = {3, -3, 1, 64, 200, 999, -999})
    void aCopyAcrossTwoMappingsOfOneRegionIsExact(int distance) {
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            for (OverlapPolicy policy : List.of(OverlapPolicy.KEEP_ORDER, OverlapPolicy.MEMMOVE_ORDER)) {
                AddressSpace bus = bus(order);
                byte[] expected = bytes(bus, 0xe0c, 1000);
                Transfer.DEFAULT
                        .with(policy)
                        .withBudget(500)
                        .copy(bus.ranges(0xe0c, 1000), bus.ranges(0xe0c + distance, 1000));
                assertThat(bytes(bus, 0xe0c + distance, 1000))
                        .as("%s %s", order, policy)
                        .isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, -3, 100, 999, -999})
    void aCopyToAnAliasIsExact(int distance) {
        for (OverlapPolicy policy : List.of(OverlapPolicy.KEEP_ORDER, OverlapPolicy.MEMMOVE_ORDER)) {
            AddressSpace bus = bus(ByteOrder.LITTLE_ENDIAN);
            byte[] expected = bytes(bus, 0xe0c, 1000);
            Transfer.DEFAULT
                    .with(policy)
                    .withBudget(2000)
                    .copy(bus.ranges(0xe0c, 1000), bus.ranges(0x10_0e0c + distance, 1000));
            assertThat(bytes(bus, 0xe0c + distance, 1000)).as("%s", policy).isEqualTo(expected);
        }
    }

    @Test
    void anOverlapOfAnyTwoRangesIsRefusedUnderReject() {
        AddressSpace bus = bus(ByteOrder.LITTLE_ENDIAN);
        byte[] before = bytes(bus, 0, 0x4000);
        Transfer reject = Transfer.DEFAULT.with(OverlapPolicy.REJECT);
        for (long to : new long[] {0xe0f, 0xe0c - 999, 0x10_0e0f, 0x10_11f3}) {
            assertThatExceptionOfType(AccessRejectedException.class)
                    .isThrownBy(() -> reject.copy(bus.ranges(0xe0c, 1000), bus.ranges(to, 1000)))
                    .withMessageContaining("REJECT")
                    .satisfies(refused -> assertThat(refused.reason()).isEqualTo(Reason.OVERLAP));
        }
        assertThat(bytes(bus, 0, 0x4000)).isEqualTo(before);
        assertThat(reject.copy(bus.ranges(0xe0c, 1000), bus.ranges(0x10_0e0c + 1000, 1000))
                        .isComplete())
                .isTrue();
    }

    // ---- what is refused

    /** Two ranges that change places: right in no order without a buffer. */
    @Test
    void anExchangeNeedsABuffer() {
        HostMemoryAccessor ram = accessors.getFirst();
        for (int i = 0; i < SIZE; i++) {
            memory[i] = (byte) i;
        }
        List<Span> there = List.of(new Span(ram, 0, 64), new Span(ram, 100, 64));
        List<Span> back = List.of(new Span(ram, 100, 64), new Span(ram, 0, 64));
        assertThatExceptionOfType(AccessRejectedException.class)
                .isThrownBy(
                        () -> Transfer.DEFAULT.with(OverlapPolicy.MEMMOVE_ORDER).copy(there, back))
                .withMessageContaining("KEEP_ORDER")
                .satisfies(refused -> assertThat(refused.reason()).isEqualTo(Reason.OVERLAP));
        assertThatExceptionOfType(AccessRejectedException.class)
                .isThrownBy(() -> Transfer.DEFAULT.withBudget(63).copy(there, back))
                .withMessageContaining("64 bytes")
                .withMessageContaining("63")
                .satisfies(refused -> assertThat(refused.reason()).isEqualTo(Reason.BUDGET));
        assertThat(log).isEmpty();
        Transfer.DEFAULT.withBudget(64).copy(there, back);
        assertThat(memory[0]).isEqualTo((byte) 100);
        assertThat(memory[100]).isZero();
        assertThat(memory[163]).isEqualTo((byte) 63);
    }

    /** Long ones: the block, the queue and a step, with a read that comes back from the buffer. */
    @Test
    void longListsAreExact() {
        int size = 400_000;
        byte[] large = new byte[size];
        for (int round = 0; round < 40; round++) {
            random.nextBytes(large);
            HostMemoryAccessor one = round % 2 == 0
                    ? new Fake.Mapped(large, 0, size, CacheMode.NORMAL, 8, Fake.noLog())
                    : new OnePass(large, 0, size, CacheMode.NORMAL, 8, Fake.noLog());
            HostMemoryAccessor other = new Fake.Mapped(large, 3, size - 3, CacheMode.DEVICE, 8, Fake.noLog());
            List<Span> sources = new ArrayList<>();
            List<Span> targets = new ArrayList<>();
            byte[] before = large.clone();
            byte[] expected = large.clone();
            for (int i = 0; i < 3; i++) {
                int n = 1 + random.nextInt(100_000);
                int from = random.nextInt(size - 3 - n);
                int to = random.nextInt(size - 3 - n);
                sources.add(new Span(one, from, n));
                targets.add(new Span(other, to, n));
                System.arraycopy(before, from, expected, 3 + to, n);
            }
            List<Long> reports = new ArrayList<>();
            assertThat(Transfer.DEFAULT
                            .withBudget(size)
                            .with((completed, length) -> reports.add(completed))
                            .copy(sources, targets)
                            .isComplete())
                    .isTrue();
            assertThat(Arrays.mismatch(large, expected)).as("round %d", round).isEqualTo(-1);
            assertThat(reports).isSorted();
        }
    }

    @Test
    void aFaultBeforeTheFirstByteCountsNone() {
        Fake ram = new Fake.Mapped(memory, 0, SIZE, CacheMode.NORMAL, 8, log);
        ram.broken = 40;
        RegionFaultException fault = (RegionFaultException) catchThrowable(() -> Transfer.DEFAULT.copy(
                List.of(new Span(ram, 200, 64), new Span(ram, 0, 64)),
                List.of(new Span(ram, 0, 64), new Span(ram, 300, 64))));
        assertThat(fault.completed()).isZero();
        assertThat(fault.offset()).isEqualTo(40);
        assertThat(fault.direction()).isEqualTo(Direction.READ);
        assertThat(log).allSatisfy(access -> assertThat(access.direction()).isEqualTo(Direction.READ));
    }
}
