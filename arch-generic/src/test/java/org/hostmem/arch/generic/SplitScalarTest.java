package org.hostmem.arch.generic;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.hostmem.AccessOptions;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.RegionCapabilities;
import org.hostmem.spi.MappedRegion;
import org.junit.jupiter.api.Test;

/**
 * R5: a scalar that is cut up is the accesses of its plan, and no byte beside it is touched: a sub-word field of a BAR
 * is never widened.
 */
class SplitScalarTest {

    private static final int SIZE = 64;

    /** Does nothing but note what it is asked for, by offset and width. */
    private static final class Noting extends JavaAccessor {

        private final List<String> accesses = new ArrayList<>();

        Noting(MappedRegion region) {
            super(region, GenericProvider.strictest(CacheMode.DEVICE), null);
        }

        @Override
        long load(long address, int width) {
            accesses.add(width + "@" + (address - address()));
            return 0;
        }

        @Override
        long store(long address, int width, long value) {
            return load(address, width);
        }
    }

    @Test
    void everyScalarIsTheAccessesOfItsPlan() {
        try (Arena arena = Arena.ofConfined()) {
            Noting region = new Noting(MappedRegion.borrowed(
                    arena.allocate(SIZE, SIZE),
                    RegionCapabilities.whole(SIZE, CacheMode.DEVICE, CacheModeSource.ASSERTED),
                    AccessOptions.DEFAULT));
            for (int width : new int[] {1, 2, 4, 8}) {
                for (int offset = 0; offset <= SIZE - width; offset++) {
                    List<String> planned = new ArrayList<>();
                    region.planScalar(offset, width).forEach((at, unit) -> planned.add(unit + "@" + at));
                    region.accesses.clear();
                    region.read(offset, width);
                    assertThat(region.accesses).isEqualTo(planned);
                    region.accesses.clear();
                    region.write(offset, width, 0);
                    assertThat(region.accesses).isEqualTo(planned);
                }
            }
        }
    }
}
