package org.hostmem.arch.generic;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.hostmem.AccessOptions;
import org.hostmem.Atomics;
import org.hostmem.Barrier;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionCapabilities;
import org.hostmem.spi.MappedAccessor.Order;
import org.hostmem.spi.MappedRegion;
import org.junit.jupiter.api.Test;

/**
 * R5: a scalar that is cut up is the accesses of its plan, and no byte beside it is touched: a sub-word field of a BAR
 * is never widened.
 */
class SplitScalarTest {

    private static final int SIZE = 64;

    /** Does nothing but note what it is asked for, by offset and width. */
    private static final class Noting extends Machine {

        private final List<String> accesses = new ArrayList<>();
        private final long base;

        Noting(MemorySegment memory) {
            base = memory.address();
        }

        @Override
        long load(long address, int width) {
            accesses.add(width + "@" + (address - base));
            return 0;
        }

        @Override
        long store(long address, int width, long value) {
            return load(address, width);
        }

        @Override
        long read(long address, MemorySegment ram, long ramOffset, long length, Order order) {
            throw new AssertionError("no scalar");
        }

        @Override
        long write(long address, MemorySegment ram, long ramOffset, long length, Order order) {
            throw new AssertionError("no scalar");
        }

        @Override
        long fill(long address, long length, byte value, Order order) {
            throw new AssertionError("no scalar");
        }

        @Override
        void barrier(Barrier purpose) {
            throw new AssertionError("no scalar");
        }

        @Override
        Fault takeFault() {
            throw new AssertionError("nothing has faulted");
        }

        @Override
        Atomics atomics(Scalars scalars) {
            throw new AssertionError("no scalar");
        }
    }

    @Test
    void everyScalarIsTheAccessesOfItsPlan() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(SIZE, SIZE);
            Noting machine = new Noting(memory);
            HostMemoryAccessor region = new MachineAccessor(
                    MappedRegion.borrowed(
                            memory,
                            RegionCapabilities.whole(SIZE, CacheMode.DEVICE, CacheModeSource.ASSERTED),
                            AccessOptions.DEFAULT),
                    GenericProvider.strictest(CacheMode.DEVICE),
                    Set.of(),
                    state -> machine,
                    null);
            for (int width : new int[] {1, 2, 4, 8}) {
                for (int offset = 0; offset <= SIZE - width; offset++) {
                    List<String> planned = new ArrayList<>();
                    region.planScalar(offset, width).forEach((at, unit) -> planned.add(unit + "@" + at));
                    machine.accesses.clear();
                    region.read(offset, width);
                    assertThat(machine.accesses).isEqualTo(planned);
                    machine.accesses.clear();
                    region.write(offset, width, 0);
                    assertThat(machine.accesses).isEqualTo(planned);
                }
            }
        }
    }
}
