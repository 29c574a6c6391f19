package org.hostmem.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.spi.MappedAccessor;
import org.hostmem.spi.SharedMemory;
import org.hostmem.spi.UnsupportedRequests;
import org.jspecify.annotations.Nullable;

/**
 * The bytes that the targets of some {@linkplain Part parts} overwrite, by address. All mapped memory counts as one,
 * whatever its accessors. A {@link SharedMemory} says which memory it is. Every other accessor counts as memory of its
 * own.
 */
final class Written {

    private static final Object MAPPED = new Object();
    private static final long LINE = Mover.LINE;

    /** Starts and ends of stretches that do not touch, by memory. */
    private final Map<Object, TreeMap<Long, Long>> memories = new HashMap<>();

    private static Object memory(HostMemoryAccessor accessor) {
        HostMemoryAccessor root = UnsupportedRequests.wholeRegion(accessor);
        return root instanceof MappedAccessor ? MAPPED : SharedMemory.memory(root);
    }

    /** Adds a target. Returns whether some of it was there already. */
    boolean add(Part part) {
        TreeMap<Long, Long> stretches = memories.computeIfAbsent(memory(part.target()), memory -> new TreeMap<>());
        long start = part.targetAddress();
        long end = start + part.length();
        boolean twice = false;
        for (Map.Entry<Long, Long> near = stretches.floorEntry(end);
                near != null && near.getValue() >= start;
                near = stretches.floorEntry(end)) {
            twice |= near.getKey() < part.targetAddress() + part.length() && near.getValue() > part.targetAddress();
            start = Math.min(start, near.getKey());
            end = Math.max(end, near.getValue());
            stretches.remove(near.getKey());
        }
        stretches.put(start, end);
        return twice;
    }

    /** The bytes of a source that are overwritten; null if there are none. */
    @Nullable
    Saved of(Part part) {
        TreeMap<Long, Long> stretches = memories.get(memory(part.source()));
        if (stretches == null) {
            return null;
        }
        long first = part.sourceAddress();
        long last = first + part.length();
        Long near = stretches.floorKey(first);
        List<long[]> found = new ArrayList<>();
        long bytes = 0;
        for (Map.Entry<Long, Long> stretch :
                stretches.subMap(near == null ? first : near, true, last, false).entrySet()) {
            long start = Math.max(first, stretch.getKey());
            long end = Math.min(last, stretch.getValue());
            if (start < end) {
                bytes += end - start;
                add(found, Math.max(first, start & -LINE) - first, Math.min(last, end + LINE - 1 & -LINE) - first);
            }
        }
        return bytes == 0
                ? null
                : new Saved(
                        bytes,
                        found.stream().mapToLong(stretch -> stretch[0]).toArray(),
                        found.stream().mapToLong(stretch -> stretch[1]).toArray());
    }

    private static void add(List<long[]> found, long start, long end) {
        if (!found.isEmpty() && found.getLast()[1] >= start) {
            found.getLast()[1] = end;
        } else {
            found.add(new long[] {start, end});
        }
    }
}
