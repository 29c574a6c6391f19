package org.hostmem.arch.generic;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.Set;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.AccessRules;
import org.hostmem.Atomics;
import org.hostmem.Barrier;
import org.hostmem.Direction;
import org.hostmem.FaultPolicy;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionCapabilities;
import org.hostmem.TransferOrder;
import org.hostmem.engine.Checks;
import org.hostmem.spi.HostPages;
import org.hostmem.spi.MappedAccessor;
import org.hostmem.spi.MappedRegion;
import org.hostmem.spi.UnsupportedRequests;
import org.jspecify.annotations.Nullable;

/**
 * An accessor of mapped memory. It has a state that allows or refuses accesses, a machine that makes them, and the
 * parts between the two. A subclass decides how scalars reach the machine.
 */
abstract class RegionAccessor implements MappedAccessor, UnsupportedRequests {

    final RegionState state;
    final Scalars scalars;
    private final Set<Guarantee> guarantees;
    private final Machine machine;
    private final BlockTransfers transfers;
    private final RegionMoves moves;
    /** Made when it is asked for. */
    private @Nullable Atomics atomics;
    /** Made when it is asked for. */
    private volatile @Nullable RegionAccessor throwing; // its limits are set after it is made

    /** {@code parent} is what this is a view of, or null. */
    RegionAccessor(
            MappedRegion region,
            AccessRules rules,
            Set<Guarantee> guarantees,
            Machine.Type type,
            @Nullable RegionAccessor parent) {
        this.state = new RegionState(this, region, rules, parent == null ? null : parent.state);
        this.guarantees = Set.copyOf(guarantees);
        this.machine = type.of(state);
        FaultReporter faults = new FaultReporter(state, machine);
        this.scalars = new Scalars(state, machine, faults);
        this.transfers = new BlockTransfers(state, machine, faults);
        this.moves = new RegionMoves(state, machine, faults, transfers);
    }

    /** An accessor of the subclass, for a part of the same memory. */
    abstract RegionAccessor view(MappedRegion part);

    // ---- what it is

    @Override
    public final long size() {
        return state.size();
    }

    @Override
    public final RegionCapabilities capabilities() {
        return state.capabilities();
    }

    @Override
    public final AccessOptions options() {
        return state.options();
    }

    @Override
    public final AccessRules rules() {
        return state.rules;
    }

    @Override
    public final Set<Guarantee> guarantees() {
        return guarantees;
    }

    @Override
    public final long address() {
        return state.base;
    }

    @Override
    public final String toString() {
        return capabilities().cacheMode() + " memory of " + size() + " bytes, " + rules().isa()
                + (capabilities().writable() ? "" : ", read-only") + (state.isClosed() ? ", closed" : "");
    }

    // ---- before an access

    @Override
    public final AccessPlan planScalar(long offset, int width) {
        Checks.scalarWidth(width);
        state.checkInside(offset, width);
        return AccessPlan.scalar(rules(), options().unaligned(), state.base + offset, offset, width);
    }

    @Override
    public final AccessPlan planBulk(Direction direction, long offset, long length, TransferOrder order) {
        state.checkInside(offset, length);
        return AccessPlan.bulk(rules(), direction, order, state.base + offset, offset, length);
    }

    @Override
    public final void check(Direction direction, long offset, long length) {
        if (Objects.requireNonNull(direction) == Direction.READ) {
            scalars.checkRead(offset, length);
        } else {
            scalars.checkWrite(offset, length);
        }
    }

    // ---- accesses

    @Override
    public final void readBytes(long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
        transfers.readBytes(offset, ram, ramOffset, length, order);
    }

    @Override
    public final void writeBytes(long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
        transfers.writeBytes(offset, ram, ramOffset, length, order);
    }

    @Override
    public final void readBytes(long offset, byte[] ram, int ramOffset, int length) {
        transfers.readBytes(offset, ram, ramOffset, length);
    }

