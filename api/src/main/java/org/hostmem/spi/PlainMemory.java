package org.hostmem.spi;

import java.lang.foreign.MemorySegment;

/**
 * For authors of accessors: tells a bus which memory it may access without a call of the accessor. There an aligned
 * scalar is one opaque Java access to a segment. The accessor sets the segment. It takes it away when it refuses
 * accesses from now on: at its close, or while a fault is foreseen. Then the bus asks the accessor, which says why.
 */
public final class PlainMemory {

    private volatile MemorySegment segment = MemorySegment.NULL;

    /** Makes one without memory. */
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
