package org.hostmem;

/** What becomes of a move whose source and destination overlap (R7). */
public enum OverlapPolicy {
    /**
     * Exact, and ascending in the destination; buffers min(distance, n - distance) bytes where the destination lies
     * above the source, if the caller's budget allows.
     */
    ASCENDING,
    /**
     * Exact, in the order of {@code memmove}: descending where the destination lies above the source. Needs no buffer;
     * ranges for which no order is right are refused.
     */
    MEMMOVE,
    /** Refused before the first byte. */
    REJECT
}
