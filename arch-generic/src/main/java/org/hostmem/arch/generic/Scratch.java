package org.hostmem.arch.generic;

import java.lang.foreign.MemorySegment;

/** A small block of RAM for each thread, for bytes on their way: an array, and the same as a segment. */
final class Scratch {

    static final int SIZE = 4096;

    private static final ThreadLocal<Scratch> BLOCK = ThreadLocal.withInitial(Scratch::new);

    final byte[] bytes = new byte[SIZE];
    final MemorySegment segment = MemorySegment.ofArray(bytes);

    private Scratch() {
    }

    static Scratch get() {
        return BLOCK.get();
    }
}
