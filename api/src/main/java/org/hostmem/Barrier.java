package org.hostmem;

/**
 * Barriers by purpose (R8); the names are rdma-core's. Which instruction each one is stands in
 * {@link AccessRules#barriers()}.
 */
public enum Barrier {
    /**
     * Everything written to RAM so far is visible to the device before what is written to it next: the barrier before a
     * doorbell.
     */
    TO_DEVICE,
    /**
     * What was read from the device comes before what is read from RAM next: between a status register and the data of
     * a DMA.
     */
    FROM_DEVICE,
    /**
     * Writes gathered by write combining leave the CPU. A posted write has <em>arrived</em> only when something was
     * read back.
     */
    FLUSH_WRITE_COMBINING,
    /**
     * Writes before it are not combined with writes after it; nothing is waited for. The kernel's {@code io_stop_wc()},
     * for the end of a block that should leave soon and as one.
     */
    END_COMBINING,
    /**
     * Accesses to a DEVICE or NONCACHED region reach it before those that follow. Says nothing about RAM, nor about
     * write-combining memory: that takes {@link #FULL}.
     */
    ORDER_DEVICE,
    /** Everything before comes before everything after. */
    FULL
}
