package org.hostmem;

/** The order of the device's bytes in a bulk transfer, as another CPU or a device sees it (R3). */
public enum TransferOrder {
    /** In ascending address order, the last byte last: a flag at the end is written after everything before it. */
    ASCENDING,
    /** In any order, as fast as the machine allows. Gives up {@link #ASCENDING}, and only that: every byte is still touched once. */
    RELAXED
}
