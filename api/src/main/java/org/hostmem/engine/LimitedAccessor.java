package org.hostmem.engine;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.AccessRules;
import org.hostmem.Atomics;
import org.hostmem.Barrier;
import org.hostmem.CacheMode;
import org.hostmem.DeviceLimits;
import org.hostmem.DeviceLimits.Eight;
import org.hostmem.DeviceLimits.Wider;
import org.hostmem.Direction;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionCapabilities;
import org.hostmem.RegionFaultException;
import org.hostmem.TransferOrder;
import org.hostmem.spi.AccessPlans;
import org.hostmem.spi.Faults;
import org.hostmem.spi.MappedAccessor;
import org.hostmem.spi.ProviderSelection;
import org.hostmem.spi.ScalarsByWidth;
import org.hostmem.spi.UnsupportedRequests;
import org.jspecify.annotations.Nullable;

/**
 * For authors of accessors: another accessor behind the {@link DeviceLimits} of its device. It makes the units that
 * {@link LimitedUnits} gives. It calls the other accessor once for each unit, or once for a whole transfer if the
 * limits do not change its units.
 *
 * <p>The other accessor throws at a fault, and this class applies the fault policy. A request of several calls makes no
 * access after the first fault. It is as safe for several threads as the other accessor. Only plans allocate.
 */
public class LimitedAccessor implements ScalarsByWidth, UnsupportedRequests {

    final HostMemoryAccessor inner;
    private final HostMemoryAccessor throwingInner;
    private final long base;
    final LimitedUnits units;
    private final UnitAccess unit;
    private final AccessOptions options;
    private final AccessRules rules;
    private final Set<Guarantee> guarantees;
    private final boolean forgives;
    /**
     * Whether successive calls need a barrier to be seen in order. They do where ASCENDING transfers have routines of
     * their own.
     */
    private final boolean weak;

    private @Nullable Atomics atomics;
    private @Nullable LimitedAccessor throwing;

    /** {@code limits} include those of {@code inner}. */
    private LimitedAccessor(HostMemoryAccessor inner, DeviceLimits limits) {
        this.inner = inner;
        this.base = MappedAccessor.addressOf(inner);
        this.throwingInner = UnsupportedRequests.throwing(inner);
        this.options = inner.options().with(limits);
        this.units = new LimitedUnits(limits, inner.rules(), options.unaligned());
        this.unit = new UnitAccess(inner, units);
        this.rules = units.rules();
        this.guarantees = guarantees(inner.guarantees(), limits);
        this.forgives = throwingInner != inner;
        CacheMode mode = inner.capabilities().cacheMode();
        this.weak = mode == CacheMode.NORMAL || mode == CacheMode.UNKNOWN;
    }

    /**
     * {@return an accessor of the same memory that makes only accesses within some limits; the given one if they limit
     * nothing}
     *
     * <p>Closing it closes the given one. The limits that the given one already has still hold. Its rules must hold for
     * all of its memory. {@link ProviderSelection#open} calls this for limits in the options. A region of a device
     * calls it for each kind of memory in the region.
     *
     * @param inner a region, or a view of one
     * @param limits of the device
     * @throws IllegalArgumentException if both have limits, and one wants the low half of 8 bytes first, the other the
     *     high half
     */
    public static HostMemoryAccessor of(HostMemoryAccessor inner, DeviceLimits limits) {
        if (limits.isNone()) {
            return inner;
        }
        DeviceLimits all = inner.options().limits().and(limits);
        HostMemoryAccessor memory = inner instanceof LimitedAccessor limited ? limited.inner : inner;
        return around(memory, all);
    }

    private static LimitedAccessor around(HostMemoryAccessor inner, DeviceLimits limits) {
        return inner instanceof MappedAccessor mapped ? new Mapped(mapped, limits) : new LimitedAccessor(inner, limits);
    }

    /** The guarantees that hold in spite of the limits. */
    private static Set<Guarantee> guarantees(Set<Guarantee> inner, DeviceLimits limits) {
        Set<Guarantee> held = EnumSet.noneOf(Guarantee.class);
        held.addAll(inner);
        boolean widens = limits.least() > 1 && limits.narrower() == DeviceLimits.Narrower.READ_MODIFY_WRITE;
        boolean cuts = (limits.widest() < 8 && limits.wider() == Wider.CUT) || limits.eight() != Eight.WHOLE;
        if (widens || cuts) {
            held.remove(Guarantee.EXACT_WIDTH);
        }
        if (widens) {
            held.remove(Guarantee.EXACTLY_ONCE);
        }
        if (limits.eight() == Eight.HIGH_FIRST) {
            held.remove(Guarantee.ASCENDING_ORDER);
        }
        if (limits.isAligned() || limits.widest() < 8 || limits.eight() != Eight.WHOLE) {
            held.remove(Guarantee.UNALIGNED_SINGLE);
        }
        return Set.copyOf(held);
    }

