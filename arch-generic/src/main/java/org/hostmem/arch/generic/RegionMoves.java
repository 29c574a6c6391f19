package org.hostmem.arch.generic;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import org.hostmem.AccessRejectedException;
import org.hostmem.CacheMode;
import org.hostmem.Direction;
import org.hostmem.FaultPolicy;
import org.hostmem.TransferOrder;
import org.hostmem.spi.MappedAccessor;
import org.hostmem.spi.MappedAccessor.Order;

/** What a region does as one end of a move whose other end is a region as well, or runs downwards (R7). */
final class RegionMoves {

    /** Wider units of device memory are single shots that gather their RAM side from several loads. */
    private static final int WIDEST_DEVICE_REGISTER = 32;

    /** What one step of a move may overlap by; it is no longer. */
    private static final long OVERLAP = 1 << 20;

    private final RegionState state;
    private final Machine machine;
    private final FaultReporter faults;
    private final BlockTransfers transfers;

    RegionMoves(RegionState state, Machine machine, FaultReporter faults, BlockTransfers transfers) {
        this.state = state;
        this.machine = machine;
        this.faults = faults;
        this.transfers = transfers;
    }

    /** As {@link MappedAccessor#writeDescending}. */
    void writeDescending(long offset, MemorySegment ram, long ramOffset, long length) {
        transfers.checkWrite(offset, length);
        BlockTransfers.checkRam(ram, ramOffset, length, false);
        long moved = transfers.writeInChunks(null, offset, ram, ramOffset, length, Order.DESCENDING);
        if (moved != length) {
            faults.bulkFaulted(offset, Direction.WRITE, length, ~moved, Order.DESCENDING, ram, ramOffset);
        }
    }

    /** As {@link MappedAccessor#copyDirectly}. */
    boolean copyDirectly(RegionMoves source, long from, long to, long length, Order order) {
        if (order == Order.UNOBSERVED && isFree() && source.isFree()) {
            return copyFreely(source, from, to, length);
        }
        return copyExactly(source, from, to, length, order == Order.UNOBSERVED ? Order.ANY : order);
    }

    private boolean isFree() {
        return state.rules.choosesUnits(TransferOrder.UNOBSERVED)
                && state.options().fault() == FaultPolicy.THROW;
    }

    /** If source and target overlap, the JVM's copy is right. The machine's is wrong if the target is above. */
    private boolean copyFreely(RegionMoves source, long from, long to, long length) {
        long distance = state.base + to - (source.state.base + from);
        boolean isUpwards = distance > 0 && distance < OVERLAP;
        boolean isJvms = transfers.java.isOn() && source.transfers.java.isOn();
        if (isUpwards && !(isJvms && JavaCopies.MAY_OVERLAP)) {
            return false;
        }
        source.transfers.checkRead(from, length);
        transfers.checkWrite(to, length);
        try {
            if (isJvms
                    && (isUpwards || length < machine.jvmBelow())
                    && transfers.java.moves(source.transfers.java, from, to, length)) {
                return true;
            }
            if (isUpwards) {
                return false;
            }
            long moved = transfers.writeInChunks(
                    source.machine, to, source.state.region.memory(), from, length, Order.UNOBSERVED);
            if (moved != length) {
                directFaulted(source, from, to, length, ~moved, Order.UNOBSERVED);
            }
        } catch (AccessRejectedException refused) { // the RAM side here is a region
            source.state.checkUsable();
            throw refused;
        } finally {
            Reference.reachabilityFence(source.state);
            Reference.reachabilityFence(state);
        }
        return true;
    }

    private boolean copyExactly(RegionMoves source, long from, long to, long length, Order order) {
        if (!agrees(source, from, to, order)) {
            return false;
        }
        source.transfers.checkRead(from, length);
        transfers.checkWrite(to, length);
        try {
            long moved = transfers.writeInChunks(source.machine, to, source.state.region.memory(), from, length, order);
            if (moved != length) {
                directFaulted(source, from, to, length, ~moved, order);
            }
        } catch (AccessRejectedException refused) { // the RAM side here is a region
            source.state.checkUsable();
            throw refused;
        } finally {
            Reference.reachabilityFence(source.state);
        }
        return true;
    }

