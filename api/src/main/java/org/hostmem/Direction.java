package org.hostmem;

/** The direction of an access, seen from the CPU. */
public enum Direction {
    /** Loads from the region. */
    READ,
    /** Stores to the region. */
    WRITE
}
