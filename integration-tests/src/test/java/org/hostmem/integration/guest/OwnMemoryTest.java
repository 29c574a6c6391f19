package org.hostmem.integration.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.hostmem.AccessOptions;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.CacheMode;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.Permanence;
import org.hostmem.RegionClosedException;
import org.junit.jupiter.api.Test;

/** Memory that a user owns, opened without a word of the SPI. */
class OwnMemoryTest {

    private static HostMemoryAccessor open(MemorySegment memory) {
        return HostMemoryAccessor.of(memory, CacheMode.NORMAL, AccessOptions.DEFAULT);
    }

    @Test
    void itsBytesAreTheSegments() {
        try (Arena arena = Arena.ofShared();
                HostMemoryAccessor ram = open(arena.allocate(64, 8))) {
            ram.writeInt(4, 0x0403_0201);
            assertThat(ram.asSegment().get(ValueLayout.JAVA_BYTE, 7)).isEqualTo((byte) 4);
        }
    }

    @Test
    void aReadOnlySegmentMayNotBeWritten() {
        try (Arena arena = Arena.ofShared();
                HostMemoryAccessor rom = open(arena.allocate(64, 8).asReadOnly())) {
            assertThat(rom.readLong(0)).isZero();
            assertThatExceptionOfType(AccessRejectedException.class)
                    .isThrownBy(() -> rom.writeLong(0, 1))
                    .returns(Reason.NOT_WRITABLE, AccessRejectedException::reason);
        }
    }

    @Test
    void itEndsWithItsArena() {
        HostMemoryAccessor ram;
        try (Arena arena = Arena.ofShared()) {
            ram = open(arena.allocate(64, 8));
        }
        assertThatExceptionOfType(RegionClosedException.class).isThrownBy(() -> ram.readLong(0));
    }

    /** Where the provider is one that promises anything of NORMAL memory only then. */
    @Test
    void memoryThatMayVanishPromisesNoLess() {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment memory = arena.allocate(64, 8);
            HostMemoryAccessor lasting = open(memory);
            HostMemoryAccessor vanishing =
                    HostMemoryAccessor.of(memory, CacheMode.NORMAL, Permanence.MAY_VANISH, AccessOptions.DEFAULT);
            assertThat(lasting.guarantees()).doesNotContain(Guarantee.PRECISE_FAULTS);
            assertThat(vanishing.guarantees()).containsAll(lasting.guarantees());
        }
    }

    @Test
    void heapMemoryIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> open(MemorySegment.ofArray(new byte[64])));
    }
}
