package org.hostmem.engine;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Set;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.AccessRules;
import org.hostmem.Barrier;
import org.hostmem.Direction;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionCapabilities;
import org.hostmem.RegionClosedException;
import org.hostmem.RegionFaultException;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;
import org.hostmem.TransferPlan;
import org.hostmem.spi.AccessPlans;
import org.hostmem.spi.Faults;
import org.hostmem.spi.ScalarsByWidth;
import org.hostmem.spi.UnsupportedRequests;
import org.jspecify.annotations.Nullable;

/**
 * A view of any accessor, by delegation. Accessors of mapped memory make faster views of their own. Each access goes
 * through every accessor that this is a view of, so a view ends with any of them.
 */
public final class View implements ScalarsByWidth, UnsupportedRequests {

    private final HostMemoryAccessor whole;
    private final long base;
    private final RegionCapabilities capabilities;
    private final AccessOptions options;
    private final boolean swap;
    private @Nullable View throwing;
    private volatile boolean closed;

    public View(HostMemoryAccessor whole, long base, long size, ByteOrder order, boolean writable) {
        for (HostMemoryAccessor each = whole; each instanceof View view; each = view.whole) {
            view.checkOpen();
        }
        whole.planBulk(
                whole.capabilities().readable() ? Direction.READ : Direction.WRITE,
                0,
                0,
                TransferOrder.RELAXED); // throws if it is closed: an accessor of calls cannot tell it in another way
        if ((base | size) < 0 || base > whole.size() - size) {
            throw Checks.outside(size, base, whole.size());
        }
        this.whole = whole;
        this.base = base;
        RegionCapabilities part = whole.capabilities().slice(base, size);
        this.capabilities = writable ? part : part.readOnly();
        this.options = whole.options().with(order);
        this.swap = order != whole.options().byteOrder();
    }

    @Override
    public long size() {
        return capabilities.size();
    }

    @Override
    public RegionCapabilities capabilities() {
        return capabilities;
    }

    @Override
    public AccessOptions options() {
        return options;
    }

    @Override
    public AccessRules rules() {
        return whole.rules();
    }

    @Override
    public Set<Guarantee> guarantees() {
        return whole.guarantees();
    }

    private void checkOpen() {
        if (closed) {
            throw new RegionClosedException("the view is closed: take another view of the region, which is still open");
        }
    }

    @Override
    public void check(Direction direction, long offset, long length) {
        check(direction, offset, length, TransferOrder.ASCENDING);
    }

    @Override
    public void check(Direction direction, long offset, long length, TransferOrder order) {
        checkOwn(direction, offset, length);
        whole.check(direction, base + offset, length, order);
    }

    /** The checks of this view. The accessor behind makes the others, as for a scalar. */
    private void checkOwn(Direction direction, long offset, long length) {
        checkOpen();
        ScalarsByWidth.super.check(direction, offset, length);
    }

    @Override
    public long read(long offset, int width) {
        Checks.scalarWidth(width);
        checkOwn(Direction.READ, offset, width);
        try {
            return swapped(whole.read(base + offset, width), width);
        } catch (RegionFaultException fault) {
            throw Faults.within(fault, -base, fault.completed());
        }
    }

    @Override
    public void write(long offset, int width, long value) {
        Checks.scalarWidth(width);
        checkOwn(Direction.WRITE, offset, width);
        try {
            whole.write(base + offset, width, swapped(value, width));
        } catch (RegionFaultException fault) {
            throw Faults.within(fault, -base, fault.completed());
        }
    }

    private long swapped(long value, int width) {
        return swap ? Long.reverseBytes(value) >>> (64 - 8 * width) : value;
    }

    @Override
    public void readBytes(long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
        check(Direction.READ, offset, length, order);
        try {
            whole.readBytes(base + offset, ram, ramOffset, length, order);
        } catch (RegionFaultException fault) {
            throw Faults.within(fault, -base, fault.completed());
        }
    }

