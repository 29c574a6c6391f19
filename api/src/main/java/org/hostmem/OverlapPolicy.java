package org.hostmem;

/**
 * Says what a copy does if its target overlaps the end of its source (R7). In ascending order, such a copy would
 * overwrite bytes that it has not read yet. Any other copy is right in ascending order, without a buffer.
 */
public enum OverlapPolicy {
    /**
     * The copy is exact and keeps its {@link TransferOrder}: bytes that would be lost are kept in a buffer, of
     * min(distance, n - distance) bytes, if the {@linkplain Transfer#budget budget} allows. Otherwise it is refused
     * before the first byte.
     *
     * <p>An {@link TransferOrder#UNOBSERVED} copy from NORMAL memory to NORMAL memory has no order to keep. It is
     * exact, needs no buffer, and is never refused. In a copy between lists it is treated like any other order.
     */
    KEEP_ORDER,
    /**
     * The copy is exact and in the order of {@code memmove}, whatever its {@link TransferOrder} says: from the last
     * byte to the first. It needs no buffer. Lists of ranges for which neither direction is right are refused before
     * the first byte.
     */
    MEMMOVE_ORDER,
    /** Any overlap is refused, before the first byte. */
    REJECT
}
