package org.hostmem;

/**
 * The order of a region's units in a bulk transfer, as another CPU or a device sees it (R3); in a copy, that of both
 * sides.
 *
 * <p>What is ordered are the units of the {@link AccessPlan}. On NORMAL memory a unit of an ASCENDING transfer is no
 * wider than what the ISA or the vendor documents as single-copy atomic, so that whoever sees its last byte sees all of
 * it. On device memory the bus carries one unit as it likes.
 */
public enum TransferOrder {
    /**
     * In ascending address order, the last unit last: whoever sees a flag in the last byte sees everything before it.
     */
    ASCENDING,
    /**
     * In any order, as fast as the machine allows. Gives up {@link #ASCENDING}, and only that: every byte is still
     * touched once.
     */
    RELAXED
}
