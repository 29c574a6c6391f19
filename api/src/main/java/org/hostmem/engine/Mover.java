package org.hostmem.engine;

import java.lang.foreign.MemorySegment;
import org.hostmem.AccessPlan;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.DeviceLimits;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.OverlapPolicy;
import org.hostmem.RegionFaultException;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;
import org.hostmem.spi.Faults;
import org.hostmem.spi.MappedAccessor;
import org.hostmem.spi.MappedAccessor.Order;
import org.hostmem.spi.SharedMemory;
import org.hostmem.spi.UnsupportedRequests;
import org.jspecify.annotations.Nullable;

/**
 * Carries out a {@link Transfer} for one pair of ranges. All threads share a few movers, so that nothing is allocated.
 * A mover is out of the pool while it is in use, because a listener or a device model may copy too. All its accesses
 * are in a few small methods. {@link Rehearsal} overrides them, to record the accesses instead.
 *
 * <p>Cuts are made at multiples of 64 of the side that is accessed, so that no plan changes. Bytes that one side's cut
 * leaves over stay in the block until the next round.
 */
public class Mover {

    static final int BLOCK = MappedAccessor.RING_BLOCK;
    static final int LINE = 64;
    /** The bytes between two reports of progress. A transfer can stop only at a report. */
    public static final int STEP = 1 << 16;

    private static final long APART = Long.MAX_VALUE;
    private static final Pool<Mover> POOL = new Pool<>(Mover::new);

    private final MemorySegment block = MemorySegment.ofArray(new byte[BLOCK]);
    private final UpwardMove upward = new UpwardMove(this);

    @SuppressWarnings("NullAway.Init")
    HostMemoryAccessor source;

    long from;
    long sourceAddress;

    @SuppressWarnings("NullAway.Init")
    HostMemoryAccessor target;

    long to;
    long targetAddress;
    TransferOrder order = TransferOrder.ASCENDING;
    /** The buffer of an upward move, if it was allocated before; else null. */
    @Nullable
    MemorySegment ring;

    private long length;
    private @Nullable Saved saved;
    private final Forgiving reads = new Forgiving();
    private final Forgiving writes = new Forgiving();
    private Transfer.Progress progress = Transfer.Progress.NONE;
    private long before;
    private long total;
    private long reported;
    private Transfer.Result result = new Transfer.Result(0, 0);

    Mover() {}

    // ---- one pair of ranges

    public static Transfer.Result copy(
            Transfer how, HostMemoryAccessor source, long from, HostMemoryAccessor target, long to, long length) {
        Mover mover = POOL.take();
        try {
            return mover.result(mover.checkedMove(how, source, from, target, to, length), length);
        } finally {
            mover.giveBack();
        }
    }

    private long checkedMove(
            Transfer how, HostMemoryAccessor source, long from, HostMemoryAccessor target, long to, long length) {
        source.check(Direction.READ, from, length, how.order());
        target.check(Direction.WRITE, to, length, how.order());
        long distance = distance(source, from, target, to, length);
        OverlapPolicy overlap = overlap(how, source, target);
        checkOverlap(overlap, how.budget(), distance, length);
        set(how.order(), source, from, target, to, length);
        report(how.progress(), 0, length);
        return move(distance, overlap);
    }

    // ---- many, one after the other

    static Mover take() {
        return POOL.take();
    }

    @SuppressWarnings("NullAway") // The pool must not keep the accessors reachable.
    final void giveBack() {
        source = null;
        target = null;
        ring = null;
        saved = null;
        reads.end();
        writes.end();
        progress = Transfer.Progress.NONE;
        POOL.give(this);
    }

    /** Keeps the same object for the same accessor, so that repeated copies allocate nothing. */
    final Transfer.Result result(long completed, long length) {
        if (result.completed() != completed || result.length() != length) {
            result = new Transfer.Result(completed, length);
        }
        return result;
    }

    /** Copies a part of {@code total} bytes, of which {@code before} bytes are copied already. */
    final void report(Transfer.Progress progress, long before, long total) {
        this.progress = progress;
        this.before = before;
        this.total = total;
        this.reported = 0;
    }

    /** Sets the bytes of the source that were read already and must not be read again; null if there are none. */
    final void use(@Nullable Saved saved) {
        this.saved = saved;
    }

    /** Saves these bytes before they are overwritten. It comes before all other accesses of the request. */
    final void save(Saved some) {
        saved = null;
        some.forEach((at, n, place) -> read(at, some.memory(), place, n, 0));
        saved = some;
    }

