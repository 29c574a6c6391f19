package org.hostmem.guest;

import java.lang.foreign.MemorySegment;
import org.hostmem.Barrier;
import org.hostmem.Direction;
import org.hostmem.RegionFaultException;
import org.hostmem.TransferOrder;
import org.hostmem.guest.AddressSpace.Range;
import org.hostmem.spi.RamSide;

/** A transfer to or from guest addresses, range by range. Loops and no visitor, for a transfer allocates nothing (R12). */
final class Crossing {

    private Crossing() {
    }

    static void transfer(Direction direction, FlatView view, long address, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
        RamSide.check(ram, ramOffset, length, direction == Direction.READ);
        check(direction, view, address, length);
        for (long done = 0; done < length;) {
            long at = address + done;
            Range range = view.find(at);
            long n = Math.min(length - done, range.rest(at));
            if (done > 0 && order != TransferOrder.RELAXED) {
                range.accessor.barrier(Barrier.FULL); // Ranges may be of different memory, which only a barrier keeps in order.
            }
            try {
                if (direction == Direction.READ) {
                    range.accessor.readBytes(range.offset(at), ram, ramOffset + done, n, order);
                } else {
                    range.accessor.writeBytes(range.offset(at), ram, ramOffset + done, n, order);
                }
            } catch (RegionFaultException fault) {
                throw fault.within(done + fault.completed());
            }
            done += n;
        }
    }

    private static void check(Direction direction, FlatView view, long address, long length) {
        FlatView.checkAddresses(address, length);
        for (long done = 0; done < length;) {
            long at = address + done;
            Range range = view.find(at);
            long n = Math.min(length - done, range.rest(at));
            range.accessor.check(direction, range.offset(at), n);
            done += n;
        }
    }
}
