package org.hostmem.vfio;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.AccessRules;
import org.hostmem.Barrier;
import org.hostmem.DeviceLimits.Eight;
import org.hostmem.Direction;
import org.hostmem.FaultPolicy;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionCapabilities;
import org.hostmem.RegionFaultException;
import org.hostmem.SharedMemory;
import org.hostmem.TransferOrder;
import org.hostmem.UnalignedPolicy;
import org.hostmem.UnsupportedRequests;
import org.hostmem.spi.RamSide;

/**
 * A region of mapped areas and holes: sends each access to the stretch it lies in, and splits what straddles an edge.
 *
 * <p>Edges are at pages, so an aligned scalar never straddles one; an unaligned one that does is cut into aligned
 * accesses, or refused by policy. The parts throw at a fault, and this class applies the fault policy: only so does an
 * unsupported request reach from the faulting access to the end.
 */
final class SparseAccessor extends RegionView implements UnsupportedRequests, SharedMemory {

    /** A mapped area, or a hole; {@code base} is the region's offset of the accessor's offset 0. */
    private record Stretch(long start, long end, HostMemoryAccessor accessor, long base) {}

    /** A mapped area, with an accessor whose offset 0 is {@code start}. */
    record Part(long start, long end, HostMemoryAccessor accessor) {}

    private final List<Part> parts;
    private final SystemCallAccessor holes;
    /** The same within the limits. */
    private final HostMemoryAccessor limitedHoles;

    private final List<Stretch> stretches = new ArrayList<>();
    private SparseAccessor throwing;

    /**
     * With parts that throw at a fault.
     *
     * @param options with the limits that the parts obey
     * @param parts ascending, at least one
     * @param holes for all of the region, without limits
     */
    SparseAccessor(RegionCapabilities capabilities, AccessOptions options, List<Part> parts, SystemCallAccessor holes) {
        super(capabilities, options);
        this.parts = List.copyOf(parts);
        this.holes = holes;
        this.limitedHoles = holes.limited(options.limits());
        long at = 0;
        for (Part part : parts) {
            if (at < part.start()) {
                stretches.add(new Stretch(at, part.start(), limitedHoles, 0));
            }
            stretches.add(new Stretch(part.start(), part.end(), part.accessor(), part.start()));
            at = part.end();
        }
        if (at < capabilities().size()) {
            stretches.add(new Stretch(at, capabilities().size(), limitedHoles, 0));
        }
    }

    private Stretch at(long offset) {
        int low = 0;
        int high = stretches.size() - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (offset < stretches.get(middle).end()) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return stretches.get(low);
    }

    @Override
    public Object memory() {
        return holes.memory();
    }

    /** Of the mapped areas; the holes are narrower. */
    @Override
    public AccessRules rules() {
        return parts.getFirst().accessor().rules();
    }

    /** What every part holds: a caller does not know which one an access falls into. */
    @Override
    public Set<Guarantee> guarantees() {
        Set<Guarantee> common = EnumSet.allOf(Guarantee.class);
        parts.forEach(part -> common.retainAll(part.accessor().guarantees()));
        if (holes.isReachable() && stretches.size() > parts.size()) {
            common.retainAll(limitedHoles.guarantees());
        }
        return Set.copyOf(common);
    }

    @Override
    long readScalar(long offset, int width) {
        AccessChecks.open(holes.isClosed());
        AccessChecks.bounds(offset, width, size());
        Stretch first = at(offset);
        if (offset + width <= first.end()) {
            return readWhole(first, offset, width);
        }
        checkStraddle(Direction.READ, offset, width);
        long value = 0;
        for (int done = 0; done < width; ) {
            int unit = AccessPlan.unit(offset + done, width - done, width);
            Stretch stretch = at(offset + done);
            try {
                value |= stretch.accessor().read(offset + done - stretch.base(), unit) << shift(done, unit, width);
            } catch (RegionFaultException fault) {
                throwUnlessDropped(fault, stretch, done);
                return value | -1L >>> 64 - 8 * (width - done) << shift(done, width - done, width);
            }
            done += unit;
        }
        return value;
    }