    // ---- what it is

    @Override
    public long size() {
        return inner.size();
    }

    @Override
    public RegionCapabilities capabilities() {
        return inner.capabilities();
    }

    @Override
    public AccessOptions options() {
        return options;
    }

    @Override
    public AccessRules rules() {
        return rules;
    }

    @Override
    public Set<Guarantee> guarantees() {
        return guarantees;
    }

    @Override
    public String toString() {
        return inner + ", " + options.limits();
    }

    // ---- plans

    @Override
    public AccessPlan planScalar(long offset, int width) {
        Checks.scalarWidth(width);
        inner.planScalar(offset, width); // which checks
        AccessPlan plan = units.planScalar(base + offset, offset, width);
        return isPlanRefused(plan, Direction.WRITE, offset, width) || !unit.isPossible(plan)
                ? AccessPlans.rejected(offset)
                : plan;
    }

    @Override
    public AccessPlan planBulk(Direction direction, long offset, long length, TransferOrder order) {
        if (inner.planBulk(direction, offset, length, order).verdict() == AccessPlan.Verdict.REJECTED) {
            return AccessPlans.rejected(offset);
        }
        AccessPlan plan = units.planBulk(direction, order, base + offset, offset, length);
        return isPlanRefused(plan, direction, offset, length) ? AccessPlans.rejected(offset) : plan;
    }

    /** Whether the units around some bytes cannot be accessed, as {@link #checkAround} checks. */
    private boolean isPlanRefused(AccessPlan plan, Direction direction, long offset, long length) {
        return plan.widened() > 0
                && (unit.isOutside(offset, length)
                        || (direction == Direction.WRITE && !capabilities().readable()));
    }

    // ---- checks

    @Override
    public void check(Direction direction, long offset, long length) {
        check(direction, offset, length, TransferOrder.ASCENDING);
    }

    @Override
    public void check(Direction direction, long offset, long length, TransferOrder order) {
        inner.check(direction, offset, length);
        if (!units.takes(direction, order, base + offset, length)) {
            throw units.refused(LimitedUnits.TOO_NARROW, offset, length);
        }
        checkAround(direction, offset, length);
    }

    /** Checks the rest of a unit, which is read when only a part of the unit is written. */
    private void checkAround(Direction direction, long offset, long length) {
        int mask = units.least() - 1;
        long address = base + offset;
        if (((address | length) & mask) == 0 || length == 0) {
            return;
        }
        if (unit.isOutside(offset, length)) {
            throw units.refused(LimitedUnits.TOO_NARROW, offset, length);
        }
        if (direction == Direction.WRITE) {
            inner.check(Direction.READ, offset, length);
        }
    }

    /** The bytes of each piece of a scalar that is allowed, or {@link LimitedUnits#LADDER}. */
    private int checkScalar(Direction direction, long offset, int width) {
        int piece = units.scalar(base + offset, width);
        if (piece == width) {
            return piece; // one access, which the accessor behind checks
        }
        inner.check(direction, offset, width);
        if (piece < 0) {
            throw units.refused(piece, offset, width);
        }
        if (piece == LimitedUnits.LADDER) {
            checkAround(direction, offset, width);
        }
        return piece;
    }

    // ---- scalars

    @Override
    public long read(long offset, int width) {
        Checks.scalarWidth(width);
        int piece = checkScalar(Direction.READ, offset, width);
        if (piece == width) {
            return inner.read(offset, width);
        }
        return piece == LimitedUnits.LADDER ? readLadder(offset, width) : readPieces(offset, width, piece);
    }

    @Override
    public void write(long offset, int width, long value) {
        Checks.scalarWidth(width);
        int piece = checkScalar(Direction.WRITE, offset, width);
        if (piece == width) {
            inner.write(offset, width, value);
        } else if (piece == LimitedUnits.LADDER) {
            writeLadder(offset, width, value);
        } else {
            writePieces(offset, width, value, piece);
        }
    }

