package org.hostmem.guest;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.hostmem.guest.AddressSpace.Range;
import org.jspecify.annotations.Nullable;

/**
 * All mappings of a space, visible or hidden: which one lies under which, and in which order they were added. Callers
 * hold the lock of the space.
 */
final class Layers {

    /** From the highest priority down, each by its start; mappings of one layer do not overlap. */
    private final NavigableMap<Integer, NavigableMap<Long, Placed>> layers = new TreeMap<>(Comparator.reverseOrder());

    private final Collection<Placed> asGiven = new LinkedHashSet<>();

    /** Refuses a mapping that overlaps another of its priority; one may be excepted. */
    void checkFree(Mapping mapping, @Nullable Placed excepted) {
        NavigableMap<Long, Placed> layer = layers.get(mapping.priority());
        Map.Entry<Long, Placed> nearest = layer == null ? null : layer.floorEntry(mapping.last());
        if (layer != null && nearest != null && nearest.getValue() == excepted) {
            nearest = layer.lowerEntry(excepted.start);
        }
        if (nearest != null && Long.compareUnsigned(nearest.getValue().last, mapping.start()) >= 0) {
            throw new IllegalArgumentException("two mappings of priority " + mapping.priority() + " overlap: "
                    + nearest.getValue().mapping + " and " + mapping + "; give one a higher priority");
        }
    }

    /**
     * The nearest mapping of the same priority, before or behind, that is of the same region; null if there is none.
     */
    @Nullable
    Placed neighbour(Mapping mapping) {
        NavigableMap<Long, Placed> layer = layers.get(mapping.priority());
        if (layer == null) {
            return null;
        }
        Map.Entry<Long, Placed> below = layer.lowerEntry(mapping.start());
        Map.Entry<Long, Placed> above = layer.higherEntry(mapping.start());
        boolean isBelow = below != null && below.getValue().mapping.accessor() == mapping.accessor();
        return isBelow ? below.getValue() : above == null ? null : above.getValue();
    }

    void add(Placed placed) {
        layers.computeIfAbsent(placed.mapping.priority(), priority -> new TreeMap<>(Long::compareUnsigned))
                .put(placed.start, placed);
        asGiven.add(placed);
    }

    void remove(Placed placed) {
        layers.computeIfPresent(placed.mapping.priority(), (priority, layer) -> {
            layer.remove(placed.start);
            return layer.isEmpty() ? null : layer;
        });
        asGiven.remove(placed);
    }

    /** Returns what was made of a mapping, or null if it is not there. */
    @Nullable
    Placed find(Mapping mapping) {
        NavigableMap<Long, Placed> layer = layers.get(mapping.priority());
        Placed placed = layer == null ? null : layer.get(mapping.start());
        return placed != null && (placed.mapping == mapping || placed.mapping.equals(mapping)) ? placed : null;
    }

    /** In the order they were given. */
    List<Mapping> mappings() {
        return asGiven.stream().map(placed -> placed.mapping).toList();
    }

    /** From the lowest priority up. */
    List<Placed> upwards() {
        return layers.descendingMap().values().stream()
                .flatMap(layer -> layer.values().stream())
                .toList();
    }

    /** What is seen of the layers below a mapping, at some of its addresses, in ascending order; holes are left out. */
    List<Range> under(Placed top, long start, long last) {
        List<Range> seen = new ArrayList<>();
        List<long[]> free = List.of(new long[] {start, last});
        for (NavigableMap<Long, Placed> layer :
                layers.tailMap(top.mapping.priority(), false).values()) {
            if (free.isEmpty()) {
                break;
            }
            List<long[]> rest = new ArrayList<>();
            for (long[] gap : free) {
                fill(gap[0], gap[1], layer, seen, rest);
            }
            free = rest;
        }
        seen.sort((one, other) -> Long.compareUnsigned(one.start(), other.start()));
        return seen;
    }

    private static void fill(
            long start, long last, NavigableMap<Long, Placed> layer, List<Range> seen, List<long[]> rest) {
        Long first = layer.floorKey(start);
        long at = start;
        for (Placed placed :
                layer.subMap(first == null ? start : first, true, last, true).values()) {
            if (Long.compareUnsigned(placed.last, start) < 0) {
                continue; // the one that begins below the gap ends there, too
            }
            if (Long.compareUnsigned(at, placed.start) < 0) {
                rest.add(new long[] {at, placed.start - 1});
                at = placed.start;
            }
            if (Long.compareUnsigned(placed.last, last) >= 0) {
                seen.add(new Range(placed, at, last));
                return;
            }
            seen.add(new Range(placed, at, placed.last));
            at = placed.last + 1;
        }
        rest.add(new long[] {at, last});
    }
}
