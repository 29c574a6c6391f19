package org.hostmem;

/**
 * The order of a region's units in a bulk transfer, as another CPU or a device sees it (R3). In a copy it is the order
 * of both sides.
 *
 * <p>The units of the {@link AccessPlan} are ordered. On NORMAL memory a unit of an ASCENDING transfer is single-copy
 * atomic, as the ISA or the vendor documents it: an observer that sees its last byte sees all of it. On device memory
 * the bus may divide a unit.
 */
public enum TransferOrder {
    /** The order of ascending addresses. An observer that sees a flag in the last byte sees all bytes before it. */
    ASCENDING,
    /** Any order, as fast as the machine allows. Only the order is given up: every byte is still accessed once. */
    RELAXED
}
