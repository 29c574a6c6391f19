package org.hostmem.engine;

import java.lang.foreign.MemorySegment;
import org.hostmem.AccessPlan;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.Transfer;
import org.hostmem.spi.MappedAccessor;
import org.hostmem.spi.MappedAccessor.Order;
import org.jspecify.annotations.Nullable;

/**
 * Goes through the motions of a transfer and notes the accesses of one side instead of making any, so that a plan is
 * what the transfer does.
 */
public final class Rehearsal extends Mover {

    private static final int WIDEST_DESCENDING = 8;

    private final Direction side;
    private final TransferRunSieve visitor;

    // The run that the next accesses may continue.
    private long offset;
    private int width;
    private long count;
    private boolean descending;
    private boolean enough;

    public Rehearsal(Direction side, TransferRunSieve visitor) {
        this.side = side;
        this.visitor = visitor;
    }

    /** Tells the visitor of the last run, too; {@code saved} may be null. */
    public void move(
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
        end();
    }

    @Override
    void fetch(long at, MemorySegment ram, long ramOffset, long n) {
        if (side == Direction.READ) {
            note(source.planBulk(Direction.READ, from + at, n, order));
        }
    }

    @Override
    void store(long at, MemorySegment ram, long ramOffset, long n) {
        if (side == Direction.WRITE) {
            note(target.planBulk(Direction.WRITE, to + at, n, order));
        }
    }

    @Override
    void storeDescending(long at, MemorySegment ram, long ramOffset, long n) {
        if (side == Direction.WRITE) {
            noteDescending(MappedAccessor.addressOf(target) + to + at, to + at, n);
        }
    }

    /** An ascending one makes the accesses of the bulk plans, however it goes. */
    @Override
    boolean copyDirectly(MappedAccessor other, MappedAccessor mapped, long at, long n, Order direction) {
        if (!mapped.copyDirectly(other.forDirectReads(), from + at, to + at, 0, direction)) {
            return false;
        }
        if (direction == Order.DESCENDING) {
            long here = side == Direction.READ ? from + at : to + at;
            noteDescending((side == Direction.READ ? other : mapped).address() + here, here, n);
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
    boolean exchange(
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

    @Override
    boolean stopped(long done) {
        return enough;
    }

    private void note(AccessPlan plan) {
        SharedSecrets.plans().visitRuns(plan, (at, each, times) -> {
            note(at, each, times, false);
            return !enough;
        });
    }

    private void noteDescending(long address, long at, long n) {
        for (long rest = n; rest > 0; ) {
            int unit = Ladder.unit(address + rest, rest, WIDEST_DESCENDING);
            long units = unit == WIDEST_DESCENDING ? rest / unit : 1;
            note(at + rest - unit, unit, units, true);
            rest -= units * unit;
        }
    }

    /** One access is a run in either direction. */
    private void note(long at, int each, long times, boolean down) {
        boolean isUp = !down || times == 1;
        boolean isDown = down || times == 1;
        if (count > 0 && each == width && isUp && (!descending || count == 1) && at == offset + count * width) {
            descending = false;
            count += times;
        } else if (count > 0 && each == width && isDown && (descending || count == 1) && at == offset - count * width) {
            descending = true;
            count += times;
        } else {
            end();
            offset = at;
            width = each;
            count = times;
            descending = down;
        }
    }

    private void end() {
        if (count > 0 && !enough) {
            enough = !visitor.run(offset, width, count, descending && count > 1);
        }
        count = 0;
    }
}