    private long readPieces(long offset, int width, int piece) {
        boolean down = units.isHighFirst(width, piece);
        long value = 0;
        for (int done = 0; done < width; done += piece) {
            int at = down ? width - done - piece : done;
            try {
                value |= throwingInner.read(offset + at, piece) << unit.shift(at, piece, width);
            } catch (RegionFaultException fault) {
                forgive(fault, down ? 0 : done + fault.completed());
                return value | ones(down ? 0 : done, down ? at + piece : width, width);
            }
        }
        return value;
    }

    private void writePieces(long offset, int width, long value, int piece) {
        boolean down = units.isHighFirst(width, piece);
        for (int done = 0; done < width; done += piece) {
            int at = down ? width - done - piece : done;
            try {
                throwingInner.write(offset + at, piece, value >>> unit.shift(at, piece, width));
            } catch (RegionFaultException fault) {
                forgive(fault, down ? 0 : done + fault.completed());
                return;
            }
        }
    }

    private long readLadder(long offset, int width) {
        long value = 0;
        for (int done = 0; done < width; ) {
            int step = units.step(base + offset + done, width - done, units.widestScalar());
            try {
                value |= unit.read(offset + done, step) << unit.shift(done, step, width);
            } catch (RegionFaultException fault) {
                forgive(fault, done);
                return value | ones(done, width, width);
            }
            done += step;
        }
        return value;
    }

    private void writeLadder(long offset, int width, long value) {
        for (int done = 0; done < width; ) {
            int step = units.step(base + offset + done, width - done, units.widestScalar());
            try {
                unit.write(offset + done, step, value >>> unit.shift(done, step, width));
            } catch (RegionFaultException fault) {
                forgive(fault, done);
                return;
            }
            done += step;
        }
    }

    private long ones(int from, int to, int width) {
        return UnitAccess.low(-1, to - from) << unit.shift(from, to - from, width);
    }

    /** Goes on, or throws if the policy says so. The fault came after {@code completed} bytes. */
    private void forgive(RegionFaultException fault, long completed) {
        if (!forgives || fault.side() == RegionFaultException.Side.RAM) {
            throw Faults.within(fault, completed);
        }
    }

    // ---- bulk

    @Override
    public void readBytes(long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
        Objects.requireNonNull(order);
        check(Direction.READ, offset, length, order);
        if (units.isUnlimited(Direction.READ, order, base + offset, length)) {
            inner.readBytes(offset, ram, ramOffset, length, exact(order));
            return;
        }
        RamSide.check(ram, ramOffset, length, true);
        int widest = units.widest(Direction.READ, order);
        boolean barriers = weak && order == TransferOrder.ASCENDING;
        for (long done = 0; done < length; ) {
            int step = units.step(base + offset + done, length - done, widest);
            try {
                order(barriers, done);
                unit.read(offset + done, ram, ramOffset + done, step, order);
            } catch (RegionFaultException fault) {
                forgive(fault, done);
                RamSide.fillWithOnes(this, offset + done, done, ram, ramOffset + done, length - done);
                return;
            } catch (InternalError vanished) {
                throw RamSide.fault(this, offset + done, Direction.READ, step, done);
            } catch (IllegalStateException | WrongThreadException ended) { // its arena, by another thread
                RamSide.checkUsable(ram);
                throw ended;
            }
            done += step;
        }
    }

    @Override
    public void writeBytes(long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
        Objects.requireNonNull(order);
        check(Direction.WRITE, offset, length, order);
        if (units.isUnlimited(Direction.WRITE, order, base + offset, length)) {
            inner.writeBytes(offset, ram, ramOffset, length, exact(order));
            return;
        }
        RamSide.check(ram, ramOffset, length, false);
        int widest = units.widest(Direction.WRITE, order);
        boolean barriers = weak && order == TransferOrder.ASCENDING;
        for (long done = 0; done < length; ) {
            int step = units.step(base + offset + done, length - done, widest);
            try {
                order(barriers, done);
                unit.write(offset + done, ram, ramOffset + done, step, order);
            } catch (RegionFaultException fault) {
                forgive(fault, done);
                return;
            } catch (InternalError vanished) {
                throw RamSide.fault(this, offset + done, Direction.WRITE, step, done);
            } catch (IllegalStateException | WrongThreadException ended) { // its arena, by another thread
                RamSide.checkUsable(ram);
                throw ended;
            }
            done += step;
        }
    }

