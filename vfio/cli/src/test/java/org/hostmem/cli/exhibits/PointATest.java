package org.hostmem.cli.exhibits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hostmem.cli.exhibits.Watch.Kind.STORES;

import java.lang.foreign.MemorySegment;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.AccessPlan.Verdict;
import org.hostmem.HostMemoryAccessor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Never make single bytes of an access of 2, 4 or 8. */
@Tag("R1")
@Tag("R4")
@Tag("R5")
class PointATest extends PointTest {

    private final MemorySegment memory = Hosts.memory(64);

    PointATest() {
        super("A");
    }

    private void writeBytewise(long value) {
        MemorySegment source = MemorySegment.ofArray(new long[] {value});
        Naive.bytewise(memory, 0, source, 0, 8);
    }

    @Test
    void aLoopOfBytesIsSeenTornByAnotherThread() {
        assertThat(Torn.seen(memory, this::writeBytewise, 20_000_000_000L)).isTrue();
        assertThat(Watch.count(STORES, memory, 0, 8, () -> writeBytewise(-1))).isEqualTo(8);
    }

    @Test
    void anAlignedWriteIsNot() {
        for (HostMemoryAccessor region : Hosts.regions(memory, AccessOptions.DEFAULT)) {
            assertThat(Torn.seen(memory, value -> region.writeLong(0, value), 30_000_000))
                    .as(region.toString())
                    .isFalse();
            assertThat(Torn.seen(
                            memory,
                            value -> region.writeBytes(0, MemorySegment.ofArray(new long[] {value})),
                            30_000_000))
                    .as("%s, bulk", region)
                    .isFalse();
        }
    }

    @Test
    void anUnalignedOneIsAsFewAsCanBe() {
        for (HostMemoryAccessor region : Hosts.regions(memory, AccessOptions.DEFAULT)) {
            for (int offset = 0; offset <= 8; offset++) {
                int at = offset;
                AccessPlan plan = region.planScalar(at, 8);
                assertThat(plan.accesses())
                        .as("%s at %s", region, at)
                        .isLessThanOrEqualTo(at % 8 == 0 ? 1 : at % 4 == 0 ? 2 : at % 2 == 0 ? 3 : 4);
                if (plan.verdict() == Verdict.SPLIT) {
                    // No piece crosses from one window to the next.
                    int stores = Watch.count(STORES, memory, 0, 8, () -> region.writeLong(at, -1))
                            + Watch.count(STORES, memory, 8, 8, () -> region.writeLong(at, -1));
                    assertThat(stores).as("%s: %s", region, plan).isEqualTo((int) plan.accesses());
                }
            }
        }
    }
}
