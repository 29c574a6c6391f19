package org.hostmem;

/** What becomes of an access that the hardware or the kernel refuses (R9). */
public enum FaultPolicy {
    /** {@link RegionFaultException}, at that very access. */
    THROW,
    /**
     * As PCI Express answers a request nobody claims: a read gives all ones, a write is dropped. In a request of
     * several accesses this holds from the faulting access on: it asks this region for nothing more, on the side that
     * faulted. A request is a bulk transfer, a fill, a move, a {@link Transfer} of one range or of many, a scalar that
     * is split, and each of these across ranges of a guest's addresses; other regions that it asks answer as before.
     */
    UNSUPPORTED_REQUEST
}
