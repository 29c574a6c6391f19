package org.hostmem.lab.storm;

import org.hostmem.AccessPlan;
import org.hostmem.Direction;
import org.hostmem.RegionFaultException;
import org.hostmem.RegionFaultException.Side;

/**
 * What the exception of one fault must say: where, which way, how wide the access was, and how many bytes of the
 * request came before it.
 */
record ExpectedFault(Direction direction, long offset, int width, long completed) {

    /** The first access of a plan that touches something at an offset, or behind it. */
    static ExpectedFault firstAt(long edge, Direction direction, AccessPlan plan) {
        long[] found = {-1, 0, 0};
        plan.forEach((offset, width) -> {
            if (found[0] < 0 && offset + width > edge) {
                found[0] = offset;
                found[1] = width;
            } else if (found[0] < 0) {
                found[2] += width;
            }
        });
        return new ExpectedFault(direction, found[0], (int) found[1], found[2]);
    }

    /** Expects one byte more than there are: to see that it is noticed. */
    ExpectedFault wrong() {
        return new ExpectedFault(direction, offset, width, completed + 1);
    }

    boolean holds(RegionFaultException fault) {
        return fault != null
                && fault.side() == Side.REGION
                && fault.direction() == direction
                && fault.offset() == offset
                && fault.width() == width
                && fault.completed() == completed;
    }
}
