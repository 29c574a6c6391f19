package org.hostmem.engine;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The bytes of a {@link Part}'s source that an earlier part overwrites. They are read before that and kept, in
 * ascending pieces that do not touch. Cuts are at multiples of 64, so that no plan changes.
 */
public final class Saved {

    private final long bytes;
    private final long[] starts;
    private final long[] ends;
    private final long[] places;
    private final long size;
    private MemorySegment memory = MemorySegment.NULL;

    /** {@code bytes} are overwritten, somewhere in these stretches. */
    Saved(long bytes, long[] starts, long[] ends) {
        this.bytes = bytes;
        this.starts = starts;
        this.ends = ends;
        this.places = new long[starts.length];
        long place = 0;
        for (int i = 0; i < starts.length; i++) {
            places[i] = place;
            place += ends[i] - starts[i];
        }
        this.size = place;
    }

    /** The number of bytes that must be kept. */
    public long bytes() {
        return bytes;
    }

    /** The memory that they need, with the bytes that the cuts add. */
    long size() {
        return size;
    }

    void keepIn(MemorySegment memory) {
        this.memory = memory;
    }

    MemorySegment memory() {
        return memory;
    }

    /** Receives a piece, and its place in the memory. */
    interface Visitor {
        void stretch(long start, long length, long place);
    }

    void forEach(Visitor visitor) {
        for (int i = 0; i < starts.length; i++) {
            visitor.stretch(starts[i], ends[i] - starts[i], places[i]);
        }
    }

    /** The last piece that begins at or before a byte; -1 if there is none. */
    private int before(long at) {
        int found = Arrays.binarySearch(starts, at);
        return found >= 0 ? found : -found - 2;
    }

    /** The place of a byte in the memory; -1 if it is not kept. */
    long place(long at) {
        int i = before(at);
        return i >= 0 && at < ends[i] ? places[i] + at - starts[i] : -1;
    }

    /** The end of the bytes, from one on, that are all kept or all not kept. */
    long end(long at) {
        int i = before(at);
        if (i >= 0 && at < ends[i]) {
            return ends[i];
        }
        return i + 1 < starts.length ? starts[i + 1] : Long.MAX_VALUE;
    }
}
