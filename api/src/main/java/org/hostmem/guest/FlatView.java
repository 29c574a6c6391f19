package org.hostmem.guest;

import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.Stream;
import org.hostmem.RegionBoundsException;
import org.hostmem.guest.AddressSpace.Holes;
import org.hostmem.guest.AddressSpace.Range;

/** What answers at each address, without gaps. Immutable. */
final class FlatView {

    final List<Mapping> mappings;
    private final long[] starts;
    private final Range[] ranges;

    FlatView(List<Mapping> mappings, ByteOrder order, Holes holes) {
        this.mappings = mappings;
        this.ranges = new Flattening(this, order, holes).ranges();
        this.starts = Stream.of(ranges).mapToLong(Range::start).toArray();
    }

    Range find(long address) {
        int low = 0;
        int high = starts.length - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (starts[middle] <= address) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        Range found = ranges[low];
        if (address < 0 || address >= found.end()) {
            throw new RegionBoundsException("0x" + Long.toHexString(address) + " is no guest-physical address: they are in [0, 2^63 - 1)");
        }
        return found;
    }

    /** What a request finds in one range. */
    @FunctionalInterface
    interface Part {
        void visit(Range range, long offset, long length);
    }

    void forEach(long address, long length, Part part) {
        checkAddresses(address, length);
        long end = address + length;
        for (long at = address; at < end;) {
            Range range = find(at);
            long n = Math.min(end, range.end()) - at;
            part.visit(range, range.offset(at), n);
            at += n;
        }
    }

    static void checkAddresses(long address, long length) {
        if ((address | length) < 0 || address > Long.MAX_VALUE - length) {
            throw new RegionBoundsException(length + " bytes at 0x" + Long.toHexString(address) + " are not guest-physical addresses: they are in [0, 2^63 - 1)");
        }
    }
}
