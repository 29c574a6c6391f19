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
import org.hostmem.MappedAccessor;
import org.hostmem.RegionBoundsException;
import org.hostmem.RegionCapabilities;
import org.hostmem.RegionClosedException;
import org.hostmem.RegionFaultException;
import org.hostmem.TransferOrder;
import org.hostmem.spi.MappedRegion;

/** What an accessor is: of which memory, under which rules, what may be accessed now (R10), until when, and its views. Its plans, too, but no access. */
abstract class OpenRegion implements MappedAccessor {

    private static final int WIDEST_DESCENDING = 8;

    final MappedRegion region;
    final AccessRules rules;
    final long base;
    private final Set<Guarantee> guarantees;

    // One comparison tells bounds, rights and lifetime: both are -1 once closed or while a fault is foreseen, and one is -1 where there is no such right, so that an empty transfer is
    // refused too.
    private long readLimit;
    private long writeLimit;
    private boolean closed;
    /** What an access would come to; null if nothing is foreseen. */
    private String foreseen;

    // The accessor of the whole region, which a view keeps reachable, and which ends its views: itself, or what this is a view of. Its lock is that of all of them.
    final OpenRegion whole;
    private final Views views = new Views();
    private final Users users;

    /** {@code parent} is what this is a view of, or null. */
    OpenRegion(MappedRegion region, AccessRules rules, Set<Guarantee> guarantees, OpenRegion parent) {
        this.region = region;
        this.whole = parent == null ? this : parent.whole;
        this.users = parent == null ? new Users() : parent.users;
        this.rules = rules;
        this.guarantees = Set.copyOf(guarantees);
        RegionCapabilities capabilities = region.capabilities();
        this.base = region.memory().address();
        if (parent == null) {
            UserAddresses.check(region.memory());
        }
        this.readLimit = capabilities.readable() ? capabilities.size() : -1;
        this.writeLimit = capabilities.writable() ? capabilities.size() : -1;
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
        return capabilities().cacheMode() + " memory of " + size() + " bytes, " + rules.isa() + (capabilities().writable() ? "" : ", read-only") + (closed ? ", closed" : "");
    }

    // ---- plans

    @Override
    public final AccessPlan planScalar(long offset, int width) {
        AccessPlan.checkScalarWidth(width);
        checkInside(offset, width);
        return AccessPlan.scalar(rules, options().unaligned(), base + offset, offset, width);
    }

    @Override
    public final AccessPlan planBulk(Direction direction, long offset, long length, TransferOrder order) {
        checkInside(offset, length);
        return AccessPlan.bulk(rules, direction, order, base + offset, offset, length);
    }

    final int widest(Direction direction, Order order) {
        return order == Order.DESCENDING ? WIDEST_DESCENDING : rules.widest(direction, order == Order.ASCENDING ? TransferOrder.ASCENDING : TransferOrder.RELAXED);
    }

    // ---- checks

    /** Returns the address. */
    final long checkRead(long offset, long length) {
        if ((offset | length) < 0 || offset > readLimit - length) {
            throw refused(offset, length, Direction.READ);
        }
        return base + offset;
    }

    /** Returns the address. */
    final long checkWrite(long offset, long length) {
        if ((offset | length) < 0 || offset > writeLimit - length) {
            throw refused(offset, length, Direction.WRITE);
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
        if ((offset | length) < 0 || offset > size() - length) {
            throw refused(offset, length, Direction.READ);
        }
    }

    private RuntimeException refused(long offset, long length, Direction direction) {
        if (closed) {
            return closed();
        }
        long size = size();
        if ((offset | length) < 0 || offset > size - length) {
            return RegionBoundsException.outside(length, offset, size);
        }
        if (direction == Direction.READ ? !capabilities().readable() : !capabilities().writable()) {
            return new AccessRejectedException(Reason.noRightTo(direction), direction == Direction.READ
                    ? "the region may not be read: the host does not allow it" : "the region may not be written: it is read-only");
        }
        int width = Math.max(1, AccessPlan.unit(base + offset, length, widest(direction, Order.ASCENDING)));
        synchronized (whole) { // whoever changes the limits holds this, so that the reason is complete
            if (closed) {
                return closed();
            }
            return RegionFaultException.foreseen(offset, direction, width, foreseen == null ? "the memory was off until just now: try again" : foreseen,
                    options().faultTraces());
        }
    }

    private static RegionClosedException closed() {
        return new RegionClosedException("the accessor is closed; open the region again");
    }

    /** A Java access after the memory's arena was closed: by {@link #close()} in another thread, or by the owner of borrowed memory. No other way is tried. */
    static RegionClosedException memoryClosed(IllegalStateException ended) {
        RegionClosedException closed = new RegionClosedException("the memory of the region is closed");
        closed.initCause(ended);
        return closed;
    }

    // ---- from when to when

    final boolean mayRead() {
        return readLimit >= 0;
    }

    final boolean mayWrite() {
        return writeLimit >= 0;
    }

    final boolean isClosed() {
        return closed;
    }

    @Override
    public final void foresee(String cause) {
        synchronized (whole) {
            limit(cause);
            views.forEach(view -> view.limit(cause));
        }
    }

    /** Refuses every access, if there is a cause to and the policy is to throw; else allows those that there is a right to. */
    void limit(String cause) {
        if (closed) {
            return;
        }
        boolean refuse = cause != null && options().fault() == FaultPolicy.THROW;
        foreseen = refuse ? cause : null;
        readLimit = !refuse && capabilities().readable() ? size() : -1;
        writeLimit = !refuse && capabilities().writable() ? size() : -1;
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
            if (closed) {
                return;
            }
            end();
            views.forEach(OpenRegion::end);
            views.clear();
        }
        region.release().run();
    }

    /** No access begins after this. */
    void end() {
        closed = true;
        readLimit = -1;
        writeLimit = -1;
    }

    // ---- views

    @Override
    public final HostMemoryAccessor slice(long offset, long size) {
        checkInside(offset, size);
        return adopted(region.memory().asSlice(offset, size), capabilities().slice(offset, size), options());
    }

    @Override
    public final HostMemoryAccessor readOnly() {
        return adopted(region.memory(), capabilities().readOnly(), options());
    }

    @Override
    public final HostMemoryAccessor withByteOrder(ByteOrder order) {
        return adopted(region.memory(), capabilities(), options().with(order));
    }

    private OpenRegion adopted(MemorySegment memory, RegionCapabilities capabilities, AccessOptions options) {
        OpenRegion view = view(MappedRegion.borrowed(memory, capabilities, options, region.permanence()));
        synchronized (whole) {
            if (closed || whole.closed) {
                throw closed();
            }
            whole.views.add(view);
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
