package org.hostmem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.hostmem.DeviceLimits.Narrower;
import org.hostmem.engine.LimitedAccessor;
import org.hostmem.engine.Mover;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Copies of which a side is limited, and that end early: what was read is written, in units that the device takes. */
class LimitedTransferTest {

    private static final int LONG = 1 << 18;
    private static final Transfer STOPPED = Transfer.DEFAULT.with((Transfer.Progress) (completed, length) -> false);

    private static Fake filled(int size, int widest) {
        byte[] memory = new byte[size];
        new Random(size).nextBytes(memory);
        return new Fake(memory, 0, size, CacheMode.DEVICE, widest, new ArrayList<>());
    }

    private static long bytes(Fake device, Direction direction) {
        return device.log.stream()
                .filter(access -> access.direction() == direction)
                .mapToLong(Fake.Access::width)
                .sum();
    }

    @Test
    void aFaultOfTheSourceLeavesWholeUnitsInTheTarget() {
        for (int broken = 0; broken < 64; broken++) {
            Fake source = filled(64, 1);
            source.broken = broken;
            Fake target = new Fake(64);
            HostMemoryAccessor limited = LimitedAccessor.of(target, DeviceLimits.NONE.withUnits(8, 8));
            RegionFaultException fault = catchThrowableOfType(
                    RegionFaultException.class, () -> Transfer.DEFAULT.copy(source, 0, limited, 0, 64));
            assertThat(fault.offset()).isEqualTo(broken);
            assertThat(fault.completed()).isEqualTo(broken / 8 * 8);
            assertThat(bytes(target, Direction.WRITE)).isEqualTo(broken / 8 * 8);
            assertThat(Arrays.mismatch(target.memory, source.memory)).isGreaterThanOrEqualTo(broken / 8 * 8);
        }
    }

    @Test
    void aFaultOfTheSourceLosesNothingWhereLessThanAUnitMayBeWritten() {
        Fake source = filled(64, 1);
        source.broken = 13;
        Fake target = new Fake(64);
        HostMemoryAccessor limited =
                LimitedAccessor.of(target, DeviceLimits.NONE.withUnits(8, 8).with(Narrower.READ_MODIFY_WRITE));
        RegionFaultException fault = catchThrowableOfType(
                RegionFaultException.class, () -> Transfer.DEFAULT.copy(source, 0, limited, 0, 64));
        assertThat(fault.completed()).isEqualTo(13);
        assertThat(Arrays.copyOf(target.memory, 13)).isEqualTo(Arrays.copyOf(source.memory, 13));
        assertThat(target.memory[13]).isZero();
    }

    /** The source begins {@code skew} bytes behind a multiple of 64. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4, 7, 60, 63})
    void aCopyThatIsStoppedHasWrittenWhatItHasRead(int skew) {
        for (Narrower narrower : Narrower.values()) {
            for (int least : new int[] {1, 4, 8}) {
                Fake source = filled(LONG + 64, 8);
                Fake target = new Fake(LONG);
                HostMemoryAccessor limited = LimitedAccessor.of(
                        target,
                        DeviceLimits.NONE.withUnits(least, 8).withAlignment().with(narrower));
                long done = STOPPED.copy(source, skew, limited, 0, LONG).completed();
                assertThat(done).isBetween((long) Mover.STEP, LONG / 2L);
                assertThat(bytes(source, Direction.READ)).isEqualTo(done);
                assertThat(Arrays.mismatch(target.memory, Arrays.copyOfRange(source.memory, skew, skew + LONG)))
                        .isEqualTo((int) done);
            }
        }
    }

    /** Two accessors of one array, of which the second begins {@code base} bytes in. */
    private static List<Fake> twoOf(byte[] memory, int base) {
        List<Fake.Access> log = new ArrayList<>();
        return Stream.of(0, base)
                .map(at -> (Fake) new Fake.Mapped(memory, at, memory.length - at, CacheMode.DEVICE, 8, log))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 4, 8, 67})
    void aMoveFromALimitedSourceToItselfAtAnOddDistanceIsExact(int distance) {
        for (OverlapPolicy policy : List.of(OverlapPolicy.MEMMOVE_ORDER, OverlapPolicy.KEEP_ORDER)) {
            for (int least : new int[] {4, 16, 64}) {
                byte[] memory = filled(20_000, 8).memory;
                byte[] expected = memory.clone();
                int length = 16_384;
                System.arraycopy(memory, 0, expected, distance, length);
                List<Fake> two = twoOf(memory, distance);
                two.forEach(fake -> fake.rules = Fake.rules(CacheMode.DEVICE, 64));
                HostMemoryAccessor source = LimitedAccessor.of(two.getFirst(), DeviceLimits.NONE.withUnits(least, 64));
                Transfer how = Transfer.DEFAULT.with(policy).withBudget(LONG);
                TransferPlan plan = how.plan(source, 0, two.getLast(), 0, length);
                how.copy(source, 0, two.getLast(), 0, length);
                assertThat(Arrays.mismatch(memory, expected))
                        .as("%s, units from %d", policy, least)
                        .isEqualTo(-1);
                for (Direction side : Direction.values()) {
                    List<String> planned = new ArrayList<>();
                    plan.forEach(side, (offset, width) -> planned.add(width + "@" + offset));
                    assertThat(two.getFirst().log.stream()
                                    .filter(access -> access.direction() == side)
                                    .map(access -> access.width() + "@"
                                            + (access.index() - (side == Direction.READ ? 0 : distance)))
                                    .toList())
                            .as("%s, %s, units from %d", side, policy, least)
                            .isEqualTo(planned);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aMoveDownwardsThatIsStoppedHasWrittenWhatItHasRead(Narrower narrower) {
        for (int distance : new int[] {4, 8, 12, 64}) {
            byte[] memory = filled(LONG + 128, 8).memory;
            byte[] before = memory.clone();
            List<Fake> two = twoOf(memory, distance);
            HostMemoryAccessor target = LimitedAccessor.of(
                    two.getLast(), DeviceLimits.NONE.withUnits(4, 4).with(narrower));
            long done = STOPPED.with(OverlapPolicy.MEMMOVE_ORDER)
                    .copy(two.getFirst(), 0, target, 0, LONG)
                    .completed();
            assertThat(done).isBetween((long) Mover.STEP, LONG / 2L);
            assertThat(bytes(two.getFirst(), Direction.READ)).isEqualTo(done);
            int first = distance + LONG - (int) done;
            assertThat(Arrays.copyOfRange(memory, first, distance + LONG))
                    .isEqualTo(Arrays.copyOfRange(before, first - distance, LONG));
            assertThat(Arrays.mismatch(memory, before)).isGreaterThanOrEqualTo(first);
        }
    }

    /** Below a unit of 64 bytes follows 16, so that a device of 32 and more has units of 64 in every order. */
    @Test
    void aMoveDownwardsHasUnitsThatTheDeviceTakes() {
        byte[] memory = filled(1024, 8).memory;
        byte[] expected = memory.clone();
        System.arraycopy(memory, 0, expected, 128, 512);
        Fake device = twoOf(memory, 0).getFirst();
        device.rules = Fake.rules(CacheMode.DEVICE, 64);
        HostMemoryAccessor limited = LimitedAccessor.of(device, DeviceLimits.NONE.withUnits(32, 64));
        limited.move(0, 128, 512, Transfer.DEFAULT.with(OverlapPolicy.MEMMOVE_ORDER));
        assertThat(memory).isEqualTo(expected);
        assertThat(device.log).allMatch(access -> access.width() == 64);
    }
}
