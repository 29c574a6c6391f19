package org.hostmem.arch.generic;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.hostmem.AccessOptions;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.AccessRules;
import org.hostmem.Direction;
import org.hostmem.FaultPolicy;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.HostMemoryException;
import org.hostmem.RegionCapabilities;
import org.hostmem.RegionClosedException;
import org.hostmem.TransferOrder;
import org.hostmem.engine.Checks;
import org.hostmem.engine.Ladder;
import org.hostmem.engine.RamSide;
import org.hostmem.spi.Faults;
import org.hostmem.spi.MappedAccessor.Order;
import org.hostmem.spi.MappedRegion;
import org.jspecify.annotations.Nullable;

/**
 * The memory of an accessor, and the accesses that are allowed now (R10): bounds, rights, and whether it is open.
 *
 * <p>An access keeps this object reachable until it is over. This object keeps the accessor reachable, and so the
 * memory.
 */
final class RegionState {

    private static final int WIDEST_DESCENDING = 8;

    /** Called when the allowed accesses change. */
    interface Listener {

        /** Called with the lock of the lifetime. */
        void limitsChanged();
    }

    final MappedRegion region;
    final AccessRules rules;
    /** The host address of offset 0. */
    final long base;

    /** The accessor that this is a part of. */
    final HostMemoryAccessor accessor;

    /** What this is a view of, which it ends with and keeps reachable; null for the whole region. */
    final @Nullable RegionState parent;

    /** Shared with all other views of the region. */
    final RegionLifetime lifetime;

    /**
     * The memory, if its owner may end it at any time or it belongs to one thread: its arena is asked and held at each
     * access. Else null.
     */
    final @Nullable MemorySegment lent;

    private volatile boolean closed;
    /** Why each access would fault; null if none is expected to. */
    private volatile @Nullable String expectedFault;

    private final List<Listener> listeners = new ArrayList<>(3);
    /** Whether a view was made of this. */
    boolean hasViews;

    /** {@code parent} is what this is a view of, or null. */
    RegionState(HostMemoryAccessor accessor, MappedRegion region, AccessRules rules, @Nullable RegionState parent) {
        this.accessor = accessor;
        this.region = region;
        this.rules = rules;
        this.parent = parent;
        this.lifetime = parent == null ? new RegionLifetime(this) : parent.lifetime;
        this.base = region.memory().address();
        boolean isLent = parent == null ? region.isLent() : parent.lent != null;
        this.lent = isLent ? region.memory() : null;
        if (parent == null) {
            UserAddresses.check(region.memory());
        }
        if (lent != null && !lent.scope().isAlive()) {
            throw memoryEnded();
        }
    }

    RegionCapabilities capabilities() {
        return region.capabilities();
    }

    AccessOptions options() {
        return region.options();
    }

    long size() {
        return capabilities().size();
    }

    /** Whether scalars have the byte order that is not the host's. */
    boolean isSwapped() {
        return options().byteOrder() != ByteOrder.nativeOrder();
    }

    int widest(Direction direction, Order order) {
        return order == Order.DESCENDING
                ? WIDEST_DESCENDING
                : rules.widest(direction, order == Order.ASCENDING ? TransferOrder.ASCENDING : TransferOrder.RELAXED);
    }

    // ---- checks

    /** The checks of a plan or a view, which need no right. */
    void checkInside(long offset, long length) {
        checkUsable();
        checkBounds(offset, length);
    }

    private void checkBounds(long offset, long length) {
        if ((offset | length) < 0 || offset > size() - length) {
            throw Checks.outside(length, offset, size());
        }
    }

    /** Whether this thread may use it now. The owner of lent memory decides that. */
    void checkUsable() {
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

    /** All checks, one after the other, where {@link CheckedAccess} has refused or the memory is lent. */
    void checkAll(long offset, long length, Direction direction) {
        checkUsable();
        checkBounds(offset, length);
        if (!hasRight(direction)) {
            throw new AccessRejectedException(
                    Checks.noRightTo(direction),
                    direction == Direction.READ
                            ? "the region may not be read: the host does not allow it"
                            : "the region may not be written: it is read-only");
        }
        if (lent == null || expectedFault != null) {
            throw expectedFault(offset, length, direction);
        }
    }

    private RuntimeException expectedFault(long offset, long length, Direction direction) {
        int width = Math.max(1, Ladder.unit(base + offset, length, widest(direction, Order.ASCENDING)));
        synchronized (lifetime) { // whoever changes the limits holds this, so that the reason is complete
            if (closed) {
                return closed();
            }
            return Faults.foreseen(
                    offset,
                    direction,
                    width,
                    expectedFault == null ? "the memory was off until just now: try again" : expectedFault,
                    options().faultTraces());
        }
    }

    private boolean hasRight(Direction direction) {
        return direction == Direction.READ
                ? capabilities().readable()
                : capabilities().writable();
    }

    static RegionClosedException closed() {
        return new RegionClosedException("the accessor is closed; open the region again");
    }

    private static RegionClosedException memoryEnded() {
        return new RegionClosedException(
                "the owner of the region's memory closed it; open the region again, on an arena that lives as"
                        + " long as its accessor");
    }

    private static AccessRejectedException otherThread() {
        return new AccessRejectedException(
                Reason.WRONG_THREAD,
                "the memory of the region belongs to a confined arena of another thread, and "
                        + Thread.currentThread().getName()
                        + " may not use it: access it in its own thread, or lend memory of a shared arena"
                        + " (Arena.ofShared)");
    }

    /**
     * What the JVM's refusal of an access means: another thread has closed the accessor, the owner of lent memory has
     * closed its arena, or the arena belongs to another thread. If a confined arena is closed, the JVM names the thread
     * all the same.
     */
    HostMemoryException memoryClosed(RuntimeException refused) {
        HostMemoryException typed = region.memory().scope().isAlive() && refused instanceof WrongThreadException
                ? otherThread()
                : closed ? closed() : memoryEnded();
        typed.initCause(refused);
        return typed;
    }

    /** As {@link #memoryClosed}, for a call that was given two segments: this region's, and that on the RAM side. */
    HostMemoryException eitherClosed(MemorySegment ram, RuntimeException refused) {
        try {
            checkUsable();
            RamSide.checkUsable(ram);
        } catch (HostMemoryException typed) {
            typed.initCause(refused);
            return typed;
        }
        return memoryClosed(refused);
    }

    // ---- changes: whoever makes one holds the lock of the lifetime

    boolean isClosed() {
        return closed;
    }

    /** Whether this is a view of something that is closed. */
    boolean isParentClosed() {
        return parent != null && parent.closed;
    }

    /** Why each access would fault; null if none is expected to. */
    @Nullable
    String expectedFault() {
        return expectedFault;
    }

    boolean mayRead() {
        return may(Direction.READ);
    }

    boolean mayWrite() {
        return may(Direction.WRITE);
    }

    private boolean may(Direction direction) {
        return !closed && expectedFault == null && hasRight(direction);
    }

    /** To be called before anybody else knows of this. */
    void listen(Listener listener) {
        listeners.add(listener);
        listener.limitsChanged();
    }

    /**
     * Refuses each access if there is a cause and the policy is to throw; else allows those that there is a right to.
     */
    void limit(@Nullable String cause) {
        if (!closed) {
            expectedFault = options().fault() == FaultPolicy.THROW ? cause : null;
            tellListeners();
        }
    }

    /** No access begins after this. */
    void end() {
        closed = true;
        tellListeners();
    }

    private void tellListeners() {
        for (Listener listener : listeners) {
            listener.limitsChanged();
        }
    }
}