    /** As {@link MappedAccessor#moveThroughRing}. */
    boolean moveThroughRing(
            RegionMoves source,
            long from,
            long to,
            MemorySegment ring,
            long place,
            long distance,
            long length,
            Order order) {
        if (!machine.canMoveThroughRing(order)
                || source.state.rules != state.rules
                || source.state.base + from != state.base + to + MappedAccessor.readAhead(distance)
                || ((state.base + to | length) & 63) != 0
                || distance < 64
                || state.options().fault() != FaultPolicy.THROW
                || source.state.options().fault() != FaultPolicy.THROW) {
            return false;
        }
        source.transfers.checkRead(from, length);
        transfers.checkWrite(to, length);
        long capacity = distance + MappedAccessor.RING_BLOCK + 63 & -64;
        for (long done = 0; done < length; ) {
            long n = Math.min(length - done, Math.min(transfers.readChunk, transfers.writeChunk));
            long start = n < length ? System.nanoTime() : 0;
            long moved = moveThroughRing(state.base + to + done, ring, (place + done) % capacity, n, distance, order);
            if (moved != n) {
                ringFaulted(source, from + done, to + done, done, ~moved, order);
            }
            done += n;
            if (n < length && transfers.readChunk < transfers.writeChunk) {
                transfers.readChunk = Chunks.next(transfers.readChunk, n, start);
            } else if (n < length) {
                transfers.writeChunk = Chunks.next(transfers.writeChunk, n, start);
            }
        }
        Reference.reachabilityFence(source.state);
        Reference.reachabilityFence(state);
        return true;
    }

    private long moveThroughRing(
            long address, MemorySegment ring, long place, long length, long distance, Order order) {
        try {
            return machine.moveThroughRing(address, ring, place, length, distance, order);
        } catch (IllegalStateException | WrongThreadException ended) {
            throw state.eitherClosed(ring, ended);
        }
    }

    /** An odd count: the unit was read, and the write faulted. */
    private void ringFaulted(RegionMoves source, long from, long to, long done, long count, Order order) {
        boolean reading = (count & 1) == 0;
        long at = (count & -2) + (reading ? from : to);
        (reading ? source : this)
                .faults.faulted(
                        at,
                        reading ? Direction.READ : Direction.WRITE,
                        state.widest(Direction.WRITE, order),
                        done + (count & -2),
                        machine.takeFault());
    }

    /** Whether one routine makes the accesses of both sides' plans. */
    private boolean agrees(RegionMoves source, long from, long to, Order order) {
        int unit = state.widest(Direction.WRITE, order);
        return machine.canCopy(source.machine, order)
                && ((source.state.base + from ^ state.base + to) & unit - 1) == 0
                && unit == source.state.widest(Direction.READ, order)
                && (unit <= WIDEST_DEVICE_REGISTER || state.rules.cacheMode() == CacheMode.NORMAL)
                && state.options().fault() == FaultPolicy.THROW
                && source.state.options().fault() == FaultPolicy.THROW;
    }

    /**
     * The fault's address is the kernel's word, and may be some bytes off: the side that it is nearer to. Without one
     * the side is unknown, and the write is named.
     */
    private void directFaulted(RegionMoves source, long from, long to, long length, long completed, Order order) {
        Fault fault = machine.takeFault();
        int width = faults.faultingWidth(to, Direction.WRITE, length, completed, order);
        long at = order == Order.DESCENDING ? length - completed - width : completed;
        if (fault != null
                && fault.address() != 0
                && fault.isNearer(
                        source.state.base + from + at,
                        state.base + to + at,
                        FaultReporter.extent(width, length, completed, order))) {
            source.faults.faulted(from + at, Direction.READ, width, completed, fault);
        }
        faults.faulted(to + at, Direction.WRITE, width, completed, fault);
    }
}
