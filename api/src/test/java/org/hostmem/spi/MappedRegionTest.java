package org.hostmem.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.hostmem.AccessOptions;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.RegionCapabilities;
import org.hostmem.spi.MappedRegion.Keeper;
import org.junit.jupiter.api.Test;

class MappedRegionTest {

    private static final RegionCapabilities WRITABLE =
            RegionCapabilities.whole(64, CacheMode.NORMAL, CacheModeSource.ASSERTED);

    private static MappedRegion region(MemorySegment memory, Runnable release) {
        return MappedRegion.borrowed(memory, WRITABLE, AccessOptions.DEFAULT).releasedBy(release);
    }

    @Test
    void aReadOnlySegmentIsNotOpenedForWriting() {
        MemorySegment memory = Arena.global().allocate(64).asReadOnly();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MappedRegion.borrowed(memory, WRITABLE, AccessOptions.DEFAULT))
                .withMessageContaining("read-only");
        assertThatCode(() -> MappedRegion.borrowed(memory, WRITABLE.readOnly(), AccessOptions.DEFAULT))
                .doesNotThrowAnyException();
    }

    @Test
    void memoryThatAnotherMayEndIsLent() {
        try (Arena shared = Arena.ofShared();
                Arena confined = Arena.ofConfined()) {
            assertThat(region(shared.allocate(64), () -> {}).isLent()).isTrue();
            assertThat(region(confined.allocate(64), () -> {}).isLent()).isTrue();
            assertThat(MappedRegion.borrowed(shared.allocate(64), WRITABLE, AccessOptions.DEFAULT)
                            .isLent())
                    .isTrue();
        }
    }

    @Test
    void memoryThatNobodyEndsOrAKeeperGuardsIsNotLent() {
        try (Arena shared = Arena.ofShared()) {
            assertThat(region(Arena.global().allocate(64), () -> {}).isLent()).isFalse();
            assertThat(region(shared.allocate(64), (Keeper) () -> {}).isLent()).isFalse();
        }
    }
}
