package org.hostmem;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.hostmem.engine.Ladder;
import org.hostmem.spi.Faults;
import org.hostmem.spi.MappedAccessor;

/** Copies and exchanges in one pass, in units of 8, where both sides have the same alignment. */
final class OnePass extends Fake.Mapped {

    private static final int LINE = 64;

    /** Bytes. */
    long exchanged;

    OnePass(byte[] memory, int base, int size, CacheMode mode, int widest, List<Access> log) {
        super(memory, base, size, mode, widest, log);
    }

    @Override
    public boolean copyDirectly(MappedAccessor source, long from, long to, long length, Order order) {
        Fake other = (Fake) source;
        if (((other.base + from ^ base + to) & 7) != 0) {
            return false;
        }
        for (long done = 0; done < length; ) {
            long rest = length - done;
            int unit = Ladder.unit(base + to + (order == Order.DESCENDING ? rest : done), rest, 8);
            long at = order == Order.DESCENDING ? rest - unit : done;
            byte[] bytes = new byte[unit];
            try {
                other.readBytes(from + at, bytes, 0, unit);
                writeBytes(to + at, bytes, 0, unit);
            } catch (RegionFaultException fault) {
                throw Faults.within(fault, done);
            }
            done += unit;
        }
        return true;
    }

    /** Believes nothing of what {@link MappedAccessor#moveThroughRing} says of its arguments. */
    @Override
    public boolean moveThroughRing(
            MappedAccessor source,
            long from,
            long to,
            MemorySegment ring,
            long place,
            long distance,
            long length,
            Order order) {
        Fake other = (Fake) source;
        long capacity = distance + RING_BLOCK + LINE - 1 & -LINE;
        long ahead = distance + MappedAccessor.readAhead(distance);
        if (other.base + from + distance != base + to + ahead
                || (base + to | length) % LINE != 0
                || length <= 0
                || distance < LINE
                || place < 0
                || place >= capacity
                || ring.byteSize() < capacity + LINE
                || !ring.isNative()) {
            throw new AssertionError(from + ", " + to + ", " + place + ", " + distance + ", " + length + ", a ring of "
                    + ring.byteSize());
        }
        byte[] unit = new byte[8];
        for (long done = 0; done < length; done += unit.length) {
            try {
                other.readBytes(from + done, unit, 0, unit.length);
                writeBytes(
                        to + done,
                        ring.asSlice((place + done) % capacity, unit.length).toArray(ValueLayout.JAVA_BYTE),
                        0,
                        unit.length);
            } catch (RegionFaultException fault) {
                throw Faults.within(fault, done);
            }
            long put = (place + done + ahead) % capacity;
            MemorySegment.copy(unit, 0, ring, ValueLayout.JAVA_BYTE, put, unit.length);
            if (put < LINE) {
                MemorySegment.copy(unit, 0, ring, ValueLayout.JAVA_BYTE, capacity + put, unit.length);
            }
        }
        exchanged += length;
        return true;
    }
}
