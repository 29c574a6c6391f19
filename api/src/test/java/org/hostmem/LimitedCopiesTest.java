package org.hostmem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.hostmem.AccessRules.Unaligned;
import org.hostmem.DeviceLimits.Eight;
import org.hostmem.Transfer.Piece;
import org.hostmem.Transfer.Span;
import org.hostmem.engine.LimitedAccessor;
import org.hostmem.engine.LimitedUnits;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Copies between two regions, each within limits of its own, against a model that reads all bytes and then writes them.
 * A copy is refused if and only if its plan is, and then makes no access.
 */
class LimitedCopiesTest {

    private static final int SIZE = 12_000;

    private final Random random = new Random(14);
    private final List<DeviceLimits> all = LimitedAccessorTest.all();
    private final List<Fake.Access> log = new ArrayList<>();

    /** How the memory of the two is related. */
    private enum Memory {
        APART,
        /** One region, which both limit. */
        ONE_REGION,
        /** Two mappings of which one begins a little later. */
        TWO_MAPPINGS
    }

    /** A device with what it takes, and what it has seen of the copy. */
    private record Side(Fake device, DeviceLimits limits, HostMemoryAccessor limited) {

        void checkUnits(List<Fake.Access> log) {
            for (Fake.Access access : log) {
                if (access.to() == device) {
                    assertThat(access.width())
                            .as("%s within %s", access, limits)
                            .isBetween(limits.least(), limits.eight() == Eight.WHOLE ? limits.widest() : 4);
                    assertThat(access.index() % access.width()).isZero();
                }
            }
        }

        int index(long offset) {
            return (int) (device.base + offset);
        }
    }

    private Side side(Fake device) {
        DeviceLimits limits = all.get(random.nextInt(all.size()));
        HostMemoryAccessor limited = LimitedAccessor.of(device, limits);
        if (random.nextInt(3) == 0) {
            limited = limited.slice(0, device.size());
        }
        return new Side(device, limits, limited);
    }

    private Fake device(Memory memory, byte[] bytes, int base) {
        CacheMode mode = random.nextBoolean() ? CacheMode.DEVICE : CacheMode.NORMAL;
        Fake device = memory == Memory.TWO_MAPPINGS
                ? new Fake.Mapped(bytes, base, SIZE, mode, 8, log)
                : new Fake(bytes, 0, SIZE, mode, 8, log);
        device.rules =
                Fake.ascending(Fake.rules(mode, 8 << random.nextInt(4), Unaligned.ILLEGAL), 8 << random.nextInt(4));
        return device;
    }

    private List<Side> two(Memory memory) {
        byte[] bytes = new byte[SIZE + 128];
        random.nextBytes(bytes);
        Fake one = device(memory, bytes, 0);
        Fake other = switch (memory) {
            case ONE_REGION -> one;
            case TWO_MAPPINGS -> device(memory, bytes, random.nextInt(128));
            case APART -> device(memory, new byte[SIZE + 128], 0);
        };
        log.clear();
        return List.of(side(one), side(other));
    }

    private Transfer how() {
        return Transfer.DEFAULT
                .with(TransferOrder.values()[random.nextInt(2)])
                .with(OverlapPolicy.values()[random.nextInt(3)])
                .withBudget(SIZE);
    }

    /** Mostly such that the devices take it. */
    private int multiple(Side source, Side target, int most) {
        int grain = random.nextInt(4) == 0
                ? 1
                : Math.max(LimitedUnits.grain(source.limits), LimitedUnits.grain(target.limits));
        return most < grain ? 0 : random.nextInt(most / grain + 1) * grain;
    }

    private int length() {
        return random.nextInt(8) == 0 ? SIZE - 2000 : 256;
    }

    private List<String> seen(Direction direction, Side of) {
        return log.stream()
                .filter(access -> access.direction() == direction && access.to() == of.device)
                .map(access -> access.width() + "@" + (access.index() - of.device.base))
                .toList();
    }

    private static List<String> planned(TransferPlan plan, Direction side) {
        List<String> planned = new ArrayList<>();
        plan.forEach(side, (offset, width) -> planned.add(width + "@" + offset));
        return planned;
    }

    @ParameterizedTest
    @EnumSource
    void aCopyDoesWhatItsPlanSaysOrNothing(Memory memory) {
        int done = 0;
        int refusals = 0;
        for (int round = 0; round < 3000; round++) {
            List<Side> two = two(memory);
            Side source = two.getFirst();
            Side target = two.getLast();
            Transfer how = how();
            int length = multiple(source, target, length());
            int from = multiple(source, target, Math.min(SIZE - length, 512));
            int to = multiple(source, target, Math.min(SIZE - length, 512));
            byte[] expected = target.device.memory.clone();
            System.arraycopy(source.device.memory, source.index(from), expected, target.index(to), length);
            TransferPlan plan = refusable(() -> how.plan(source.limited, from, target.limited, to, length));
            if (plan == null || plan.course() == TransferPlan.Course.REJECTED) {
                refusals++;
                byte[] before = target.device.memory.clone();
                assertThat(catchThrowableOfType(
                                AccessRejectedException.class,
                                () -> how.copy(source.limited, from, target.limited, to, length)))
                        .isNotNull();
                assertThat(log).isEmpty();
                assertThat(target.device.memory).isEqualTo(before);
                continue;
            }
            done++;
            how.copy(source.limited, from, target.limited, to, length);
            assertThat(Arrays.mismatch(target.device.memory, expected))
                    .as("%s of %d bytes from %d to %d, %s, %s", how, length, from, to, source.limits, target.limits)
                    .isEqualTo(-1);
            assertThat(seen(Direction.WRITE, target)).isEqualTo(planned(plan, Direction.WRITE));
            assertThat((long) log.size())
                    .as("%s", plan)
                    .isEqualTo(plan.accesses(Direction.READ)
                            + plan.accesses(Direction.WRITE)
                            + plan.widened(Direction.WRITE));
            if (memory == Memory.APART) {
                assertThat(seen(Direction.READ, source)).isEqualTo(planned(plan, Direction.READ));
            }
            if (memory != Memory.ONE_REGION) {
                two.forEach(side -> side.checkUnits(log));
            }
        }
        assertThat(done).isGreaterThan(800);
        assertThat(refusals).isGreaterThan(300);
    }

