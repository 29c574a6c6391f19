package org.hostmem.arch.generic;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.Set;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.AccessRules;
import org.hostmem.Direction;
import org.hostmem.FaultPolicy;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.HostMemoryException;
import org.hostmem.RegionCapabilities;
import org.hostmem.RegionClosedException;
import org.hostmem.TransferOrder;
import org.hostmem.engine.Checks;
import org.hostmem.engine.Ladder;
import org.hostmem.engine.RamSide;
import org.hostmem.spi.Faults;
import org.hostmem.spi.MappedAccessor;
import org.hostmem.spi.MappedRegion;
import org.hostmem.spi.UnsupportedRequests;

/**
 * What an accessor is: of which memory, under which rules, what may be accessed now (R10), until when, and its views.
 * Its plans, too, but no access.
 */
abstract class OpenRegion implements MappedAccessor, UnsupportedRequests {

    private static final int WIDEST_DESCENDING = 8;

    final MappedRegion region;
    final AccessRules rules;
    final long base;
    private final Set<Guarantee> guarantees;

    /**
     * The memory, if its owner may end it at any time or it is one thread's alone: its arena is asked and held. Else
     * null.
     */
    final MemorySegment lent;

    // One comparison tells bounds, rights and lifetime: both are -1 once closed or while a fault is foreseen, and one
    // is -1 where there is no such right, so that an empty transfer is
    // refused too. Of lent memory they are always -1: every access asks all. Volatile, so that a loop that does nothing
    // else sees the close.
    private volatile long readLimit;
    private volatile long writeLimit;
    private volatile boolean closed;
    /** What an access would come to; null if nothing is foreseen. */
    private volatile String foreseen;

    // The accessor of the whole region, which ends its views: itself, or what this is a view of. Its lock is that of
    // all of them.
    final OpenRegion whole;
    /** What this was made of, which it ends with and keeps reachable; null of the whole. */
    private final OpenRegion parent;

    private boolean hasViews;
    /** Of the whole. */
    private final Views views;

    private final Object releasing = new Object();
    private volatile boolean released;
    /** Made when it is asked for. */
    private volatile OpenRegion throwing; // its limits are set after it is made

    private final Users users;

    /** {@code parent} is what this is a view of, or null. */
    OpenRegion(MappedRegion region, AccessRules rules, Set<Guarantee> guarantees, OpenRegion parent) {
        this.region = region;
        this.parent = parent;
        this.whole = parent == null ? this : parent.whole;
        this.users = parent == null ? new Users() : parent.users;
        this.views = parent == null ? new Views() : parent.views;
        this.lent = isLent(region, parent) ? region.memory() : null;
        this.rules = rules;
        this.guarantees = Set.copyOf(guarantees);
        this.base = region.memory().address();
        if (parent == null) {
            UserAddresses.check(region.memory());
        }
        if (lent != null && !lent.scope().isAlive()) {
            throw memoryEnded();
        }
        setLimits();
    }

    /** A view is lent as what it is a view of. */
    static boolean isLent(MappedRegion region, OpenRegion parent) {
        return parent == null ? region.isLent() : parent.lent != null;
    }

    /** An accessor of the subclass, for a part of the same memory. */
    abstract OpenRegion view(MappedRegion part);

    // ---- what it is

    @Override
    public final long size() {
        return region.capabilities().size();
    }

    @Override
    public final RegionCapabilities capabilities() {
        return region.capabilities();
    }

    @Override
    public final AccessOptions options() {
        return region.options();
    }

    @Override
    public final AccessRules rules() {
        return rules;
    }

    @Override
    public final Set<Guarantee> guarantees() {
        return guarantees;
    }

    @Override
    public final long address() {
        return base;
    }

    @Override
    public final String toString() {
        return capabilities().cacheMode() + " memory of " + size() + " bytes, " + rules.isa()
                + (capabilities().writable() ? "" : ", read-only") + (closed ? ", closed" : "");
    }

    // ---- plans

    @Override
    public final AccessPlan planScalar(long offset, int width) {
        Checks.scalarWidth(width);
        checkInside(offset, width);
        return AccessPlan.scalar(rules, options().unaligned(), base + offset, offset, width);
    }

