package org.hostmem.vfio.linux;

import java.util.Arrays;

/** The physical addresses of a block of memory, as contiguous pieces. Immutable once it is complete. */
public final class PhysicalPages {

    private static final int FEW = 4;

    private long[] offsets = new long[FEW];
    private long[] addresses = new long[FEW];
    private int pieces;
    private long length;

    /** Adds the next piece of the block. */
    public void add(long physical, long size) {
        if (pieces == 0 || addresses[pieces - 1] + (length - offsets[pieces - 1]) != physical) {
            if (pieces == offsets.length) {
                offsets = Arrays.copyOf(offsets, 2 * pieces);
                addresses = Arrays.copyOf(addresses, 2 * pieces);
            }
            offsets[pieces] = length;
            addresses[pieces++] = physical;
        }
        length += size;
    }

    private int piece(long offset) {
        int found = Arrays.binarySearch(offsets, 0, pieces, offset);
        return found >= 0 ? found : -found - 2;
    }

    public long address(long offset) {
        int piece = piece(offset);
        return addresses[piece] + offset - offsets[piece];
    }

    /** The number of contiguous bytes from an offset on. */
    public long contiguous(long offset) {
        int next = piece(offset) + 1;
        return (next < pieces ? offsets[next] : length) - offset;
    }
}
