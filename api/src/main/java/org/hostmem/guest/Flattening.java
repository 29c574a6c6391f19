package org.hostmem.guest;

import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.guest.AddressSpace.Holes;
import org.hostmem.guest.AddressSpace.Range;

/** From the highest priority to the lowest, each mapping gets the addresses that are still free; holes get the rest. */
final class Flattening {

    private final FlatView view;
    private final ByteOrder order;
    private final Holes holes;
    private final TreeMap<Long, Range> seen = new TreeMap<>();

    Flattening(FlatView view, ByteOrder order, Holes holes) {
        this.view = view;
        this.order = order;
        this.holes = holes;
    }

    Range[] ranges() {
        List<Mapping> sorted = new ArrayList<>(view.mappings);
        sorted.sort(Comparator.comparingInt(Mapping::priority).reversed().thenComparingLong(Mapping::start));
        Mapping previous = null;
        for (Mapping mapping : sorted) {
            if (previous != null && previous.priority() == mapping.priority() && mapping.start() < previous.end()) {
                throw new IllegalArgumentException("two mappings of priority " + mapping.priority() + " overlap: " + previous + " and " + mapping + "; give one a higher priority");
            }
            HostMemoryAccessor accessor = accessor(mapping);
            fillFree(mapping.start(), mapping.end(), (from, to) -> new Range(view, from, to, accessor, mapping.offset() + from - mapping.start(), mapping));
            previous = mapping;
        }
        fillFree(0, Long.MAX_VALUE, (from, to) -> new Range(view, from, to, Hole.accessor(from, to, order, holes), 0, null));
        return seen.values().toArray(Range[]::new);
    }

    private HostMemoryAccessor accessor(Mapping mapping) {
        if (mapping.model() != null) {
            return new ModelAccessor(mapping.model(), mapping.start(), mapping.size(), order, null);
        }
        return mapping.accessor().options().byteOrder() == order ? mapping.accessor() : mapping.accessor().withByteOrder(order);
    }

    @FunctionalInterface
    private interface RangeMaker {
        Range make(long from, long to);
    }

    private void fillFree(long start, long end, RangeMaker maker) {
        for (long at = start; at < end;) {
            Map.Entry<Long, Range> before = seen.floorEntry(at);
            if (before != null && before.getValue().end() > at) {
                at = before.getValue().end();
            } else {
                Long next = seen.higherKey(at);
                long to = next == null ? end : Math.min(next, end);
                seen.put(at, maker.make(at, to));
                at = to;
            }
        }
    }
}
