package org.hostmem.integration.faults;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionFaultException;
import org.hostmem.RegionFaultException.Side;
import org.hostmem.TransferOrder;

/** Run in a JVM of its own, which it could end: transfers to and from RAM at addresses that no memory can have. */
public final class NoAddress {

    private NoAddress() {}

    /** Exits with 0 if each was a fault of the RAM side. */
    @SuppressWarnings("restricted") // Says that memory is where none can be.
    public static void main(String[] none) {
        HostMemoryAccessor region = TruncatedFile.accessor(Arena.global().allocate(4096, 64));
        for (long address : new long[] {0x8000_0000_0000L, 0x1234_5678_9abc_d000L, 0x7fff_ffff_ffff_f000L}) {
            MemorySegment ram = MemorySegment.ofAddress(address).reinterpret(4096);
            for (int length : new int[] {1, 8, 100, 2000}) {
                check(() -> region.readBytes(3, ram, 5, length, TransferOrder.ASCENDING));
                check(() -> region.writeBytes(3, ram, 5, length, TransferOrder.RELAXED));
            }
        }
        System.out.println("held");
    }

    private static void check(Runnable access) {
        try {
            access.run();
        } catch (RegionFaultException fault) {
            if (fault.side() == Side.RAM && fault.completed() == 0) {
                return;
            }
            System.out.println(fault + ", side " + fault.side());
        }
        System.exit(1);
    }
}
