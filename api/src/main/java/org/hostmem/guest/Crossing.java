package org.hostmem.guest;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.hostmem.Barrier;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.HostMemoryException;
import org.hostmem.RegionFaultException;
import org.hostmem.TransferOrder;
import org.hostmem.engine.RamSide;
import org.hostmem.guest.AddressSpace.Range;
import org.hostmem.spi.Faults;
import org.hostmem.spi.UnsupportedRequests;
import org.jspecify.annotations.Nullable;

/**
 * Makes transfers to or from guest addresses, range by range. It has loops instead of a visitor, because a transfer
 * allocates nothing (R12).
 */
final class Crossing {

    private Crossing() {}

    static void transfer(
            Direction direction,
            FlatView view,
            long address,
            MemorySegment ram,
            long ramOffset,
            long length,
            TransferOrder order) {
        Objects.requireNonNull(order);
        RamSide.check(ram, ramOffset, length, direction == Direction.READ);
        check(direction, view, address, length, order);
        pass(direction, view, address, ram, ramOffset, length, order, (byte) 0);
    }

    /** For callers that have checked; without {@code ram} it writes {@code value} to each byte. */
    private static void pass(
            Direction direction,
            FlatView view,
            long address,
            @Nullable MemorySegment ram,
            long ramOffset,
            long length,
            TransferOrder order,
            byte value) {
        List<HostMemoryAccessor> gone =
                null; // regions that have answered as an unsupported request, which are asked for nothing more
        for (long done = 0; done < length; ) {
            long at = address + done;
            Range range = view.find(at);
            long n = Math.min(length - done, range.rest(at));
            HostMemoryAccessor accessor = range.accessor;
            HostMemoryAccessor throwing = n < length ? UnsupportedRequests.throwing(accessor) : accessor;
            if (done > 0 && order == TransferOrder.ASCENDING) {
                accessor.barrier(
                        Barrier.FULL); // Ranges may be of different memory, which only a barrier keeps in order.
            }
            try {
                if (gone != null && gone.contains(range.region())) {
                    drop(direction, accessor, range.offset(at), 0, ram, ramOffset + done, n);
                } else if (ram == null && order == TransferOrder.UNOBSERVED) {
                    throwing.fillUnobserved(range.offset(at), n, value);
                } else if (ram == null) {
                    throwing.fill(range.offset(at), n, value);
                } else if (direction == Direction.READ) {
                    throwing.readBytes(range.offset(at), ram, ramOffset + done, n, order);
                } else {
                    throwing.writeBytes(range.offset(at), ram, ramOffset + done, n, order);
                }
            } catch (RegionFaultException fault) {
                if (throwing == accessor || fault.side() == RegionFaultException.Side.RAM) {
                    throw GuestAddresses.within(Faults.within(fault, done + fault.completed()), address);
                }
                long answered = done + fault.completed();
                drop(
                        direction,
                        accessor,
                        range.offset(address + answered),
                        answered,
                        ram,
                        ramOffset + answered,
                        n - fault.completed());
                gone = gone == null ? new ArrayList<>() : gone;
                gone.add(range.region());
            } catch (HostMemoryException refused) { // closed meanwhile
                throw GuestAddresses.located(refused, at);
            }
            done += n;
        }
    }

    /** To an array, or from one. Within a range nothing is allocated; across ranges a segment of the array is. */
    static void transfer(Direction direction, FlatView view, long address, byte[] ram, int ramOffset, int length) {
        Objects.checkFromIndexSize(ramOffset, length, ram.length);
        Range range = view.find(address);
        if (length > range.rest(address)) {
            MemorySegment all = MemorySegment.ofArray(ram);
            transfer(direction, view, address, all, ramOffset, length, TransferOrder.ASCENDING);
            return;
        }
        try {
            if (direction == Direction.READ) {
                range.accessor.readBytes(range.offset(address), ram, ramOffset, length);
            } else {
                range.accessor.writeBytes(range.offset(address), ram, ramOffset, length);
            }
        } catch (HostMemoryException refused) {
            throw GuestAddresses.within(refused, address);
        }
    }

    static void fill(FlatView view, long address, long length, byte value, TransferOrder order) {
        check(Direction.WRITE, view, address, length, order);
        pass(Direction.WRITE, view, address, null, 0, length, order, value);
    }

    private static void drop(
            Direction direction,
            HostMemoryAccessor accessor,
            long offset,
            long completed,
            @Nullable MemorySegment ram,
            long ramOffset,
            long length) {
        if (direction == Direction.READ && ram != null) {
            RamSide.fillWithOnes(accessor, offset, completed, ram, ramOffset, length);
        }
    }

    private static void check(Direction direction, FlatView view, long address, long length, TransferOrder order) {
        FlatView.checkAddresses(address, length);
        for (long done = 0; done < length; ) {
            long at = address + done;
            Range range = view.find(at);
            long n = Math.min(length - done, range.rest(at));
            try {
                range.accessor.check(direction, range.offset(at), n, order);
            } catch (HostMemoryException refused) {
                throw GuestAddresses.located(refused, at);
            }
            done += n;
        }
    }
}
