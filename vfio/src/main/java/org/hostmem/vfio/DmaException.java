package org.hostmem.vfio;

import org.hostmem.HostMemoryException;

/** Thrown if memory cannot be mapped for a device. The message says what was asked, what is allowed, and what to do. */
public final class DmaException extends HostMemoryException {
    private static final long serialVersionUID = 1L;

    /** What was wrong. */
    public enum Refusal {
        /** An address or a size is not a multiple of the IOMMU's page, or the size is 0. */
        UNALIGNED,
        /** The device's address is outside the allowed ranges, or in a window that the platform reserves. */
        OUT_OF_RANGE,
        /** The device's address is in use. */
        TAKEN,
        /** No free addresses of that size are left. */
        NO_ADDRESS_LEFT,
        /** The limit of locked memory is reached. */
        LOCKED_MEMORY,
        /** The kernel allows no more mappings for this container. */
        TOO_MANY_MAPPINGS,
        /** The memory has a hole, or is read-only and the device would have to write it. */
        NOT_ACCESSIBLE,
        /** The memory is a BAR, and this way into the IOMMU does not map BARs. */
        DEVICE_MEMORY,
        /** The device, its way, or this memory cannot do it at all. */
        UNSUPPORTED,
        /** The kernel refused for another reason, which the message names. */
        REFUSED
    }

    /** Why it was refused. */
    private final Refusal refusal;

    /**
     * Makes the exception.
     *
     * @param refusal what was wrong
     * @param message what was asked, what is allowed, and what to do
     */
    public DmaException(Refusal refusal, String message) {
        super(message);
        this.refusal = refusal;
    }

    /** {@return what was wrong} */
    public Refusal refusal() {
        return refusal;
    }
}
