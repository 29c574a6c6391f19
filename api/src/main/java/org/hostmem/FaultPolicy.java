package org.hostmem;

/** What becomes of an access that the hardware or the kernel refuses (R9). */
public enum FaultPolicy {
    /** {@link RegionFaultException}, at that very access. */
    THROW,
    /** As PCI Express answers a request nobody claims: a read gives all ones, a write is dropped. In a bulk transfer this holds from the faulting access on. */
    UNSUPPORTED_REQUEST
}
