package org.hostmem.vfio.access;

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
import org.hostmem.DeviceLimits;
import org.hostmem.DeviceLimits.Eight;
import org.hostmem.Direction;
import org.hostmem.FaultPolicy;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionCapabilities;
import org.hostmem.RegionFaultException;
import org.hostmem.TransferOrder;
import org.hostmem.UnalignedPolicy;
import org.hostmem.engine.Checks;
import org.hostmem.engine.LimitedUnits;
import org.hostmem.engine.RamSide;
import org.hostmem.spi.AccessPlans;
import org.hostmem.spi.Faults;
import org.hostmem.spi.SharedMemory;
import org.hostmem.spi.UnsupportedRequests;
import org.hostmem.vfio.region.AccessChecks;
import org.hostmem.vfio.region.Closing;
import org.jspecify.annotations.Nullable;

/**
 * A region of mapped areas and holes. It passes each access to the piece in which it lies, and splits an access that
 * straddles an edge.
 *
 * <p>Edges lie at page boundaries, so an aligned scalar never straddles one. An unaligned scalar that does is split
 * into aligned accesses, or refused by policy. The parts throw at a fault, and this class applies the fault policy. So
 * an unsupported request covers everything from the faulting access to the end.
 */
public final class SparseAccessor extends RegionView implements UnsupportedRequests, SharedMemory {

    /** A mapped area, or a hole; {@code base} is the region's offset of the accessor's offset 0. */
    private record Piece(long start, long end, HostMemoryAccessor accessor, long base, LimitedUnits units) {

        static Piece of(long start, long end, HostMemoryAccessor accessor, long base) {
            AccessOptions options = accessor.options();
            return new Piece(
                    start,
                    end,
                    accessor,
                    base,
                    new LimitedUnits(options.limits(), accessor.rules(), options.unaligned()));
        }

        DeviceLimits limits() {
            return accessor.options().limits();
        }

        /** The number of bytes that come next of a scalar across the edge: a unit, or a part of the least unit. */
        int step(long offset, int rest) {
            return units.step(offset, Math.min(rest, end - offset), Long.BYTES);
        }
    }

    /** A mapped area, with an accessor whose offset 0 is {@code start}. */
    public record Part(long start, long end, HostMemoryAccessor accessor) {}

    private final List<Part> parts;
    private final SystemCallAccessor holes;
    /** The holes, within the limits of the device. */
    private final HostMemoryAccessor limitedHoles;

    private final List<Piece> pieces = new ArrayList<>();
    private @Nullable SparseAccessor throwing;

    /**
     * Makes one of parts that throw at a fault.
     *
     * @param options with the limits that the parts obey
     * @param parts ascending, at least one
     * @param holes for all of the region, without limits
     */
    public SparseAccessor(
            RegionCapabilities capabilities, AccessOptions options, List<Part> parts, SystemCallAccessor holes) {
        super(capabilities, options);
        this.parts = List.copyOf(parts);
        this.holes = holes;
        this.limitedHoles = holes.limited(options.limits());
        long at = 0;
        for (Part part : parts) {
            if (at < part.start()) {
                pieces.add(Piece.of(at, part.start(), limitedHoles, 0));
            }
            pieces.add(Piece.of(part.start(), part.end(), part.accessor(), part.start()));
            at = part.end();
        }
        if (at < capabilities().size()) {
            pieces.add(Piece.of(at, capabilities().size(), limitedHoles, 0));
        }
    }

    private Piece at(long offset) {
        int low = 0;
        int high = pieces.size() - 1;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (offset < pieces.get(middle).end()) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return pieces.get(low);
    }

    @Override
    public Object memory() {
        return holes.memory();
    }

    /** The rules of the mapped areas. Accesses to the holes are narrower. */
    @Override
    public AccessRules rules() {
        return parts.getFirst().accessor().rules();
    }

    /** The guarantees that every part gives, because a caller does not know which part an access reaches. */
    @Override
    public Set<Guarantee> guarantees() {
        Set<Guarantee> common = EnumSet.allOf(Guarantee.class);
        parts.forEach(part -> common.retainAll(part.accessor().guarantees()));
        if (holes.isReachable() && pieces.size() > parts.size()) {
            common.retainAll(limitedHoles.guarantees());
        }
        return Set.copyOf(common);
    }

    @Override
    public long readScalar(long offset, int width) {
        AccessChecks.open(holes.isClosed());
        Checks.bounds(offset, width, size());
        Piece first = at(offset);
        if (offset + width <= first.end()) {
            return readWhole(first, offset, width);
        }
        checkStraddle(Direction.READ, offset, width);
        long value = 0;
        for (int done = 0; done < width; ) {
            Piece piece = at(offset + done);
            int step = piece.step(offset + done, width - done);
            try {
                value |= readStep(piece, offset + done - piece.base(), step) << shift(done, step, width);
            } catch (RegionFaultException fault) {
                throwUnlessDropped(fault, piece, done);
                return value | low(-1, width - done) << shift(done, width - done, width);
            }
            done += step;
        }
        return value;
    }