    private interface Request<T> {
        T make();
    }

    /** Null if it is refused. */
    private static <T> T refusable(Request<T> request) {
        try {
            return request.make();
        } catch (AccessRejectedException refused) {
            return null;
        }
    }

    private List<Span> ranges(Side of, Side other, int length) {
        List<Span> ranges = new ArrayList<>();
        for (int rest = length; rest > 0; ) {
            int n = Math.min(rest, Math.max(1, multiple(of, other, 128)));
            ranges.add(new Span(of.limited, multiple(of, other, SIZE - n), n));
            rest -= n;
        }
        return ranges;
    }

    @ParameterizedTest
    @EnumSource
    void aCopyBetweenListsDoesWhatItsPlanSaysOrNothing(Memory memory) {
        int done = 0;
        int refusals = 0;
        for (int round = 0; round < 3000; round++) {
            List<Side> two = two(memory);
            Side source = two.getFirst();
            Side target = two.getLast();
            Transfer how = how();
            int length = multiple(source, target, 512);
            List<Span> sources = ranges(source, target, length);
            List<Span> targets = ranges(target, source, length);
            byte[] expected = copied(source, sources, target, targets, length);
            List<Piece> pieces = refusable(() -> how.plan(sources, targets));
            if (pieces == null
                    || pieces.stream().anyMatch(piece -> piece.plan().course() == TransferPlan.Course.REJECTED)) {
                refusals++;
                assertThat(catchThrowableOfType(AccessRejectedException.class, () -> how.copy(sources, targets)))
                        .isNotNull();
                assertThat(log).isEmpty();
                continue;
            }
            done++;
            how.copy(sources, targets);
            assertThat(Arrays.mismatch(target.device.memory, expected))
                    .as("%s from %s to %s", how, sources, targets)
                    .isEqualTo(-1);
            List<String> writes = new ArrayList<>();
            pieces.forEach(piece -> writes.addAll(planned(piece.plan(), Direction.WRITE)));
            assertThat(seen(Direction.WRITE, target)).isEqualTo(writes);
            assertThat((long) log.size())
                    .isEqualTo(pieces.stream()
                            .map(Piece::plan)
                            .mapToLong(plan -> plan.accesses(Direction.READ)
                                    + plan.accesses(Direction.WRITE)
                                    + plan.widened(Direction.WRITE))
                            .sum());
            if (memory != Memory.ONE_REGION) {
                two.forEach(side -> side.checkUnits(log));
            }
        }
        assertThat(done).isGreaterThan(500);
        assertThat(refusals).isGreaterThan(300);
    }

    private static byte[] copied(Side source, List<Span> sources, Side target, List<Span> targets, int length) {
        byte[] bytes = new byte[length];
        int read = 0;
        for (Span range : sources) {
            System.arraycopy(source.device.memory, source.index(range.offset()), bytes, read, (int) range.length());
            read += (int) range.length();
        }
        byte[] expected = target.device.memory.clone();
        int written = 0;
        for (Span range : targets) {
            System.arraycopy(bytes, written, expected, target.index(range.offset()), (int) range.length());
            written += (int) range.length();
        }
        return expected;
    }

    /** The target has the bytes that the fault counts, and no others. */
    @ParameterizedTest
    @EnumSource
    void aFaultOfTheSourceCountsWhatTheTargetHas(TransferOrder order) {
        int faults = 0;
        for (int round = 0; round < 3000; round++) {
            List<Side> two = two(Memory.APART);
            Side source = two.getFirst();
            Side target = two.getLast();
            int length = multiple(source, target, length());
            int from = multiple(source, target, Math.min(SIZE - length, 512));
            int to = multiple(source, target, Math.min(SIZE - length, 512));
            source.device.broken = from + random.nextInt(length + 1);
            byte[] expected = target.device.memory.clone();
            Transfer how = Transfer.DEFAULT.with(order);
            if (refusable(() -> how.plan(source.limited, from, target.limited, to, length)) == null) {
                continue;
            }
            RegionFaultException fault = faulted(how, source, from, target, to, length);
            if (fault == null) {
                continue;
            }
            faults++;
            assertThat(fault.completed()).isBetween(0L, (long) source.device.broken - from);
            System.arraycopy(source.device.memory, from, expected, to, (int) fault.completed());
            assertThat(Arrays.mismatch(target.device.memory, expected))
                    .as("%d of %d bytes, %s, %s", fault.completed(), length, source.limits, target.limits)
                    .isEqualTo(-1);
            two.forEach(side -> side.checkUnits(log));
        }
        assertThat(faults).isGreaterThan(300);
    }

    private static RegionFaultException faulted(
            Transfer how, Side source, long from, Side target, long to, long length) {
        try {
            how.copy(source.limited, from, target.limited, to, length);
            return null;
        } catch (RegionFaultException fault) {
            return fault;
        }
    }
}
