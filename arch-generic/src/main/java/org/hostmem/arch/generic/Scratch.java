package org.hostmem.arch.generic;

import java.lang.foreign.MemorySegment;

/** A small block of RAM for each thread, for bytes on their way. */
final class Scratch {

    static final int SIZE = 4096;

    private static final ThreadLocal<MemorySegment> BLOCK = ThreadLocal.withInitial(() -> MemorySegment.ofArray(new byte[SIZE]));

    private Scratch() {
    }

    static MemorySegment get() {
        return BLOCK.get();
    }
}