    /** The limits are about units, so nobody else may choose them. */
    private static TransferOrder exact(TransferOrder order) {
        return order == TransferOrder.ASCENDING ? order : TransferOrder.RELAXED;
    }

    private void order(boolean barriers, long done) {
        if (barriers && done > 0) {
            inner.barrier(Barrier.FULL);
        }
    }

    @Override
    public void fill(long offset, long length, byte value) {
        check(Direction.WRITE, offset, length, TransferOrder.RELAXED);
        if (units.isUnlimited(Direction.WRITE, TransferOrder.RELAXED, base + offset, length)) {
            inner.fill(offset, length, value);
            return;
        }
        int widest = units.widest(Direction.WRITE, TransferOrder.RELAXED);
        for (long done = 0; done < length; ) {
            int step = units.step(base + offset + done, length - done, widest);
            try {
                unit.fill(offset + done, step, value);
            } catch (RegionFaultException fault) {
                forgive(fault, done);
                return;
            }
            done += step;
        }
    }

    // ---- views, which reach the units around their ends

    @Override
    public HostMemoryAccessor slice(long offset, long size) {
        return around(inner.slice(offset, size), options.limits());
    }

    @Override
    public HostMemoryAccessor readOnly() {
        return around(inner.readOnly(), options.limits());
    }

    @Override
    public HostMemoryAccessor withByteOrder(ByteOrder order) {
        return around(inner.withByteOrder(order), options.limits());
    }

    @Override
    public HostMemoryAccessor wholeRegion() {
        return UnsupportedRequests.wholeRegion(inner);
    }

    @Override
    public long regionOffset() {
        return UnsupportedRequests.regionOffset(inner);
    }

    // ---- the rest

    @Override
    public void barrier(Barrier purpose) {
        inner.barrier(purpose);
    }

    @Override
    public MemorySegment asSegment() {
        if (capabilities().cacheMode().needsExactAccesses()) {
            return inner.asSegment(); // which refuses it
        }
        throw new AccessRejectedException(
                Reason.DEVICE_LIMITS,
                "memory behind the limits of its device (" + options.limits()
                        + ") has no segment: Java accesses through a segment do not obey limits; use the accessor, or"
                        + " open the region without limits");
    }

    @Override
    public Atomics atomics() {
        if (atomics == null) {
            atomics = new LimitedAtomics(inner.atomics(), options.limits());
        }
        return atomics;
    }

    @Override
    public HostMemoryAccessor throwing() {
        if (!forgives) {
            return this;
        }
        LimitedAccessor twin = throwing;
        if (twin == null || twin.inner != UnsupportedRequests.throwing(inner)) {
            twin = around(UnsupportedRequests.throwing(inner), options.limits());
            throwing = twin;
        }
        return twin;
    }

    @Override
    public void close() {
        inner.close();
    }

    /** The same for mapped memory, so that a transfer can tell which memory it is. */
    private static final class Mapped extends LimitedAccessor implements MappedAccessor {

        private final MappedAccessor mapped;

        Mapped(MappedAccessor inner, DeviceLimits limits) {
            super(inner, limits);
            mapped = inner;
        }

        @Override
        public long address() {
            return mapped.address();
        }

        /** The routines of the other accessor know no limits. */
        @Override
        public boolean copyDirectly(MappedAccessor source, long from, long to, long length, Order order) {
            return false;
        }

        @Override
        public void writeDescending(long offset, MemorySegment ram, long ramOffset, long length) {
            check(Direction.WRITE, offset, length, TransferOrder.RELAXED);
            for (long rest = length; rest > 0; ) {
                int unit = LimitedUnits.stepDownwards(
                        options().limits(), rules(), TransferOrder.RELAXED, address() + offset + rest, rest);
                rest -= unit;
                try {
                    writeBytes(offset + rest, ram, ramOffset + rest, unit, TransferOrder.RELAXED);
                } catch (RegionFaultException fault) {
                    throw Faults.within(fault, length - rest - unit + fault.completed());
                }
            }
        }

        @Override
        public void addUser(Runnable end) {
            mapped.addUser(end);
        }

        @Override
        public void removeUser(Runnable end) {
            mapped.removeUser(end);
        }

        @Override
        public void expectFaults(@Nullable String cause) {
            mapped.expectFaults(cause);
        }
    }
}
