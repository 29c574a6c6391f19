package org.hostmem.arch.generic;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.hostmem.RegionFaultException.Side;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Which side of a transfer a fault was on, from what the kernel or an emulator said. */
class FaultTest {

    private static final int SIGBUS = 7;
    private static final int SIGSEGV = 11;
    private static final int SI_KERNEL = 0x80;
    private static final long DEVICE = 0x7000_0000_0000L;

    private static final MemorySegment RAM = Arena.global().allocate(4096);

    private static Side side(long address, MemorySegment ram) {
        return new Fault(address, SIGBUS, 2).side(DEVICE, ram, 0, 8);
    }

    @Test
    @DisplayName(
            "a fault that an emulator reports up to 15 bytes outside of the access is of the side that it is nearer to")
    void aFaultBesideTheRegionIsTheRegions() {
        for (int off = -15; off <= 15; off++) {
            assertThat(side(DEVICE + off, RAM)).as("%d bytes off", off).isEqualTo(Side.REGION);
            assertThat(side(RAM.address() + off, RAM)).as("%d bytes off", off).isEqualTo(Side.RAM);
        }
    }

    @Test
    @DisplayName("RAM right behind the region's access: each byte of an access is its own side's")
    void neighboursAreToldApart() {
        MemorySegment behind = MemorySegment.ofAddress(DEVICE + 8);
        assertThat(side(DEVICE + 7, behind)).isEqualTo(Side.REGION);
        assertThat(side(DEVICE + 8, behind)).isEqualTo(Side.RAM);
    }

    @Test
    @DisplayName("an array, or a pattern, is always there")
    void whatIsNoNativeMemoryDoesNotFault() {
        assertThat(side(DEVICE + 100, MemorySegment.ofArray(new byte[8]))).isEqualTo(Side.REGION);
        assertThat(side(DEVICE + 100, MemorySegment.NULL)).isEqualTo(Side.REGION);
    }

    @Test
    @DisplayName(
            "without an address the side is unknown, but for an address that no memory can have: that is no region's")
    void withoutAnAddress() {
        assertThat(side(0, RAM)).isEqualTo(Side.UNKNOWN);
        assertThat(new Fault(0, SIGSEGV, SI_KERNEL).side(DEVICE, RAM, 0, 8)).isEqualTo(Side.RAM);
        assertThat(new Fault(0, SIGSEGV, SI_KERNEL).side(DEVICE, MemorySegment.NULL, 0, 8))
                .isEqualTo(Side.UNKNOWN);
    }
}