    final void set(
            TransferOrder order,
            HostMemoryAccessor source,
            long from,
            HostMemoryAccessor target,
            long to,
            long length) {
        this.order = order;
        this.source = source;
        this.from = from;
        this.sourceAddress = MappedAccessor.addressOf(source) + from;
        this.target = target;
        this.to = to;
        this.targetAddress = MappedAccessor.addressOf(target) + to;
        this.length = length;
        if (isReal()) {
            reads.ask(source);
            writes.ask(target);
        }
    }

    /** The distance from the source up to the target, if the two are known to be the same memory. */
    public static long distance(HostMemoryAccessor source, long from, HostMemoryAccessor target, long to, long length) {
        boolean known = isSame(UnsupportedRequests.wholeRegion(source), UnsupportedRequests.wholeRegion(target));
        long distance = MappedAccessor.addressOf(target) + to - (MappedAccessor.addressOf(source) + from);
        return known && distance < length && distance > -length ? distance : APART;
    }

    /** Whether two roots reach the same memory, or the same address space. */
    private static boolean isSame(HostMemoryAccessor source, HostMemoryAccessor target) {
        return source == target
                || (source instanceof MappedAccessor && target instanceof MappedAccessor)
                || (source instanceof SharedMemory one
                        && target instanceof SharedMemory other
                        && one.memory().equals(other.memory()));
    }

    /** Whether there are no units to keep in order: the machine chooses those of both sides. */
    public static boolean isFree(Transfer how, HostMemoryAccessor source, HostMemoryAccessor target) {
        return source.rules().choosesUnits(how.order()) && target.rules().choosesUnits(how.order());
    }

    /** The policy that counts: where there is no order to keep, a buffer for it would be in vain. */
    public static OverlapPolicy overlap(Transfer how, HostMemoryAccessor source, HostMemoryAccessor target) {
        return how.overlap() == OverlapPolicy.KEEP_ORDER && isFree(how, source, target)
                ? OverlapPolicy.MEMMOVE_ORDER
                : how.overlap();
    }

    public static boolean isRefused(OverlapPolicy overlap, long budget, long distance, long length) {
        return distance != APART
                && (overlap == OverlapPolicy.REJECT || buffer(overlap, distance, length) > Math.max(0, budget));
    }

    static void checkOverlap(OverlapPolicy overlap, long budget, long distance, long length) {
        if (isRefused(overlap, budget, distance, length)) {
            throw new AccessRejectedException(
                    overlap == OverlapPolicy.REJECT ? Reason.OVERLAP : Reason.BUDGET,
                    "a copy of " + length + " bytes to 0x" + Long.toHexString(Math.abs(distance)) + " bytes "
                            + (distance < 0 ? "below" : "above") + " its source"
                            + (overlap == OverlapPolicy.REJECT
                                    ? " overlaps it. The policy REJECT forbids that: choose OverlapPolicy.KEEP_ORDER or"
                                            + " MEMMOVE_ORDER"
                                    : " overlaps it. To keep its order it needs a buffer of "
                                            + buffer(overlap, distance, length)
                                            + " bytes, and the budget is " + budget
                                            + ": raise it, or choose OverlapPolicy.MEMMOVE_ORDER"));
        }
    }

    /** The number of bytes that must be kept. */
    public static long buffer(OverlapPolicy overlap, long distance, long length) {
        return overlap == OverlapPolicy.KEEP_ORDER && isUpwards(distance) ? Math.min(distance, length - distance) : 0;
    }

    public static boolean isUpwards(long distance) {
        return distance > 0 && distance != APART;
    }

    final long move(long distance, OverlapPolicy overlap) {
        if (!isUpwards(distance)) {
            return straight();
        }
        return overlap == OverlapPolicy.MEMMOVE_ORDER ? descending() : upward.move(distance, length);
    }

    /** Copies ascending. This is right unless the target begins inside the source, above its start. */
    private long straight() {
        for (long done = 0; done < length; ) {
            long step = upTo64(targetAddress + done, length - done, STEP);
            if (!copyDirectly(done, step)) {
                return throughBlock(done);
            }
            done += step;
            if (stopped(done)) {
                return done;
            }
        }
        return length;
    }

    /** Writes the bytes that were read before it does anything else, because a device must not be read again. */
    private long throughBlock(long done) {
        long read = done;
        long written = done;
        while (read < length) {
            long in = upTo64(sourceAddress + read, length - read, BLOCK - (read - written));
            readOn(written, read, in);
            read += in;
            long out = read == length
                    ? length - written
                    : Math.max(0, (targetAddress + read & -64) - (targetAddress + written));
            write(written, block, 0, out);
            written += out;
            keep(block, out, block, 0, read - written);
            if (stopped(written)) {
                long end = isTaken(written, read) ? read : Math.min(length, upToUnit(read));
                readOn(written, read, end - read);
                write(written, block, 0, end - written);
                return end;
            }
        }
        return length;
    }

