package org.hostmem.cli.exhibits;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.hostmem.cli.exhibits.Watch.Kind.STORES;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import org.hostmem.AccessOptions;
import org.hostmem.AccessRejectedException;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.OverlapPolicy;
import org.hostmem.Transfer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** memmove copies backwards, if the destination is above the source: the mail has it the wrong way round. */
@Tag("R7")
class Point13Test extends PointTest {

    private static final int LENGTH = 1000;
    private static final int DISTANCE = 40;

    private final MemorySegment memory = Hosts.memory(4096);
    private final byte[] before = new byte[4096];

    Point13Test() {
        super("13");
    }

    @BeforeEach
    void fill() {
        new Random(13).nextBytes(before);
        memory.copyFrom(MemorySegment.ofArray(before));
    }

    /** First byte, one in the middle and last byte of the destination, in the order of their stores. */
    private List<Long> order(int to, Runnable move) {
        return Watch.order(STORES, memory, 1, new long[] {to, to + LENGTH / 2, to + LENGTH - 1}, move);
    }

    private byte[] moved(int from, int to) {
        byte[] after = before.clone();
        System.arraycopy(before, from, after, to, LENGTH);
        return after;
    }

    /** Where it begins is not asked: glibc may write the first or the last bytes at the end, both ways. */
    private boolean backwards(int from, int to) {
        return Watch.order(
                        STORES,
                        memory,
                        1,
                        new long[] {to + LENGTH / 3, to + 2 * LENGTH / 3},
                        () -> Naive.memmove(memory.asSlice(to), memory.asSlice(from), LENGTH))
                .equals(List.of(to + 2L * LENGTH / 3, to + LENGTH / 3L));
    }

    @Test
    void memmoveCopiesBackwardsIfTheDestinationIsAbove() {
        assertThat(backwards(64, 64 + DISTANCE)).isTrue();
    }

    @Test
    void itDoesNotIfTheDestinationIsBelowAsTheMailSays() {
        assertThat(backwards(64 + DISTANCE, 64)).isFalse();
    }

    @Test
    void copyingForwardsNevertheless() {
        Naive.bytewise(memory, 64 + DISTANCE, memory, 64, LENGTH);
        assertThat(memory.toArray(JAVA_BYTE))
                .as("destroys what is still to be copied")
                .isNotEqualTo(moved(64, 64 + DISTANCE));
    }

    @Test
    void anAscendingMoveIsExactAndAscendingBothWays() {
        for (HostMemoryAccessor region : Hosts.regions(memory, AccessOptions.DEFAULT)) {
            for (int[] way : new int[][] {{64, 64 + DISTANCE}, {64 + DISTANCE, 64}, {64, 67}, {64, 64 + LENGTH - 3}}) {
                fill();
                List<Long> order =
                        order(way[1], () -> region.move(way[0], way[1], LENGTH, Transfer.DEFAULT.withBudget(DISTANCE)));
                assertThat(order)
                        .as("%s, from %s to %s", region, way[0], way[1])
                        .isSorted()
                        .hasSize(3);
                assertThat(memory.toArray(JAVA_BYTE)).isEqualTo(moved(way[0], way[1]));
            }
        }
    }

    @Test
    void memmoveOrderHasANameOfItsOwn() {
        for (HostMemoryAccessor region : Hosts.regions(memory, AccessOptions.DEFAULT)) {
            fill();
            int to = 64 + DISTANCE;
            assertThat(order(to, () -> region.move(64, to, LENGTH, Transfer.DEFAULT.with(OverlapPolicy.MEMMOVE_ORDER)))
                            .getFirst())
                    .as(region.toString())
                    .isGreaterThan(to);
            assertThat(memory.toArray(JAVA_BYTE)).isEqualTo(moved(64, to));
        }
    }

    @Test
    void withoutTheBufferItIsRefusedBeforeTheFirstByte() {
        for (HostMemoryAccessor region : Hosts.regions(memory, AccessOptions.DEFAULT)) {
            for (OverlapPolicy policy : new OverlapPolicy[] {OverlapPolicy.KEEP_ORDER, OverlapPolicy.REJECT}) {
                assertThat(order(
                                64 + DISTANCE,
                                () -> assertThatExceptionOfType(AccessRejectedException.class)
                                        .isThrownBy(() -> region.move(
                                                64,
                                                64 + DISTANCE,
                                                LENGTH,
                                                Transfer.DEFAULT.with(policy).withBudget(DISTANCE - 1)))))
                        .as("%s, %s", region, policy)
                        .isEmpty();
            }
        }
        assertThat(memory.toArray(JAVA_BYTE)).isEqualTo(before);
    }
}
