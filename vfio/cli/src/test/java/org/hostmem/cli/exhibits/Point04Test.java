package org.hostmem.cli.exhibits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hostmem.cli.exhibits.Watch.Kind.STORES;

import java.lang.foreign.MemorySegment;
import java.util.List;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.CacheMode;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.TransferOrder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Vectors into noncached memory are fine on x86-64. That one arrives as one TLP is promised by nobody, and cannot be
 * seen from here.
 */
@Tag("R4")
class Point04Test extends PointTest {

    private final MemorySegment memory = Hosts.memory(256);
    private final byte[] ram = new byte[256];

    Point04Test() {
        super("4");
    }

    /** One store that touches both is reported in the order of the windows, two ascending ones in their own. */
    private boolean oneStore(Runnable access) {
        return Watch.order(STORES, memory, 8, new long[] {8, 0}, access).equals(List.of(8L, 0L));
    }

    @Test
    void aLoopOfEightBytesMakesTwoStoresOfSixteen() {
        assertThat(oneStore(() -> {
                    memory.set(java.lang.foreign.ValueLayout.JAVA_LONG, 0, 1);
                    Thread.onSpinWait();
                    memory.set(java.lang.foreign.ValueLayout.JAVA_LONG, 8, 1);
                }))
                .isFalse();
    }

    @Test
    void sixteenBytesAreOneStoreWhereThePlanSaysSo() {
        int vectors = 0;
        for (HostMemoryAccessor region : Hosts.regions(memory, CacheMode.NONCACHED, AccessOptions.DEFAULT)) {
            AccessPlan plan = region.planBulk(Direction.WRITE, 0, 64, TransferOrder.ASCENDING);
            boolean wide = plan.accesses() < 8;
            assertThat(oneStore(() -> region.writeBytes(0, ram, 0, 64)))
                    .as("%s: %s", region, plan)
                    .isEqualTo(wide);
            vectors += wide ? 1 : 0;
        }
        assertThat(vectors).as("providers that use vectors here").isPositive();
    }

    @Test
    void aVectorIsAlignedToItself() {
        for (HostMemoryAccessor region : Hosts.regions(memory, CacheMode.NONCACHED, AccessOptions.DEFAULT)) {
            for (int offset = 1; offset < 16; offset++) {
                int at = offset;
                region.planBulk(Direction.WRITE, at, 100, TransferOrder.ASCENDING)
                        .forEach((start, width) -> assertThat(start % width)
                                .as("%s at %s", region, at)
                                .isZero());
                assertThat(Watch.bytes(STORES, memory, at, 24, () -> region.writeBytes(at, ram, 0, 24)))
                        .as("%s at %s", region, at)
                        .containsOnly(1);
            }
        }
    }
}