    /**
     * Reads behind the bytes that wait in the block. At a fault it first writes the bytes that were read, as far as the
     * target accepts them, and then throws.
     */
    private void readOn(long written, long read, long n) {
        try {
            get(read, block, read - written, n);
        } catch (RegionFaultException fault) {
            long end = read + fault.completed();
            end = isTaken(written, end) ? end : Math.max(written, downToUnit(end));
            write(written, block, 0, end - written);
            throw Faults.within(fault, before + end);
        }
    }

    /** As {@link #throughBlock} where bytes that one side's cut leaves over wait in the block. */
    private long descending() {
        long read = length; // the bytes from here on were read
        for (long rest = length; rest > 0; ) {
            long step = downTo64(targetAddress + rest, rest, STEP);
            if (read == rest && copyDownwards(rest - step, step)) {
                rest -= step;
                read = rest;
            } else {
                long in = downTo64(sourceAddress + read, read, BLOCK - (rest - read));
                readDown(rest, read, in);
                read -= in;
                long start = read == 0 ? 0 : Math.min(rest, (targetAddress + read + LINE - 1 & -LINE) - targetAddress);
                writeDescending(start, start - read, rest - start);
                rest = start;
            }
            if (stopped(length - rest)) {
                long start = isTaken(read, rest) ? read : Math.max(0, downToUnit(read));
                readDown(rest, read, read - start);
                writeDescending(start, 0, rest - start);
                return length - start;
            }
        }
        return length;
    }

    /** As {@link #readOn}, before the bytes that wait in the block. */
    private void readDown(long rest, long read, long n) {
        keep(block, 0, block, n, rest - read);
        try {
            get(read - n, block, 0, n);
        } catch (RegionFaultException fault) {
            long start = isTaken(read, rest) ? read : Math.min(rest, upToUnit(read));
            writeDescending(start, n + start - read, rest - start);
            throw Faults.within(fault, before + length - start);
        }
    }

    /** Whether the target accepts some bytes by themselves. */
    private boolean isTaken(long at, long end) {
        return target.planBulk(Direction.WRITE, to + at, end - at, order).verdict() != AccessPlan.Verdict.REJECTED;
    }

    /** The place up to which the target may be cut, whatever units it accepts. */
    private long downToUnit(long at) {
        return (targetAddress + at & -LimitedUnits.grain(target.options().limits())) - targetAddress;
    }

    private long upToUnit(long at) {
        int grain = LimitedUnits.grain(target.options().limits());
        return (targetAddress + at + grain - 1 & -grain) - targetAddress;
    }

    private void writeDescending(long at, long place, long n) {
        long done = length - at - n;
        DeviceLimits limits = target.options().limits();
        try {
            if (target instanceof MappedAccessor && limits.isNone()) {
                putDescending(at, block, place, n);
                return;
            }
            for (long rest = n; rest > 0; ) {
                int unit = LimitedUnits.stepDownwards(limits, target.rules(), order, targetAddress + at + rest, rest);
                rest -= unit;
                put(at + rest, block, place + rest, unit);
                done += unit;
            }
        } catch (RegionFaultException fault) {
            throw Faults.within(fault, before + done + fault.completed());
        }
    }

    void read(long at, MemorySegment ram, long ramOffset, long n, long done) {
        try {
            get(at, ram, ramOffset, n);
        } catch (RegionFaultException fault) {
            throw Faults.within(fault, before + done);
        }
    }

    void write(long at, MemorySegment ram, long ramOffset, long n) {
        try {
            put(at, ram, ramOffset, n);
        } catch (RegionFaultException fault) {
            throw Faults.within(fault, before + at + fault.completed());
        }
    }

    /**
     * Of target bytes, and the source bytes {@code distance} further on, which are at the same place, or some that come
     * after them.
     */
    boolean moveThroughRing(long at, MemorySegment ring, long place, long distance, long n) {
        try {
            return mayBeDirect()
                    && target instanceof MappedAccessor mapped
                    && source instanceof MappedAccessor other
                    && moveThroughRing(other, mapped, at, ring, place, distance, n);
        } catch (RegionFaultException fault) {
            throw Faults.within(fault, before + at + fault.completed());
        }
    }

    private boolean mayBeDirect() {
        return saved == null && !reads.isNeeded() && !writes.isNeeded();
    }

    boolean copyDirectly(long at, long n) {
        return copyDirectly(at, n, order());
    }

