package org.hostmem;

/**
 * Names the barriers by their purpose (R8), such as the one between a write to RAM and a doorbell. {@link #TO_DEVICE}
 * and {@link #FROM_DEVICE} have the names of rdma-core. {@link AccessRules#barriers()} has the instruction of each.
 */
public enum Barrier {
    /**
     * All earlier writes to RAM are visible to the device before any later write to the device. Use it before a
     * doorbell.
     */
    TO_DEVICE,
    /**
     * All earlier reads from the device come before any later read from RAM. Use it between a status register and the
     * data of a DMA.
     */
    FROM_DEVICE,
    /**
     * Writes that write combining has gathered leave the CPU. A posted write has <em>arrived</em> only after a read
     * from the device.
     */
    FLUSH_WRITE_COMBINING,
    /**
     * Earlier writes are not combined with later writes. It does not wait. It is the kernel's {@code io_stop_wc()}. Use
     * it at the end of a block that should leave the CPU soon and as one.
     */
    END_COMBINING,
    /**
     * Earlier accesses to a DEVICE or NONCACHED region reach it before later ones. It does not order accesses to RAM or
     * to write-combining memory: {@link #FULL} does.
     */
    ORDER_DEVICE,
    /** All earlier accesses come before all later ones. */
    FULL
}