    @Override
    public final AccessPlan planBulk(Direction direction, long offset, long length, TransferOrder order) {
        checkInside(offset, length);
        return AccessPlan.bulk(rules, direction, order, base + offset, offset, length);
    }

    final int widest(Direction direction, Order order) {
        return order == Order.DESCENDING
                ? WIDEST_DESCENDING
                : rules.widest(direction, order == Order.ASCENDING ? TransferOrder.ASCENDING : TransferOrder.RELAXED);
    }

    // ---- checks

    /** Returns the address. */
    final long checkRead(long offset, long length) {
        if ((offset | length) < 0 || offset > readLimit - length) {
            checkAll(offset, length, Direction.READ);
        }
        return base + offset;
    }

    /** Returns the address. */
    final long checkWrite(long offset, long length) {
        if ((offset | length) < 0 || offset > writeLimit - length) {
            checkAll(offset, length, Direction.WRITE);
        }
        return base + offset;
    }

    @Override
    public final void check(Direction direction, long offset, long length) {
        if (Objects.requireNonNull(direction) == Direction.READ) {
            checkRead(offset, length);
        } else {
            checkWrite(offset, length);
        }
    }

    private void checkInside(long offset, long length) {
        checkUsable();
        checkBounds(offset, length);
    }

    private void checkBounds(long offset, long length) {
        if ((offset | length) < 0 || offset > size() - length) {
            throw Checks.outside(length, offset, size());
        }
    }

    /** Whether it is open, and of this thread; of what is lent its owner decides. */
    final void checkUsable() {
        if (closed) {
            throw closed();
        }
        if (lent != null) {
            if (!lent.scope().isAlive()) {
                throw memoryEnded();
            }
            if (!lent.isAccessibleBy(Thread.currentThread())) {
                throw otherThread();
            }
        }
    }

    /** Everything, one after the other: what one comparison has refused, or cannot tell as the memory is lent. */
    private void checkAll(long offset, long length, Direction direction) {
        checkUsable();
        checkBounds(offset, length);
        if (!hasRight(direction)) {
            throw new AccessRejectedException(
                    Checks.noRightTo(direction),
                    direction == Direction.READ
                            ? "the region may not be read: the host does not allow it"
                            : "the region may not be written: it is read-only");
        }
        if (lent == null || foreseen != null) {
            throw foreseen(offset, length, direction);
        }
    }

    private RuntimeException foreseen(long offset, long length, Direction direction) {
        int width = Math.max(1, Ladder.unit(base + offset, length, widest(direction, Order.ASCENDING)));
        synchronized (whole) { // whoever changes the limits holds this, so that the reason is complete
            if (closed) {
                return closed();
            }
            return Faults.foreseen(
                    offset,
                    direction,
                    width,
                    foreseen == null ? "the memory was off until just now: try again" : foreseen,
                    options().faultTraces());
        }
    }

    private boolean hasRight(Direction direction) {
        return direction == Direction.READ
                ? capabilities().readable()
                : capabilities().writable();
    }

    private static RegionClosedException closed() {
        return new RegionClosedException("the accessor is closed; open the region again");
    }

    private static RegionClosedException memoryEnded() {
        return new RegionClosedException(
                "the memory of the region is closed, by whoever keeps it; open it again, of an arena that lives as"
                        + " long as its accessor");
    }

    private static AccessRejectedException otherThread() {
        return new AccessRejectedException(
                Reason.WRONG_THREAD,
                "the memory of the region is of a confined arena of another thread, and "
                        + Thread.currentThread().getName()
                        + " may not use it: access it in its own thread, or lend memory of a shared arena"
                        + " (Arena.ofShared)");
    }

    /**
     * What the JVM says of the memory's arena: it was closed by {@link #close()} in another thread or by the owner of
     * lent memory, or is another thread's. No other way is tried. Of a confined arena that is closed, too, the JVM
     * names the thread.
     */
    final HostMemoryException memoryClosed(RuntimeException refused) {
        HostMemoryException typed = region.memory().scope().isAlive() && refused instanceof WrongThreadException
                ? otherThread()
                : closed ? closed() : memoryEnded();
        typed.initCause(refused);
        return typed;
    }

