package org.hostmem.guest;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.hostmem.RegionBoundsException;
import org.hostmem.guest.AddressSpace.Range;

/**
 * The ranges that answer at all addresses, without gaps. No two neighbours belong to one mapping. It is immutable: a
 * change makes another one, which shares all but a leaf or two. So a change takes a few microseconds for any number of
 * ranges. Addresses are unsigned.
 */
final class FlatView {

    /** Ranges of a leaf: so few that copying them is cheap, so many that there are few leaves. */
    private static final int MOST = 128;

    private static final int FEWEST = MOST / 4;

    /** Some ranges in a row; the keys are their starts, in the order of signed numbers. */
    private record Leaf(long[] keys, Range[] ranges) {

        static Leaf of(List<Range> list) {
            Range[] ranges = list.toArray(Range[]::new);
            long[] keys = new long[ranges.length];
            for (int i = 0; i < keys.length; i++) {
                keys[i] = key(ranges[i].start());
            }
            return new Leaf(keys, ranges);
        }
    }

    private final long[] keys;
    private final Leaf[] leaves;

    private FlatView(long[] keys, Leaf[] leaves) {
        this.keys = keys;
        this.leaves = leaves;
    }

    /** In which nothing is mapped. */
    static FlatView of(Placed[] holes) {
        Leaf all = Leaf.of(Arrays.stream(holes)
                .map(hole -> new Range(hole, hole.start, hole.last))
                .toList());
        return new FlatView(new long[] {all.keys[0]}, new Leaf[] {all});
    }

    private static long key(long address) {
        return address ^ Long.MIN_VALUE;
    }

    Range find(long address) {
        long key = key(address);
        Leaf leaf = leaves[floor(keys, key)];
        return leaf.ranges[floor(leaf.keys, key)];
    }

    /** The last one that is no greater; the first one never is. Without a branch that a CPU has to guess. */
    private static int floor(long[] keys, long key) {
        int low = 0;
        for (int rest = keys.length; rest > 1; ) {
            int half = rest >>> 1;
            low = keys[low + half] <= key ? low + half : low;
            rest -= half;
        }
        return low;
    }

    /** No fewer than there are. */
    int mostRanges() {
        return leaves.length * MOST;
    }

    // ---- changes

    /** The same with one mapping more. */
    FlatView with(Placed added) {
        return changed(
                added.start,
                added.last,
                (range, from, to, fresh) ->
                        append(fresh, range.placed.priority() > added.priority() ? range.placed : added, from, to));
    }

    /** The same with one mapping less: where it was seen, with what lies under it. */
    FlatView without(Placed gone, Layers layers, Placed[] holes) {
        return changed(gone.start, gone.last, (range, from, to, fresh) -> {
            if (range.placed != gone) {
                append(fresh, range.placed, from, to);
                return;
            }
            long at = from;
            for (Range under : layers.under(gone, from, to)) {
                appendHoles(fresh, holes, at, under.start());
                append(fresh, under.placed, under.start(), under.last());
                at = under.last() + 1;
            }
            appendHoles(fresh, holes, at, to + 1);
        });
    }

    private static void append(List<Range> ranges, Placed placed, long start, long last) {
        if (!ranges.isEmpty() && ranges.getLast().placed == placed) {
            start = ranges.removeLast().start();
        }
        ranges.add(new Range(placed, start, last));
    }

    /** Until {@code end}, which is 0 behind the last address. */
    private static void appendHoles(List<Range> ranges, Placed[] holes, long start, long end) {
        for (Placed hole : holes) {
            if (start != end && Long.compareUnsigned(start, hole.last) <= 0) {
                long last = Long.compareUnsigned(hole.last, end - 1) < 0 ? hole.last : end - 1;
                append(ranges, hole, start, last);
                start = last + 1;
            }
        }
    }

    /** Puts what is to be seen in the place of a part of a range. */
    private interface Change {
        void put(Range range, long from, long to, List<Range> fresh);
    }

    /** With whole ranges replaced, so that neighbours of one mapping can become one. */
    private FlatView changed(long start, long last, Change change) {
        List<Range> fresh = new ArrayList<>();
        if (start != 0) {
            Range before = find(start - 1);
            fresh.add(new Range(before.placed, before.start(), start - 1));
        }
        Range range = find(start);
        for (long at = start; Long.compareUnsigned(range.last(), last) < 0; range = find(at)) {
            change.put(range, at, range.last(), fresh);
            at = range.last() + 1;
        }
        change.put(range, Long.compareUnsigned(range.start(), start) < 0 ? start : range.start(), last, fresh);
        if (last != -1) {
            Range after = find(last + 1);
            append(fresh, after.placed, last + 1, after.last());
        }
        return replaced(fresh);
    }

    /** With other ranges in the place of those that begin and end where they do. */
    private FlatView replaced(List<Range> fresh) {
        long firstKey = key(fresh.getFirst().start());
        long lastKey = key(fresh.getLast().last());
        int first = floor(keys, firstKey);
        int end = floor(keys, lastKey) + 1;
        Leaf left = leaves[first];
        Leaf right = leaves[end - 1];
        List<Range> all = new ArrayList<>(Arrays.asList(left.ranges).subList(0, floor(left.keys, firstKey)));
        all.addAll(fresh);
        all.addAll(Arrays.asList(right.ranges).subList(floor(right.keys, lastKey) + 1, right.ranges.length));
        if (all.size() < FEWEST && end < leaves.length) {
            all.addAll(Arrays.asList(leaves[end++].ranges));
        } else if (all.size() < FEWEST && first > 0) {
            all.addAll(0, Arrays.asList(leaves[--first].ranges));
        }
        int parts = (all.size() + MOST - 1) / MOST;
        int rest = leaves.length - end;
        long[] nextKeys = Arrays.copyOf(keys, first + parts + rest);
        Leaf[] next = Arrays.copyOf(leaves, first + parts + rest);
        for (int part = 0; part < parts; part++) {
            Leaf leaf = Leaf.of(all.subList(part * all.size() / parts, (part + 1) * all.size() / parts));
            nextKeys[first + part] = leaf.keys[0];
            next[first + part] = leaf;
        }
        System.arraycopy(keys, end, nextKeys, first + parts, rest);
        System.arraycopy(leaves, end, next, first + parts, rest);
        return new FlatView(nextKeys, next);
    }

    /** Ends the ranges at some addresses that are not in the next view, and their neighbours. */
    void endAllBut(FlatView next, long start, long last) {
        long end = last == -1 ? -1 : last + 1;
        Range range = find(start == 0 ? 0 : start - 1);
        while (true) {
            if (next.find(range.start()) != range) {
                range.markEnded();
            }
            if (Long.compareUnsigned(range.last(), end) >= 0) {
                return;
            }
            range = find(range.last() + 1);
        }
    }

    // ---- requests

    /** What a request finds in one range. */
    @FunctionalInterface
    interface Part {
        void visit(Range range, long offset, long length);
    }

    void forEach(long address, long length, Part part) {
        checkAddresses(address, length);
        for (long done = 0; done < length; ) {
            Range range = find(address + done);
            long n = Math.min(length - done, range.rest(address + done));
            part.visit(range, range.offset(address + done), n);
            done += n;
        }
    }

    static void checkAddresses(long address, long length) {
        if (length < 0 || (length > 0 && Long.compareUnsigned(address + length - 1, address) < 0)) {
            throw GuestAddresses.located(
                    new RegionBoundsException(
                            length < 0
                                    ? "a length of " + length + " bytes: a length is 0 or more"
                                    : length + " bytes run past the last address, 0xffffffffffffffff"),
                    address);
        }
    }
}
