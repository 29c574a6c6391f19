package org.hostmem;

/** Barriers by purpose (R8); the names are rdma-core's. Which instruction each one is stands in {@link AccessRules#barriers()}. */
public enum Barrier {
    /** Everything written to RAM so far is visible to the device before what is written to it next: the barrier before a doorbell. */
    TO_DEVICE,
    /** What was read from the device comes before what is read from RAM next: between a status register and the data of a DMA. */
    FROM_DEVICE,
    /** Writes gathered by write combining leave the CPU. A posted write has <em>arrived</em> only when something was read back. */
    FLUSH_WRITE_COMBINING,
    /** Everything before comes before everything after. */
    FULL
}
