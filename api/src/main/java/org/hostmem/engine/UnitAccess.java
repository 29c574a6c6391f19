package org.hostmem.engine;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import org.hostmem.AccessPlan;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionFaultException;
import org.hostmem.TransferOrder;
import org.hostmem.spi.Faults;
import org.hostmem.spi.MappedAccessor;
import org.hostmem.spi.UnsupportedRequests;

/**
 * Makes one unit of a {@link LimitedAccessor}, or a part of one, by calls of the accessor behind it. It throws at a
 * fault.
 *
 * <p>The unit around a part may begin before a view or end behind it. The access then goes to the whole region.
 */
final class UnitAccess {

    private static final long EVERY_BYTE = 0x0101_0101_0101_0101L;

    private final HostMemoryAccessor inner;
    private final LimitedUnits units;
    /** An address of offset 0 that has the right alignment. */
    private final long base;
    /** The region that {@code inner} is a view of, in the same byte order, or {@code inner} itself. */
    private final HostMemoryAccessor region;
    /** Where it begins in it. */
    private final long start;

    private final boolean little;
    private final boolean isNative;

    UnitAccess(HostMemoryAccessor inner, LimitedUnits units) {
        ByteOrder order = inner.options().byteOrder();
        this.inner = UnsupportedRequests.throwing(inner);
        this.units = units;
        this.base = MappedAccessor.addressOf(inner);
        HostMemoryAccessor whole = UnsupportedRequests.wholeRegion(inner);
        this.region =
                UnsupportedRequests.throwing(whole.options().byteOrder() == order ? whole : whole.withByteOrder(order));
        this.start = UnsupportedRequests.regionOffset(inner);
        this.little = order == ByteOrder.LITTLE_ENDIAN;
        this.isNative = order == ByteOrder.nativeOrder();
    }

    /** Whether the unit around some bytes is not whole, because the region begins or ends within it. */
    boolean isOutside(long offset, long length) {
        int mask = units.least() - 1;
        long before = base + offset & mask;
        long after = -(base + offset + length) & mask;
        return before > start + offset || start + offset + length > region.size() - after;
    }

    /** Whether the accessor behind carries out each access of a scalar's plan. */
    boolean isPossible(AccessPlan plan) {
        boolean[] possible = {true};
        plan.forEach((offset, width) ->
                possible[0] &= region.planScalar(start + offset, width).verdict() != AccessPlan.Verdict.REJECTED);
        return possible[0];
    }

    // ---- values in the byte order of the options

    long read(long offset, int step) {
        if (units.isPart(step)) {
            int skipped = skipped(offset);
            return low(readAround(offset - skipped) >>> shift(skipped, step, units.least()), step);
        }
        if (units.isHalved(step)) {
            long high = inner.read(offset + 4, 4);
            return high << shift(4, 4, 8) | inner.read(offset, 4) << shift(0, 4, 8);
        }
        return inner.read(offset, step);
    }

    void write(long offset, int step, long value) {
        if (units.isPart(step)) {
            int skipped = skipped(offset);
            int shift = shift(skipped, step, units.least());
            long mask = low(-1, step) << shift;
            long whole = readAround(offset - skipped);
            writeAround(offset - skipped, (whole & ~mask) | (value << shift & mask));
        } else if (units.isHalved(step)) {
            inner.write(offset + 4, 4, value >>> shift(4, 4, 8));
            inner.write(offset, 4, value >>> shift(0, 4, 8));
        } else {
            inner.write(offset, step, value);
        }
    }

    private long readAround(long offset) {
        try {
            return region.read(start + offset, units.least());
        } catch (RegionFaultException fault) {
            throw Faults.within(fault, -start, fault.completed());
        }
    }

    private void writeAround(long offset, long value) {
        try {
            region.write(start + offset, units.least(), value);
        } catch (RegionFaultException fault) {
            throw Faults.within(fault, -start, fault.completed());
        }
    }

    /** Bytes of the least unit before an offset. */
    private int skipped(long offset) {
        return (int) (base + offset & units.least() - 1);
    }

    /** Where the bytes from {@code at} on stand in a value of {@code width} bytes. */
    int shift(int at, int bytes, int width) {
        return 8 * (little ? at : width - at - bytes);
    }

    static long low(long value, int bytes) {
        return bytes == 8 ? value : value & (1L << (8 * bytes)) - 1;
    }

    // ---- bytes, of units of any width

    void read(long offset, MemorySegment ram, long ramOffset, int step, TransferOrder order) {
        if (step > 8) {
            inner.readBytes(offset, ram, ramOffset, step, order);
            return;
        }
        long value = read(offset, step);
        if (!units.isPart(step)) {
            RamSide.put(ram, ramOffset, step, inHostOrder(value, step));
            return;
        }
        for (int i = 0; i < step; i++) {
            RamSide.put(ram, ramOffset + i, 1, value >>> shift(i, 1, step));
        }
    }

    void write(long offset, MemorySegment ram, long ramOffset, int step, TransferOrder order) {
        if (step > 8) {
            inner.writeBytes(offset, ram, ramOffset, step, order);
            return;
        }
        if (!units.isPart(step)) {
            write(offset, step, inHostOrder(RamSide.get(ram, ramOffset, step), step));
            return;
        }
        long value = 0;
        for (int i = 0; i < step; i++) {
            value |= RamSide.get(ram, ramOffset + i, 1) << shift(i, 1, step);
        }
        write(offset, step, value);
    }

    void fill(long offset, int step, byte value) {
        if (step > 8) {
            inner.fill(offset, step, value);
        } else {
            write(offset, step, (value & 0xff) * EVERY_BYTE);
        }
    }

    /** From the byte order of the options to the host's, or back. */
    private long inHostOrder(long value, int width) {
        return isNative ? value : Long.reverseBytes(value) >>> (64 - 8 * width);
    }
}
