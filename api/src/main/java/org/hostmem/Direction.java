package org.hostmem;

/** Which way bytes move, seen from the CPU: what a device sees as the access. */
public enum Direction {
    /** Loads from the region. */
    READ,
    /** Stores to the region. */
    WRITE
}
