package org.hostmem.arch.generic;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import org.hostmem.RegionBoundsException;
import org.hostmem.spi.Host;

/**
 * Knows which addresses a process can have. An access elsewhere faults with a wrong or a missing address. No handler
 * could recognise that fault, and it would end the JVM.
 */
final class UserAddresses {

    /**
     * The most that a process of 64-bit Linux can have: x86-64 with four levels of page tables, aarch64 with LVA, ppc64
     * with 4 PiB, riscv64 with Sv57.
     */
    private static final Map<String, Integer> BITS = Map.of("x86_64", 47, "aarch64", 52, "ppc64", 52, "riscv64", 56);
    /** x86-64 with five levels. */
    private static final int LA57_BITS = 56;

    private static final int SIGN = 63;

    private UserAddresses() {}

    /** Refuses memory that is not, or not as a whole, where a process can have any. */
    static void check(MemorySegment memory) {
        long size = memory.byteSize();
        if (size > 0
                && !isBelow(
                        memory.address(), size, BITS.getOrDefault(Host.current().isa(), SIGN))) {
            Host host = Host.current();
            int bits = host.cpuinfoLists("flags", "la57") ? LA57_BITS : BITS.getOrDefault(host.isa(), SIGN);
            if (!isBelow(memory.address(), size, bits)) {
                throw new RegionBoundsException("a region of 0x" + Long.toHexString(size) + " bytes at address 0x"
                        + Long.toHexString(memory.address()) + " leaves the addresses that a process on " + host.isa()
                        + " can have, which end at 0x" + Long.toHexString(1L << bits)
                        + ": open it at the address that it is mapped at");
            }
        }
    }

    private static boolean isBelow(long address, long size, int bits) {
        long most = (1L << bits) - 1;
        return address >= 0 && address - 1 <= most - size;
    }
}
