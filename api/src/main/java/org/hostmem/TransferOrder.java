package org.hostmem;

/**
 * Says in which order another CPU or a device sees the units of a bulk transfer (R3). A copy has this order on both
 * sides.
 *
 * <p>The units of the {@link AccessPlan} are ordered. On NORMAL memory a unit of an ASCENDING transfer is single-copy
 * atomic, as the ISA or the vendor documents it: an observer that sees its last byte sees all of it. On device memory
 * the bus may divide a unit.
 */
public enum TransferOrder {
    /** The order of ascending addresses. An observer that sees a flag in the last byte sees all bytes before it. */
    ASCENDING,
    /** Any order, as fast as the machine allows. Only the order is given up: every byte is still accessed once. */
    RELAXED,
    /**
     * The caller's word that nobody looks at either side until the transfer is over. On NORMAL memory it is memcpy: the
     * fastest way of this machine for the size and the alignment. The machine chooses units and order, and may access a
     * byte more than once. Only this is promised: in the end the bytes are right, and nothing outside of the transfer
     * was touched.
     *
     * <p>It is exactly {@link #RELAXED} on device memory, behind {@link DeviceLimits}, at a device model, and where a
     * provider knows nothing faster ({@link AccessRules#unobserved}).
     *
     * <p>A fault is a {@link RegionFaultException} all the same. Its {@link RegionFaultException#completed completed()}
     * is a lower bound, and so is its offset. The bytes behind it may be old, new, or undefined. On some machines the
     * JVM copies memory that its owner keeps ({@link Permanence#PERMANENT}). There the RAM side has to stay, too,
     * unless it is the mapping of a file, which may be truncated.
     *
     * <p>If the RAM side of a transfer is the same memory as the region, and the two overlap, the result is undefined.
     * {@link HostMemoryAccessor#move} is for that.
     */
    UNOBSERVED
}
