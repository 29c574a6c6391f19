package org.hostmem;

/** Says what becomes of an access that the hardware or the kernel refuses (R9). */
public enum FaultPolicy {
    /** The access throws a {@link RegionFaultException}. */
    THROW,
    /**
     * A read returns all ones, and a write is dropped, as PCI Express answers a request that no device claims. In a
     * request of several accesses this holds from the faulting access on: the request makes no more accesses to this
     * region, on the side that faulted. A request is a bulk transfer, a fill, a move, a {@link Transfer} of one range
     * or of many, a scalar that is split, or any of these across ranges of a guest's addresses. Other regions of the
     * request answer as before.
     */
    UNSUPPORTED_REQUEST
}
