package org.hostmem.lab.nvme;

/**
 * What stands in a block: a function of the run, the block's number, and how often it was written, so that each side
 * can tell it by itself.
 */
final class Content {

    static final int BLOCK = 512;
    static final int WORDS = BLOCK / Long.BYTES;

    private Content() {}

    /** Of a block that was never written, the generation is 0. */
    static long word(long seed, long block, int generation, int index) {
        long mixed =
                (seed ^ block * 0x9e3779b97f4a7c15L) + generation * 0xc2b2ae3d27d4eb4fL + index * 0x165667b19e3779f9L;
        mixed = (mixed ^ mixed >>> 31) * 0xbf58476d1ce4e5b9L;
        return mixed ^ mixed >>> 29;
    }
}