    private long readWhole(Stretch stretch, long offset, int width) {
        try {
            return stretch.accessor().read(offset - stretch.base(), width);
        } catch (RegionFaultException fault) {
            throwUnlessDropped(fault, stretch, 0);
            return -1L >>> 64 - 8 * width;
        }
    }

    @Override
    void writeScalar(long offset, int width, long value) {
        AccessChecks.open(holes.isClosed());
        AccessChecks.bounds(offset, width, size());
        Stretch first = at(offset);
        boolean whole = offset + width <= first.end();
        if (!whole) {
            checkStraddle(Direction.WRITE, offset, width);
        }
        for (int done = 0; done < width; ) {
            int unit = whole ? width : AccessPlan.unit(offset + done, width - done, width);
            Stretch stretch = whole ? first : at(offset + done);
            try {
                stretch.accessor().write(offset + done - stretch.base(), unit, value >>> shift(done, unit, width));
            } catch (RegionFaultException fault) {
                throwUnlessDropped(fault, stretch, done);
                return;
            }
            done += unit;
        }
    }

    /** A scalar across an edge is refused before its first part if any of its parts would be. */
    private void checkStraddle(Direction direction, long offset, int width) {
        if (isStraddleRefused(width)) {
            throw new AccessRejectedException(
                    Reason.UNALIGNED,
                    "an access of " + width + " bytes at offset 0x" + Long.toHexString(offset)
                            + " straddles the edge of a mapped area, and the policy is REJECT or the device takes 8"
                            + " bytes high half first: align it, or choose UnalignedPolicy.SPLIT");
        }
        AccessChecks.direction(direction, capabilities());
        for (int done = 0; done < width; ) {
            int unit = AccessPlan.unit(offset + done, width - done, width);
            HostMemoryAccessor part = at(offset + done).accessor();
            if (part == limitedHoles) {
                holes.check(direction, offset + done, unit);
            }
            part.options().limits().checkAligned(part.rules(), offset + done, unit);
            done += unit;
        }
    }

    private boolean isStraddleRefused(int width) {
        return options().unaligned() == UnalignedPolicy.REJECT
                || width == Long.BYTES && options().limits().eight() == Eight.HIGH_FIRST;
    }

    /** Carries out a part of a bulk transfer that lies in one stretch. */
    private interface Step {
        void run(HostMemoryAccessor accessor, long offset, long done, long length);
    }

    /** The rest from here, if a fault is to be an unsupported request; 0 if all is done. */
    private long bulk(Direction direction, long offset, long length, Step step) {
        check(direction, offset, length);
        for (long done = 0; done < length; ) {
            Stretch stretch = at(offset + done);
            long here = Math.min(length - done, stretch.end() - offset - done);
            try {
                step.run(stretch.accessor(), offset + done - stretch.base(), done, here);
            } catch (RegionFaultException fault) {
                throwUnlessDropped(fault, stretch, done);
                return length - done - fault.completed();
            }
            done += here;
        }
        return 0;
    }

    /** A transfer is refused before its first byte if any stretch of it would be. */
    @Override
    public void check(Direction direction, long offset, long length) {
        AccessChecks.open(holes.isClosed());
        AccessChecks.bounds(offset, length, size());
        AccessChecks.direction(direction, capabilities());
        for (long at = offset; at < offset + length; ) {
            Stretch stretch = at(at);
            long here = Math.min(offset + length, stretch.end()) - at;
            try {
                stretch.accessor().check(direction, at - stretch.base(), here);
            } catch (RegionFaultException foreseen) {
                throwUnlessDropped(foreseen, stretch, 0);
            }
            at += here;
        }
    }