    @Override
    public final void writeBytes(long offset, byte[] ram, int ramOffset, int length) {
        transfers.writeBytes(offset, ram, ramOffset, length);
    }

    @Override
    public final void fill(long offset, long length, byte value) {
        transfers.fill(offset, length, value);
    }

    @Override
    public final void fillUnobserved(long offset, long length, byte value) {
        transfers.fillUnobserved(offset, length, value);
    }

    @Override
    public final void writeDescending(long offset, MemorySegment ram, long ramOffset, long length) {
        moves.writeDescending(offset, ram, ramOffset, length);
    }

    @Override
    public final boolean copyDirectly(MappedAccessor source, long from, long to, long length, Order order) {
        return source instanceof RegionAccessor other && moves.copyDirectly(other.moves, from, to, length, order);
    }

    @Override
    public final boolean moveThroughRing(
            MappedAccessor source,
            long from,
            long to,
            MemorySegment ring,
            long place,
            long distance,
            long length,
            Order order) {
        return source instanceof RegionAccessor other
                && moves.moveThroughRing(other.moves, from, to, ring, place, distance, length, order);
    }

    @Override
    public final Atomics atomics() {
        if (capabilities().cacheMode().needsExactAccesses()) {
            return MappedAccessor.super.atomics();
        }
        if (atomics == null) {
            atomics = machine.atomics(scalars);
        }
        return atomics;
    }

    @Override
    public final void barrier(Barrier purpose) {
        machine.barrier(purpose);
    }

    // ---- from when to when

    @Override
    public final void expectFaults(@Nullable String cause) {
        state.lifetime.expectFaults(cause);
    }

    @Override
    public final void addUser(Runnable end) {
        state.lifetime.users().add(end);
    }

    @Override
    public final void removeUser(Runnable end) {
        state.lifetime.users().remove(end);
    }

    @Override
    public final @Nullable HostPages pages() {
        return state.lifetime.pages();
    }

    @Override
    public final void close() {
        state.lifetime.close(state);
    }

    // ---- views

    @Override
    public final HostMemoryAccessor slice(long offset, long size) {
        state.checkInside(offset, size);
        return adopted(
                state.region.memory().asSlice(offset, size), capabilities().slice(offset, size), options());
    }

    @Override
    public final HostMemoryAccessor readOnly() {
        state.checkInside(0, size());
        return adopted(state.region.memory(), capabilities().readOnly(), options());
    }

    @Override
    public final HostMemoryAccessor withByteOrder(ByteOrder order) {
        state.checkInside(0, size());
        return adopted(state.region.memory(), capabilities(), options().with(order));
    }

    @Override
    public final HostMemoryAccessor wholeRegion() {
        return state.lifetime.whole().accessor;
    }

    @Override
    public final long regionOffset() {
        return state.base - state.lifetime.whole().base;
    }

    @Override
    public final HostMemoryAccessor throwing() {
        if (options().fault() == FaultPolicy.THROW) {
            return this;
        }
        RegionAccessor twin = throwing;
        if (twin == null || twin.state.isClosed()) {
            twin = adopted(state.region.memory(), capabilities(), options().with(FaultPolicy.THROW));
            throwing = twin;
        }
        return twin;
    }

    private RegionAccessor adopted(MemorySegment memory, RegionCapabilities capabilities, AccessOptions options) {
        RegionAccessor view = view(MappedRegion.borrowed(memory, capabilities, options, state.region.permanence()));
        state.lifetime.adopt(state, view.state);
        return view;
    }

    @Override
    public final MemorySegment asSegment() {
        if (capabilities().cacheMode().needsExactAccesses()) {
            return MappedAccessor.super.asSegment();
        }
        check(capabilities().readable() ? Direction.READ : Direction.WRITE, 0, size());
        return capabilities().writable()
                ? state.region.memory()
                : state.region.memory().asReadOnly();
    }
}
