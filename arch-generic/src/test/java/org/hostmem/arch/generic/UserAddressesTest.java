package org.hostmem.arch.generic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.hostmem.AccessOptions;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.Permanence;
import org.hostmem.RegionBoundsException;
import org.hostmem.RegionCapabilities;
import org.hostmem.spi.Host;
import org.hostmem.spi.MappedRegion;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Memory where a process can have none is refused at opening: of an access there a CPU may not even tell the address.
 */
class UserAddressesTest {

    @SuppressWarnings("restricted") // Says that memory is where none can be.
    private static HostMemoryAccessor open(long address, long size, CacheMode mode, Permanence permanence) {
        MemorySegment memory = MemorySegment.ofAddress(address).reinterpret(size);
        return new GenericProvider()
                .open(MappedRegion.borrowed(
                        memory,
                        RegionCapabilities.whole(size, mode, CacheModeSource.REPORTED),
                        AccessOptions.DEFAULT,
                        permanence));
    }

    @ParameterizedTest
    @DisplayName("refused, in every cache mode and however permanent it is said to be")
    @EnumSource(CacheMode.class)
    void memoryOfTheKernelIsRefused(CacheMode mode) {
        for (Permanence permanence : Permanence.values()) {
            for (long address :
                    new long[] {-4096, Long.MIN_VALUE, 0xffff_8000_0000_0000L, 0x7fff_ffff_ffff_f000L, 1L << 60}) {
                assertThatExceptionOfType(RegionBoundsException.class)
                        .isThrownBy(() -> open(address, 4096, mode, permanence))
                        .withMessageContaining("0x" + Long.toHexString(address));
            }
        }
    }

    @ParameterizedTest
    @DisplayName("refused, where only its end leaves the addresses of the process")
    @ValueSource(longs = {2, 4096, 1L << 40})
    void memoryAcrossTheEndIsRefused(long size) {
        Host host = Host.current();
        int bits = switch (host.isa()) {
            case "x86_64" -> host.cpuinfoLists("flags", "la57") ? 56 : 47;
            case "riscv64" -> 56;
            default -> 52;
        };
        long end = 1L << bits;
        assertThatExceptionOfType(RegionBoundsException.class)
                .isThrownBy(() -> open(end - 1, size, CacheMode.DEVICE, Permanence.MAY_VANISH))
                .withMessageContaining("0x" + Long.toHexString(end));
        assertThat(open(end - size, size, CacheMode.DEVICE, Permanence.MAY_VANISH)
                        .size())
                .isEqualTo(size);
    }

    @Test
    @DisplayName("nothing, and memory that there is, may be opened")
    void memoryOfTheProcessIsNot() {
        assertThat(open(0, 0, CacheMode.DEVICE, Permanence.PERMANENT).size()).isZero();
        assertThat(open(Arena.global().allocate(64).address(), 64, CacheMode.NORMAL, Permanence.PERMANENT)
                        .readByte(63))
                .isZero();
    }
}