    /** Areas begin at page boundaries. So the least unit and any part of it are in the same piece. */
    private long readStep(Piece piece, long at, int step) {
        if (!piece.units().isPart(step)) {
            return low(piece.accessor().read(at, step), step);
        }
        int least = piece.units().least();
        int skipped = (int) (at & least - 1);
        return low(piece.accessor().read(at - skipped, least) >>> shift(skipped, step, least), step);
    }

    private void writeStep(Piece piece, long at, int step, long value) {
        if (!piece.units().isPart(step)) {
            piece.accessor().write(at, step, value);
            return;
        }
        int least = piece.units().least();
        int skipped = (int) (at & least - 1);
        int shift = shift(skipped, step, least);
        long mask = low(-1, step) << shift;
        long whole = piece.accessor().read(at - skipped, least);
        piece.accessor().write(at - skipped, least, (whole & ~mask) | (value << shift & mask));
    }

    private static long low(long value, int bytes) {
        return value & -1L >>> (64 - 8 * bytes);
    }

    private long readWhole(Piece piece, long offset, int width) {
        try {
            return piece.accessor().read(offset - piece.base(), width);
        } catch (RegionFaultException fault) {
            throwUnlessDropped(fault, piece, 0);
            return -1L >>> (64 - 8 * width);
        }
    }

    @Override
    public void writeScalar(long offset, int width, long value) {
        AccessChecks.open(holes.isClosed());
        Checks.bounds(offset, width, size());
        Piece first = at(offset);
        boolean whole = offset + width <= first.end();
        if (!whole) {
            checkStraddle(Direction.WRITE, offset, width);
        }
        for (int done = 0; done < width; ) {
            Piece piece = whole ? first : at(offset + done);
            int step = whole ? width : piece.step(offset + done, width - done);
            long at = offset + done - piece.base();
            long bits = value >>> shift(done, step, width);
            try {
                if (whole) {
                    piece.accessor().write(at, width, bits);
                } else {
                    writeStep(piece, at, step, bits);
                }
            } catch (RegionFaultException fault) {
                throwUnlessDropped(fault, piece, done);
                return;
            }
            done += step;
        }
    }

    /** A scalar across an edge is refused before its first part if any of its parts would be. */
    private void checkStraddle(Direction direction, long offset, int width) {
        if (isStraddleRefused(width)) {
            throw new AccessRejectedException(
                    Reason.UNALIGNED,
                    "an access of " + width + " bytes at offset 0x" + Long.toHexString(offset)
                            + " straddles the edge of a mapped area, and "
                            + (options().unaligned() == UnalignedPolicy.REJECT
                                    ? "the policy is REJECT: align it, or choose UnalignedPolicy.SPLIT"
                                    : "the device needs the high half first: align it"));
        }
        Checks.right(direction, capabilities());
        for (int done = 0; done < width; ) {
            Piece piece = at(offset + done);
            int step = piece.step(offset + done, width - done);
            HostMemoryAccessor part = piece.accessor();
            if (part == limitedHoles) {
                holes.check(direction, offset + done, step);
            }
            piece.limits().checkAligned(part.rules(), offset, width);
            if (piece.units().isPart(step)) {
                checkAround(direction, piece, offset + done, step);
            } else {
                piece.limits().checkAligned(part.rules(), offset + done, step);
            }
            done += step;
        }
    }

    /**
     * Checks that the rest of the unit around a part can be accessed. The access itself reports a fault that is
     * foreseen.
     */
    private static void checkAround(Direction direction, Piece piece, long offset, int step) {
        try {
            piece.accessor().check(direction, offset - piece.base(), step);
        } catch (RegionFaultException foreseen) {
            return;
        }
    }

    private boolean isStraddleRefused(int width) {
        return options().unaligned() == UnalignedPolicy.REJECT
                || (width == Long.BYTES && options().limits().eight() == Eight.HIGH_FIRST);
    }

    /** Carries out a part of a bulk transfer that lies in one piece. */
    private interface Step {
        void run(HostMemoryAccessor accessor, long offset, long done, long length);
    }

    /**
     * Carries out a bulk transfer piece by piece. Returns the length that is left after a fault that the policy makes
     * an unsupported request; 0 if all is done.
     */
    private long bulk(Direction direction, long offset, long length, TransferOrder order, Step step) {
        check(direction, offset, length, order);
        for (long done = 0; done < length; ) {
            Piece piece = at(offset + done);
            long here = Math.min(length - done, piece.end() - offset - done);
            try {
                step.run(piece.accessor(), offset + done - piece.base(), done, here);
            } catch (RegionFaultException fault) {
                throwUnlessDropped(fault, piece, done);
                return length - done - fault.completed();
            }
            done += here;
        }
        return 0;
    }

