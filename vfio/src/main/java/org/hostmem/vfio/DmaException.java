package org.hostmem.vfio;

import org.hostmem.HostMemoryException;

/**
 * Memory could not be made reachable for a device. The message says what was asked, what is allowed, and what to do.
 */
public final class DmaException extends HostMemoryException {
    private static final long serialVersionUID = 1L;

    /** What was wrong. */
    public enum Reason {
        /** An address or a size is no multiple of the IOMMU's page, or the size is 0. */
        UNALIGNED,
        /**
         * The device's address lies outside what the kernel allows, or in a window that the platform keeps for itself.
         */
        OUT_OF_RANGE,
        /** The device's address is in use. */
        TAKEN,
        /** No free addresses of that size are left. */
        NO_ADDRESS_LEFT,
        /** The limit of locked memory is reached. */
        LOCKED_MEMORY,
        /** The kernel keeps no more mappings for this container. */
        TOO_MANY_MAPPINGS,
        /** The memory has a hole, or may not be written though the device was to write it. */
        NOT_ACCESSIBLE,
        /** The memory is a BAR, and this way into the IOMMU takes none. */
        DEVICE_MEMORY,
        /** The device, its way, or this memory cannot do it at all. */
        UNSUPPORTED,
        /** The kernel refused for another reason, which the message names. */
        REFUSED
    }

    /** What was refused. */
    private final Reason reason;

    /**
     * One refusal.
     *
     * @param reason what was wrong
     * @param message what was asked, what is allowed, and what to do
     */
    public DmaException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    /** {@return what was wrong} */
    public Reason reason() {
        return reason;
    }
}
