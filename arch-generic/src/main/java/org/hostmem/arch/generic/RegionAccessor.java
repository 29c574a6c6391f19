package org.hostmem.arch.generic;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Set;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRules;
import org.hostmem.CacheMode;
import org.hostmem.Direction;
import org.hostmem.FaultPolicy;
import org.hostmem.Guarantee;
import org.hostmem.spi.MappedAccessor;
import org.hostmem.spi.MappedRegion;

/**
 * What every accessor of mapped memory does alike; here, moves between two of them (R7). How bytes really move is the
 * subclass's.
 *
 * <p>Each level is one idea: {@link OpenRegion} checks, {@link FaultingRegion} faults, {@link ScalarRegion} scalars,
 * {@link BulkRegion} transfers to and from RAM.
 */
abstract class RegionAccessor extends BulkRegion {

    /** Wider units of device memory are single shots that gather their RAM side from several loads. */
    private static final int WIDEST_DEVICE_REGISTER = 32;

    /** {@code parent} is what this is a view of, or null. */
    RegionAccessor(MappedRegion region, AccessRules rules, Set<Guarantee> guarantees, RegionAccessor parent) {
        super(region, rules, guarantees, parent);
    }

    /**
     * Whether {@link #copyRegion} makes one access for each unit on both sides, where both are aligned to it, and keeps
     * both in order.
     */
    abstract boolean isExactOnBothSides(RegionAccessor source, Order order);

    /** Whether there is {@link #exchangeRegion} for this order. */
    boolean canExchange(Order order) {
        return false;
    }

    /** As {@link MappedAccessor#exchange}. The count of a fault is odd where a unit was read and not written. */
    long exchangeRegion(long address, MemorySegment ring, long place, long length, long distance, Order order) {
        throw new UnsupportedOperationException();
    }

    @Override
    public final void writeDescending(long offset, MemorySegment ram, long ramOffset, long length) {
        checkWrite(offset, length);
        checkRam(ram, ramOffset, length, false);
        long moved = write(null, offset, ram, ramOffset, length, Order.DESCENDING);
        if (moved != length) {
            bulkFaulted(offset, Direction.WRITE, length, ~moved, Order.DESCENDING, ram, ramOffset);
        }
    }

    @Override
    public final boolean copyDirectly(MappedAccessor source, long from, long to, long length, Order order) {
        if (!(source instanceof RegionAccessor other) || !agrees(other, from, to, order)) {
            return false;
        }
        other.checkRead(from, length);
        checkWrite(to, length);
        try {
            long moved = write(other, to, other.region.memory(), from, length, order);
            if (moved != length) {
                directFaulted(other, from, to, length, ~moved, order);
            }
        } catch (AccessRejectedException refused) { // the RAM side here is a region
            other.checkUsable();
            throw refused;
        } finally {
            Reference.reachabilityFence(other);
        }
        return true;
    }

    @Override
    public final boolean exchange(
            MappedAccessor source,
            long from,
            long to,
            MemorySegment ring,
            long place,
            long distance,
            long length,
            Order order) {
        if (!canExchange(order)
                || !(source instanceof RegionAccessor other)
                || other.rules != rules
                || other.base + from != base + to + MappedAccessor.readAhead(distance)
                || ((base + to | length) & 63) != 0
                || distance < 64
                || options().fault() != FaultPolicy.THROW
                || other.options().fault() != FaultPolicy.THROW) {
            return false;
        }
        other.checkRead(from, length);
        checkWrite(to, length);
        long capacity = distance + RING_BLOCK + 63 & -64;
        for (long done = 0; done < length; ) {
            long n = Math.min(length - done, Math.min(readChunk, writeChunk));
            long start = n < length ? System.nanoTime() : 0;
            long moved = exchangeRegion(base + to + done, ring, (place + done) % capacity, n, distance, order);
            if (moved != n) {
                exchangeFaulted(other, from + done, to + done, done, ~moved, order);
            }
            done += n;
            if (n < length && readChunk < writeChunk) {
                readChunk = Chunks.next(readChunk, n, start);
            } else if (n < length) {
                writeChunk = Chunks.next(writeChunk, n, start);
            }
        }
        Reference.reachabilityFence(other);
        Reference.reachabilityFence(this);
        return true;
    }

    /** An odd count: the unit was read, and the write faulted. */
    private void exchangeFaulted(RegionAccessor source, long from, long to, long done, long count, Order order) {
        boolean reading = (count & 1) == 0;
        long at = (count & -2) + (reading ? from : to);
        (reading ? source : this)
                .faulted(
                        at,
                        reading ? Direction.READ : Direction.WRITE,
                        widest(Direction.WRITE, order),
                        done + (count & -2),
                        takeFault());
    }

    /** Whether one routine makes the accesses of both sides' plans. */
    private boolean agrees(RegionAccessor source, long from, long to, Order order) {
        int unit = widest(Direction.WRITE, order);
        return isExactOnBothSides(source, order)
                && ((source.base + from ^ base + to) & unit - 1) == 0
                && unit == source.widest(Direction.READ, order)
                && (unit <= WIDEST_DEVICE_REGISTER || rules.cacheMode() == CacheMode.NORMAL)
                && options().fault() == FaultPolicy.THROW
                && source.options().fault() == FaultPolicy.THROW;
    }

    /**
     * The fault's address is the kernel's word, and may be some bytes off: the side that it is nearer to. Without one
     * the side is unknown, and the write is named.
     */
    private void directFaulted(RegionAccessor source, long from, long to, long length, long completed, Order order) {
        Fault fault = takeFault();
        int width = faultingWidth(to, Direction.WRITE, length, completed, order);
        long at = order == Order.DESCENDING ? length - completed - width : completed;
        if (fault != null
                && fault.address() != 0
                && Math.abs(fault.address() - (source.base + from + at))
                        < Math.abs(fault.address() - (base + to + at))) {
            source.faulted(from + at, Direction.READ, width, completed, fault);
        }
        faulted(to + at, Direction.WRITE, width, completed, fault);
    }
}