    @Override
    public void readBytes(long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
        Objects.requireNonNull(order);
        RamSide.check(ram, ramOffset, length, true);
        long rest = bulk(
                Direction.READ,
                offset,
                length,
                (accessor, at, done, here) -> accessor.readBytes(at, ram, ramOffset + done, here, order));
        if (rest > 0) {
            long done = length - rest;
            RamSide.fillWithOnes(this, offset + done, done, ram, ramOffset + done, rest);
        }
    }

    @Override
    public void writeBytes(long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
        Objects.requireNonNull(order);
        RamSide.check(ram, ramOffset, length, false);
        bulk(
                Direction.WRITE,
                offset,
                length,
                (accessor, at, done, here) -> accessor.writeBytes(at, ram, ramOffset + done, here, order));
    }

    @Override
    public void fill(long offset, long length, byte value) {
        bulk(Direction.WRITE, offset, length, (accessor, at, done, here) -> accessor.fill(at, here, value));
    }

    @Override
    public void barrier(Barrier purpose) {
        parts.getFirst().accessor().barrier(purpose);
    }

    /** Areas begin at pages, in the region and in memory, so the offset tells the alignment. */
    @Override
    public AccessPlan planScalar(long offset, int width) {
        AccessPlan.checkScalarWidth(width);
        AccessChecks.open(holes.isClosed());
        AccessChecks.bounds(offset, width, size());
        Stretch stretch = at(offset);
        return offset + width > stretch.end()
                ? planStraddle(offset, width)
                : stretch.accessor().planScalar(offset - stretch.base(), width).movedBy(stretch.base());
    }

    private AccessPlan planStraddle(long offset, int width) {
        AccessPlan plan = null;
        for (int done = 0; done < width; ) {
            int unit = AccessPlan.unit(offset + done, width - done, width);
            Stretch stretch = at(offset + done);
            AccessPlan part = stretch.accessor()
                    .planScalar(offset + done - stretch.base(), unit)
                    .movedBy(stretch.base())
                    .split();
            if (part.verdict() == AccessPlan.Verdict.REJECTED || isStraddleRefused(width)) {
                return AccessPlan.rejected(offset);
            }
            plan = plan == null ? part : plan.then(part);
            done += unit;
        }
        return plan;
    }

    @Override
    public AccessPlan planBulk(Direction direction, long offset, long length, TransferOrder order) {
        AccessChecks.open(holes.isClosed());
        AccessChecks.bounds(offset, length, size());
        AccessPlan plan = null;
        for (long at = offset; at < offset + length; ) {
            Stretch stretch = at(at);
            long here = Math.min(offset + length, stretch.end()) - at;
            AccessPlan part = stretch.accessor()
                    .planBulk(direction, at - stretch.base(), here, order)
                    .movedBy(stretch.base());
            if (part.verdict() == AccessPlan.Verdict.REJECTED) {
                return AccessPlan.rejected(offset);
            }
            plan = plan == null ? part : plan.then(part);
            at += here;
        }
        return plan == null ? AccessPlan.bulk(rules(), direction, order, offset, offset, 0) : plan;
    }

    @Override
    public HostMemoryAccessor throwing() {
        if (options().fault() == FaultPolicy.THROW) {
            return this;
        }
        if (throwing == null) {
            throwing = new SparseAccessor(capabilities(), options().with(FaultPolicy.THROW), parts, holes);
        }
        return throwing;
    }

    @Override
    public void close() {
        holes.close();
        Closing.all(parts, part -> part.accessor().close());
    }

    /** The fault as seen from this region and this request; one on the RAM side is no request to the device. */
    private void throwUnlessDropped(RegionFaultException fault, Stretch stretch, long done) {
        if (options().fault() == FaultPolicy.THROW || fault.side() == RegionFaultException.Side.RAM) {
            throw fault.within(stretch.base(), done + fault.completed());
        }
    }
}