    /** As {@link #memoryClosed}, of a call that was given two segments: this region's, and that on the RAM side. */
    final HostMemoryException eitherClosed(MemorySegment ram, RuntimeException refused) {
        checkUsable();
        RamSide.checkUsable(ram);
        return memoryClosed(refused);
    }

    // ---- from when to when

    final boolean mayRead() {
        return may(Direction.READ);
    }

    final boolean mayWrite() {
        return may(Direction.WRITE);
    }

    private boolean may(Direction direction) {
        return !closed && foreseen == null && hasRight(direction);
    }

    private void setLimits() {
        readLimit = lent == null && mayRead() ? size() : -1;
        writeLimit = lent == null && mayWrite() ? size() : -1;
    }

    final boolean isClosed() {
        return closed;
    }

    @Override
    public final void foresee(String cause) {
        synchronized (whole) {
            whole.limit(cause);
            views.forEach(view -> view.limit(cause));
        }
    }

    /**
     * Refuses every access, if there is a cause to and the policy is to throw; else allows those that there is a right
     * to.
     */
    void limit(String cause) {
        if (closed) {
            return;
        }
        foreseen = options().fault() == FaultPolicy.THROW ? cause : null;
        setLimits();
    }

    @Override
    public final void addUser(Runnable end) {
        users.add(end);
    }

    @Override
    public final void removeUser(Runnable end) {
        users.remove(end);
    }

    @Override
    public final void close() {
        if (this == whole) {
            users.end();
        }
        synchronized (whole) {
            if (!closed) {
                end();
            }
            if (hasViews) { // again, if the first close was cut short
                endViews();
            }
        }
        release();
    }

    /** In the order in which they were made: what a view was made of ends before it. */
    private void endViews() {
        views.forEach(view -> {
            if (view.parent.closed && !view.closed) {
                view.end();
            }
        });
    }

    /**
     * Until it has succeeded once. A keeper decides by itself how long who closes at the same time waits; for another
     * release he waits for its end, and tries himself if it failed.
     */
    private void release() {
        if (region.release() instanceof MappedRegion.Keeper keeper) {
            if (!released) {
                keeper.run();
                released = true;
            }
            return;
        }
        synchronized (releasing) {
            if (!released) {
                region.release().run();
                released = true;
            }
        }
    }

    /** No access begins after this. */
    void end() {
        closed = true;
        setLimits();
    }

    // ---- views

    @Override
    public final HostMemoryAccessor slice(long offset, long size) {
        checkInside(offset, size);
        return adopted(region.memory().asSlice(offset, size), capabilities().slice(offset, size), options());
    }

    @Override
    public final HostMemoryAccessor readOnly() {
        checkInside(0, size());
        return adopted(region.memory(), capabilities().readOnly(), options());
    }

    @Override
    public final HostMemoryAccessor withByteOrder(ByteOrder order) {
        checkInside(0, size());
        return adopted(region.memory(), capabilities(), options().with(order));
    }

    @Override
    public final HostMemoryAccessor wholeRegion() {
        return whole;
    }

    @Override
    public final long regionOffset() {
        return base - whole.base;
    }

    @Override
    public final HostMemoryAccessor throwing() {
        if (options().fault() == FaultPolicy.THROW) {
            return this;
        }
        OpenRegion twin = throwing;
        if (twin == null || twin.closed) {
            twin = adopted(region.memory(), capabilities(), options().with(FaultPolicy.THROW));
            throwing = twin;
        }
        return twin;
    }

    private OpenRegion adopted(MemorySegment memory, RegionCapabilities capabilities, AccessOptions options) {
        OpenRegion view = view(MappedRegion.borrowed(memory, capabilities, options, region.permanence()));
        synchronized (whole) {
            if (closed) {
                throw closed();
            }
            hasViews = true;
            views.add(view);
            view.limit(whole.foreseen);
        }
        return view;
    }

    @Override
    public final MemorySegment asSegment() {
        if (capabilities().cacheMode().isDevice()) {
            return MappedAccessor.super.asSegment();
        }
        check(capabilities().readable() ? Direction.READ : Direction.WRITE, 0, size());
        return capabilities().writable() ? region.memory() : region.memory().asReadOnly();
    }
}