    @Override
    public void check(Direction direction, long offset, long length) {
        check(direction, offset, length, TransferOrder.ASCENDING);
    }

    /** A transfer is refused before its first byte if any piece of it would be. */
    @Override
    public void check(Direction direction, long offset, long length, TransferOrder order) {
        AccessChecks.open(holes.isClosed());
        Checks.bounds(offset, length, size());
        Checks.right(direction, capabilities());
        for (long at = offset; at < offset + length; ) {
            Piece piece = at(at);
            long here = Math.min(offset + length, piece.end()) - at;
            try {
                piece.accessor().check(direction, at - piece.base(), here, order);
            } catch (RegionFaultException foreseen) {
                throwUnlessDropped(foreseen, piece, 0);
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
                order,
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
                order,
                (accessor, at, done, here) -> accessor.writeBytes(at, ram, ramOffset + done, here, order));
    }

    @Override
    public void fill(long offset, long length, byte value) {
        bulk(
                Direction.WRITE,
                offset,
                length,
                TransferOrder.RELAXED,
                (accessor, at, done, here) -> accessor.fill(at, here, value));
    }

    @Override
    public void fillUnobserved(long offset, long length, byte value) {
        bulk(
                Direction.WRITE,
                offset,
                length,
                TransferOrder.UNOBSERVED,
                (accessor, at, done, here) -> accessor.fillUnobserved(at, here, value));
    }

    @Override
    public void barrier(Barrier purpose) {
        parts.getFirst().accessor().barrier(purpose);
    }

    /** Areas begin at pages, in the region and in memory, so the offset tells the alignment. */
    @Override
    public AccessPlan planScalar(long offset, int width) {
        Checks.scalarWidth(width);
        AccessChecks.open(holes.isClosed());
        Checks.bounds(offset, width, size());
        Piece piece = at(offset);
        return offset + width > piece.end()
                ? planStraddle(offset, width)
                : AccessPlans.movedBy(piece.accessor().planScalar(offset - piece.base(), width), piece.base());
    }

    private AccessPlan planStraddle(long offset, int width) {
        AccessPlan plan = null;
        for (int done = 0; done < width; ) {
            Piece piece = at(offset + done);
            int step = piece.step(offset + done, width - done);
            AccessPlan part = planStep(piece, offset + done - piece.base(), step);
            if (part.verdict() == AccessPlan.Verdict.REJECTED || isStraddleRefused(width) || isRefused(piece, width)) {
                return AccessPlans.rejected(offset);
            }
            AccessPlan moved = AccessPlans.asSplit(AccessPlans.movedBy(part, piece.base()));
            plan = plan == null ? moved : AccessPlans.asSplit(AccessPlans.join(plan, moved));
            done += step;
        }
        return Objects.requireNonNull(plan); // a width is 1 or more
    }

    /** A part of a unit has a number of bytes that a scalar may not have. */
    private static AccessPlan planStep(Piece piece, long at, int step) {
        HostMemoryAccessor accessor = piece.accessor();
        return piece.units().isPart(step)
                ? accessor.planBulk(Direction.READ, at, step, TransferOrder.ASCENDING)
                : accessor.planScalar(at, step);
    }

    /** Whether the limits refuse every scalar of a width. */
    private static boolean isRefused(Piece piece, int width) {
        AccessPlan aligned = piece.limits().planScalar(piece.accessor().rules(), UnalignedPolicy.SPLIT, 0, 0, width);
        return aligned.verdict() == AccessPlan.Verdict.REJECTED;
    }

    @Override
    public AccessPlan planBulk(Direction direction, long offset, long length, TransferOrder order) {
        AccessChecks.open(holes.isClosed());
        Checks.bounds(offset, length, size());
        AccessPlan plan = null;
        for (long at = offset; at < offset + length; ) {
            Piece piece = at(at);
            long here = Math.min(offset + length, piece.end()) - at;
            AccessPlan part = AccessPlans.movedBy(
                    piece.accessor().planBulk(direction, at - piece.base(), here, order), piece.base());
            if (part.verdict() == AccessPlan.Verdict.REJECTED) {
                return AccessPlans.rejected(offset);
            }
            plan = plan == null ? part : AccessPlans.join(plan, part);
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

    /**
     * The fault with the offset and the length of this request. A fault on the RAM side is not an unsupported request.
     */
    private void throwUnlessDropped(RegionFaultException fault, Piece piece, long done) {
        if (options().fault() == FaultPolicy.THROW || fault.side() == RegionFaultException.Side.RAM) {
            throw Faults.within(fault, piece.base(), done + fault.completed());
        }
    }
}
