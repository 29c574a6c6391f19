package org.hostmem.arch.generic;

import java.lang.foreign.MemorySegment;
import org.hostmem.AccessRejectedException;
import org.hostmem.OverlapPolicy;
import org.hostmem.RegionFaultException;
import org.hostmem.arch.generic.RegionAccessor.Order;

/**
 * Moves within a region (R7): each source byte is read once, each destination byte written once.
 *
 * <p>How much must an ascending move buffer, if the destination lies d above the source and d &lt; n? Writing destination byte i destroys source byte i + d. So just before byte i is written,
 * the source bytes i .. i + d - 1 exist only in the buffer, as far as they are below n and were overwritten: those with index d and more. That is at most min(d, n - d) bytes, and for some i exactly
 * that many; no schedule can do with less. Source bytes below d are never overwritten and are copied straight. A scratch chunk of fixed size stands for the registers that bytes pass through.
 */
final class Move {

    private static final int LARGEST_BUFFER = Integer.MAX_VALUE - 8; // of a Java array

    private Move() {
    }

    static void move(RegionAccessor region, long from, long to, long length, OverlapPolicy policy, long budget) {
        long distance = to - from;
        boolean overlaps = Math.abs(distance) < length;
        if (overlaps && policy == OverlapPolicy.REJECT) {
            throw new AccessRejectedException(length + " bytes from " + from + " to " + to + " overlap, and the policy is REJECT: choose OverlapPolicy.ASCENDING or MEMMOVE");
        }
        if (!overlaps || distance <= 0) {
            straight(region, from, to, length, 0);
        } else if (policy == OverlapPolicy.MEMMOVE) {
            descending(region, from, to, length);
        } else {
            long need = Math.min(distance, length - distance);
            if (need > Math.min(budget, LARGEST_BUFFER)) {
                throw new AccessRejectedException(length + " bytes from " + from + " to " + to + " in ascending order need a buffer of " + need + " bytes, and the budget is " + budget + " (at most " + LARGEST_BUFFER + ")"
                        + ": raise it, or choose OverlapPolicy.MEMMOVE");
            }
            buffered(region, from, to, length, MemorySegment.ofArray(new byte[Math.toIntExact(need)]));
        }
    }

    /** Ascending chunks: right wherever the destination does not lie within the source above its start. */
    private static void straight(RegionAccessor region, long from, long to, long length, long before) {
        MemorySegment scratch = Scratch.get();
        for (long done = 0; done < length;) {
            long n = Math.min(Scratch.SIZE, length - done);
            copyIn(region, from + done, scratch, 0, n, before + done);
            copyOut(region, to + done, scratch, 0, n, before + done);
            done += n;
        }
    }

    private static void descending(RegionAccessor region, long from, long to, long length) {
        MemorySegment scratch = Scratch.get();
        for (long rest = length; rest > 0;) {
            long n = Math.min(Scratch.SIZE, rest);
            rest -= n;
            copyIn(region, from + rest, scratch, 0, n, length - rest - n);
            try {
                region.writeDescending(to + rest, scratch, 0, n);
            } catch (RegionFaultException fault) {
                throw fault.within(length - rest - n + fault.completed());
            }
        }
    }

    /** The buffer is a queue of source bytes that their destination's predecessors overwrite. */
    private static void buffered(RegionAccessor region, long from, long to, long length, MemorySegment queue) {
        long distance = to - from;
        long capacity = queue.byteSize();
        MemorySegment scratch = Scratch.get();
        // Destination bytes 0 .. d - 1 come straight from the source; what they overwrite is queued first, as far as it is source.
        long queued = Math.min(distance, length - distance);
        copyIn(region, from + distance, queue, 0, queued, 0);
        straight(region, from, to, distance, 0);
        // From here on each byte written comes from the queue, and the source byte it overwrites takes its place.
        for (long done = distance; done < length;) {
            long at = (done - distance) % capacity;
            long n = Math.min(Math.min(Scratch.SIZE, length - done), capacity - at);
            long overwritten = Math.max(0, Math.min(n, length - done - distance));
            copyIn(region, to + done, scratch, 0, overwritten, done);
            copyOut(region, to + done, queue, at, n, done);
            MemorySegment.copy(scratch, 0, queue, at, overwritten);
            done += n;
        }
    }

    private static void copyIn(RegionAccessor region, long offset, MemorySegment ram, long ramOffset, long length, long completed) {
        try {
            region.read(offset, ram, ramOffset, length, Order.ASCENDING);
        } catch (RegionFaultException fault) {
            throw fault.within(completed);
        }
    }

    private static void copyOut(RegionAccessor region, long offset, MemorySegment ram, long ramOffset, long length, long completed) {
        try {
            region.write(offset, ram, ramOffset, length, Order.ASCENDING);
        } catch (RegionFaultException fault) {
            throw fault.within(completed + fault.completed());
        }
    }
}
