package org.hostmem.engine;

import java.lang.foreign.MemorySegment;
import org.hostmem.AccessPlan;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.Transfer;
import org.hostmem.spi.MappedAccessor;
import org.hostmem.spi.MappedAccessor.Order;
import org.jspecify.annotations.Nullable;

/** Runs the code of a transfer, and notes its accesses instead of making them. So a plan is what the transfer does. */
public final class Rehearsal extends Mover {

    private static final int WIDEST_DESCENDING = 8;

    private final TransferSteps reads = new TransferSteps();
    private final TransferSteps writes = new TransferSteps();

    /** Makes the rehearsal of a transfer; {@code saved} may be null. */
    public Rehearsal(
            Transfer how,
            HostMemoryAccessor source,
            long from,
            HostMemoryAccessor target,
            long to,
            long length,
            @Nullable Saved saved) {
        set(how.order(), source, from, target, to, length);
        if (saved != null) {
            save(saved);
        }
        move(distance(source, from, target, to, length), how.overlap());
    }

    /** {@return what is read from the source} */
    public TransferSteps reads() {
        return reads;
    }

    /** {@return what is written to the target} */
    public TransferSteps writes() {
        return writes;
    }

    @Override
    void fetch(long at, MemorySegment ram, long ramOffset, long n) {
        reads.add(source.planBulk(Direction.READ, from + at, n, order), false);
    }

    @Override
    void store(long at, MemorySegment ram, long ramOffset, long n) {
        writes.add(target.planBulk(Direction.WRITE, to + at, n, order), false);
    }

    @Override
    void storeDescending(long at, MemorySegment ram, long ramOffset, long n) {
        writes.add(descending(MappedAccessor.addressOf(target) + to + at, to + at, n), true);
    }

    /** An ascending one makes the accesses of the bulk plans, however it goes. */
    @Override
    boolean copyDirectly(MappedAccessor other, MappedAccessor mapped, long at, long n, Order direction) {
        if (!mapped.copyDirectly(other.forDirectReads(), from + at, to + at, 0, direction)) {
            return false;
        }
        if (direction == Order.DESCENDING) {
            reads.add(descending(other.address() + from + at, from + at, n), true);
            writes.add(descending(mapped.address() + to + at, to + at, n), true);
        } else {
            fetch(at, MemorySegment.NULL, 0, n);
            store(at, MemorySegment.NULL, 0, n);
        }
        return true;
    }

    @Override
    void keep(MemorySegment here, long offset, MemorySegment there, long thereOffset, long n) {
        // There is nothing in it.
    }

    /** The other way makes the same accesses. */
    @Override
    boolean moveThroughRing(
            MappedAccessor other,
            MappedAccessor mapped,
            long at,
            MemorySegment ring,
            long place,
            long distance,
            long n) {
        return false;
    }

    @Override
    boolean isReal() {
        return false;
    }

    /** The units are those of an ascending transfer: either way each is the widest that the alignment allows. */
    private static AccessPlan descending(long address, long offset, long n) {
        return new PlannedRuns().addLadder(address, n, WIDEST_DESCENDING).plan(AccessPlan.Verdict.BULK, offset);
    }
}
