package org.hostmem.arch.generic;

import java.lang.foreign.MemorySegment;
import org.hostmem.engine.Pool;

/** A small block of RAM for bytes on their way: an array, and the same as a segment. All threads share a few. */
final class Scratch {

    static final int SIZE = 4096;

    private static final Pool<Scratch> POOL = new Pool<>(Scratch::new);

    final byte[] bytes = new byte[SIZE];
    final MemorySegment segment = MemorySegment.ofArray(bytes);

    private Scratch() {}

    /** To be given back. */
    static Scratch take() {
        return POOL.take();
    }

    void give() {
        POOL.give(this);
    }
}