    @Override
    public void writeBytes(long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
        check(Direction.WRITE, offset, length, order);
        try {
            whole.writeBytes(base + offset, ram, ramOffset, length, order);
        } catch (RegionFaultException fault) {
            throw Faults.within(fault, -base, fault.completed());
        }
    }

    @Override
    public void readBytes(long offset, byte[] ram, int ramOffset, int length) {
        check(Direction.READ, offset, length);
        try {
            whole.readBytes(base + offset, ram, ramOffset, length);
        } catch (RegionFaultException fault) {
            throw Faults.within(fault, -base, fault.completed());
        }
    }

    @Override
    public void writeBytes(long offset, byte[] ram, int ramOffset, int length) {
        check(Direction.WRITE, offset, length);
        try {
            whole.writeBytes(base + offset, ram, ramOffset, length);
        } catch (RegionFaultException fault) {
            throw Faults.within(fault, -base, fault.completed());
        }
    }

    @Override
    public void fill(long offset, long length, byte value) {
        check(Direction.WRITE, offset, length, TransferOrder.RELAXED);
        try {
            whole.fill(base + offset, length, value);
        } catch (RegionFaultException fault) {
            throw Faults.within(fault, -base, fault.completed());
        }
    }

    @Override
    public void fillUnobserved(long offset, long length, byte value) {
        check(Direction.WRITE, offset, length, TransferOrder.UNOBSERVED);
        try {
            whole.fillUnobserved(base + offset, length, value);
        } catch (RegionFaultException fault) {
            throw Faults.within(fault, -base, fault.completed());
        }
    }

    @Override
    public Transfer.Result move(long from, long to, long length, Transfer how) {
        check(Direction.READ, from, length, how.order());
        check(Direction.WRITE, to, length, how.order());
        try {
            return whole.move(base + from, base + to, length, how);
        } catch (RegionFaultException fault) {
            throw Faults.within(fault, -base, fault.completed());
        }
    }

    @Override
    public void barrier(Barrier purpose) {
        whole.barrier(purpose);
    }

    @Override
    public AccessPlan planScalar(long offset, int width) {
        Checks.scalarWidth(width);
        checkInside(offset, width);
        return AccessPlans.movedBy(whole.planScalar(base + offset, width), -base);
    }

    @Override
    public AccessPlan planBulk(Direction direction, long offset, long length, TransferOrder order) {
        checkInside(offset, length);
        return AccessPlans.movedBy(whole.planBulk(direction, base + offset, length, order), -base);
    }

    @Override
    public TransferPlan planMove(long from, long to, long length, Transfer how) {
        check(Direction.READ, from, length, how.order());
        check(Direction.WRITE, to, length, how.order());
        return SharedSecrets.transferPlans().seenFrom(whole.planMove(base + from, base + to, length, how), base);
    }

    private void checkInside(long offset, long length) {
        checkOpen();
        if ((offset | length) < 0 || offset > size() - length) {
            check(Direction.READ, offset, length);
        }
    }

    @Override
    public MemorySegment asSegment() {
        checkOpen();
        MemorySegment part = whole.asSegment().asSlice(base, size());
        return capabilities.writable() ? part : part.asReadOnly();
    }

    @Override
    public HostMemoryAccessor wholeRegion() {
        return UnsupportedRequests.wholeRegion(whole);
    }

    @Override
    public long regionOffset() {
        return base + UnsupportedRequests.regionOffset(whole);
    }

    @Override
    public HostMemoryAccessor throwing() {
        HostMemoryAccessor other = UnsupportedRequests.throwing(whole);
        View view = throwing;
        if (other == whole) {
            return this;
        }
        if (view == null || view.whole != other) {
            view = new View(other, base, size(), options.byteOrder(), capabilities.writable());
            throwing = view;
        }
        return view;
    }

    @Override
    public void close() {
        closed = true;
    }
}
