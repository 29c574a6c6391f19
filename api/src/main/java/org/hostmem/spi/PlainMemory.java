package org.hostmem.spi;

import java.lang.foreign.MemorySegment;

/**
 * For authors of accessors: memory where an aligned scalar is one opaque access of Java's on a segment, so that a bus
 * can make it without a call of the accessor. The accessor sets the segment, and takes it away when it refuses from now
 * on: at its close, or while a fault is foreseen. Then the bus asks the accessor, which says why.
 */
public final class PlainMemory {

    private volatile MemorySegment segment = MemorySegment.NULL;

    /** One without memory. */
    public PlainMemory() {}

    /** {@return the memory, in the accessor's offsets; {@link MemorySegment#NULL} if the accessor is to be asked} */
    public MemorySegment segment() {
        return segment;
    }

    /**
     * Sets the memory.
     *
     * @param segment native, or {@link MemorySegment#NULL}
     */
    public void set(MemorySegment segment) {
        this.segment = segment;
    }
}