    private boolean copyDownwards(long at, long n) {
        return (order == TransferOrder.UNOBSERVED && copyDirectly(at, n, Order.UNOBSERVED))
                || copyDirectly(at, n, Order.DESCENDING);
    }

    /** No switch: it is a class of its own, which would be initialised by a copy. */
    private Order order() {
        return order == TransferOrder.ASCENDING
                ? Order.ASCENDING
                : order == TransferOrder.RELAXED ? Order.ANY : Order.UNOBSERVED;
    }

    private boolean copyDirectly(long at, long n, Order direction) {
        try {
            return mayBeDirect()
                    && target instanceof MappedAccessor mapped
                    && source instanceof MappedAccessor other
                    && copyDirectly(other, mapped, at, n, direction);
        } catch (RegionFaultException fault) {
            throw Faults.within(
                    fault, before + (direction == Order.DESCENDING ? length - at - n : at) + fault.completed());
        }
    }

    // ---- saved bytes are not read again; nothing is accessed after an unsupported request

    private void get(long at, MemorySegment ram, long ramOffset, long n) {
        if (saved == null) {
            fetchOrOnes(at, ram, ramOffset, n);
            return;
        }
        for (long done = 0; done < n; ) {
            long end = Math.min(at + n, saved.end(at + done));
            long part = end - at - done;
            long place = saved.place(at + done);
            if (place >= 0) {
                keep(saved.memory(), place, ram, ramOffset + done, part);
            } else {
                try {
                    fetchOrOnes(at + done, ram, ramOffset + done, part);
                } catch (RegionFaultException fault) {
                    throw Faults.within(fault, done + fault.completed());
                }
            }
            done += part;
        }
    }

    private void fetchOrOnes(long at, MemorySegment ram, long ramOffset, long n) {
        long completed = 0;
        if (!reads.isOver()) {
            try {
                fetch(at, ram, ramOffset, n);
                return;
            } catch (RegionFaultException fault) {
                reads.forgive(fault);
                completed = fault.completed();
            }
        }
        ram.asSlice(ramOffset + completed, n - completed).fill((byte) -1);
    }

    private void put(long at, MemorySegment ram, long ramOffset, long n) {
        if (!writes.isOver()) {
            try {
                store(at, ram, ramOffset, n);
            } catch (RegionFaultException fault) {
                writes.forgive(fault);
            }
        }
    }

    private void putDescending(long at, MemorySegment ram, long ramOffset, long n) {
        if (!writes.isOver()) {
            try {
                storeDescending(at, ram, ramOffset, n);
            } catch (RegionFaultException fault) {
                writes.forgive(fault);
            }
        }
    }

    // ---- all that is done to memory

    void fetch(long at, MemorySegment ram, long ramOffset, long n) {
        reads.accessor().readBytes(from + at, ram, ramOffset, n, order);
    }

    void store(long at, MemorySegment ram, long ramOffset, long n) {
        writes.accessor().writeBytes(to + at, ram, ramOffset, n, order);
    }

    void storeDescending(long at, MemorySegment ram, long ramOffset, long n) {
        ((MappedAccessor) writes.accessor()).writeDescending(to + at, ram, ramOffset, n);
    }

    boolean copyDirectly(MappedAccessor other, MappedAccessor mapped, long at, long n, Order direction) {
        return mapped.copyDirectly(other.forDirectReads(), from + at, to + at, n, direction);
    }

    boolean moveThroughRing(
            MappedAccessor other,
            MappedAccessor mapped,
            long at,
            MemorySegment ring,
            long place,
            long distance,
            long n) {
        return mapped.moveThroughRing(
                other.forDirectReads(),
                from + at + distance + MappedAccessor.readAhead(distance),
                to + at,
                ring,
                place,
                distance,
                n,
                order == TransferOrder.ASCENDING ? Order.ASCENDING : Order.ANY);
    }

    void keep(MemorySegment here, long offset, MemorySegment there, long thereOffset, long n) {
        MemorySegment.copy(here, offset, there, thereOffset, n);
    }

    /** Whether bytes are moved, so that a buffer is needed. */
    boolean isReal() {
        return true;
    }

    // ---- progress

    boolean stopped(long done) {
        if (done - reported < STEP && done < length) {
            return false;
        }
        reported = done;
        return !progress.goOn(before + done, total) && done < length;
    }

    /** Moves at most {@code most} bytes, which is much more than 64. */
    static long upTo64(long address, long rest, long most) {
        return rest <= most ? rest : (address + most & -64) - address;
    }

    private static long downTo64(long end, long rest, long most) {
        return rest <= most ? rest : end - (end - most + 63 & -64);
    }
}
