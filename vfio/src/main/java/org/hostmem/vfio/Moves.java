package org.hostmem.vfio;

import java.lang.foreign.MemorySegment;
import org.hostmem.AccessPlan;
import org.hostmem.AccessRejectedException;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.OverlapPolicy;
import org.hostmem.RegionFaultException;
import org.hostmem.TransferOrder;

/** R7 in terms of an accessor's own bulk transfers: each source byte is read once and each destination byte written once, unit by unit at the destination's alignment. */
final class Moves {

    /** A unit is at most this long: it stands for a register, not for a buffer. */
    private static final int WIDEST = 64;

    /** The widest unit that is one access everywhere, so that descending means descending. */
    private static final int WIDEST_DESCENDING = 4;

    private final HostMemoryAccessor region;
    private final long from;
    private final long to;
    private final byte[] register = new byte[WIDEST];

    private Moves(HostMemoryAccessor region, long from, long to) {
        this.region = region;
        this.from = from;
        this.to = to;
    }

    /** Both ranges must have been checked. */
    static void move(HostMemoryAccessor region, long from, long to, long length, OverlapPolicy policy, long budget) {
        long distance = to - from;
        Moves move = new Moves(region, from, to);
        if (Math.abs(distance) >= length) {
            move.ascending(length);
            return;
        }
        if (policy == OverlapPolicy.REJECT) {
            throw new AccessRejectedException(length + " bytes from " + from + " to " + to + " overlap; choose ASCENDING or MEMMOVE");
        }
        if (distance <= 0) {
            move.ascending(length);
        } else if (policy == OverlapPolicy.MEMMOVE) {
            move.descending(length);
        } else {
            move.buffered(distance, length, budget);
        }
    }

    private void ascending(long length) {
        for (long done = 0; done < length;) {
            int unit = AccessPlan.unit(to + done, length - done, WIDEST);
            read(done, register, 0, unit, done);
            write(done, register, 0, unit, done);
            done += unit;
        }
    }

    private void descending(long length) {
        for (long rest = length; rest > 0;) {
            int unit = AccessPlan.unit(to + rest, rest, WIDEST_DESCENDING);
            rest -= unit;
            read(rest, register, 0, unit, length - rest - unit);
            write(rest, register, 0, unit, length - rest - unit);
        }
    }

    /** The destination begins {@code distance} above the source, so an ascending write destroys source bytes that are still to be read: those are kept. */
    private void buffered(long distance, long length, long budget) {
        long needed = Math.min(distance, length - distance);
        if (needed > Math.min(budget, Integer.MAX_VALUE - 8)) {
            throw new AccessRejectedException("an ascending move of " + length + " bytes from " + from + " to " + to + " needs a buffer of " + needed
                    + " bytes, the budget is " + budget + "; raise it, or choose MEMMOVE");
        }
        // What the first destination bytes overwrite is queued, as far as it is source; these bytes themselves come straight from the source.
        byte[] queue = new byte[(int) needed];
        read(distance, queue, 0, queue.length, 0);
        ascending(distance);
        // From here on each byte comes from the queue, and the source byte that it overwrites takes its place.
        for (long done = distance; done < length;) {
            int head = (int) ((done - distance) % needed);
            int unit = AccessPlan.unit(to + done, Math.min(length - done, needed - head), WIDEST);
            int overwritten = (int) Math.max(0, Math.min(unit, length - done - distance));
            read(done + distance, register, 0, overwritten, done);
            write(done, queue, head, unit, done);
            System.arraycopy(register, 0, queue, head, overwritten);
            done += unit;
        }
    }

    private void read(long at, byte[] ram, int ramOffset, int length, long done) {
        try {
            region.readBytes(from + at, MemorySegment.ofArray(ram), ramOffset, length, TransferOrder.ASCENDING);
        } catch (RegionFaultException fault) {
            throw fault.within(done);
        }
    }

    private void write(long at, byte[] ram, int ramOffset, int length, long done) {
        try {
            region.writeBytes(to + at, MemorySegment.ofArray(ram), ramOffset, length, TransferOrder.ASCENDING);
        } catch (RegionFaultException fault) {
            throw fault.within(done + fault.completed());
        }
    }
}
