package org.hostmem;

import java.util.Objects;

/**
 * Thrown before any access if a policy, the rights or the kind of memory forbid it. {@link #reason} says why, so that
 * an emulator can raise the guest's own fault.
 */
public final class AccessRejectedException extends HostMemoryException {
    private static final long serialVersionUID = 1L;

    /** Why it was refused. */
    public enum Reason {
        /**
         * The scalar would be several accesses at this alignment, or across this edge, and the policy is
         * {@link UnalignedPolicy#REJECT}. Or an atomic access is not at a multiple of its width. Or bytes to discard
         * are not whole pages.
         */
        UNALIGNED,
        /** The region may not be read. */
        NOT_READABLE,
        /** The region, or this view of it, may not be written. */
        NOT_WRITABLE,
        /**
         * Source and target overlap, and the policy is {@link OverlapPolicy#REJECT}; or
         * {@link OverlapPolicy#MEMMOVE_ORDER}, for ranges that no order is right for.
         */
        OVERLAP,
        /** {@link OverlapPolicy#KEEP_ORDER} needs more buffer than the budget. */
        BUDGET,
        /** The request is for atomics or a segment, and the memory is not {@link CacheMode#NORMAL}. */
        DEVICE_MEMORY,
        /** The region's lent memory, or the RAM side of a transfer, is of a confined arena of another thread. */
        WRONG_THREAD,
        /** The arena of the RAM side of a transfer is closed. */
        RAM_CLOSED,
        /** The device does not accept such an access: see {@link DeviceLimits}. */
        DEVICE_LIMITS,
        /** This host, this driver or this accessor cannot do it. */
        UNSUPPORTED
    }

    /** Why. */
    private final Reason reason;

    /**
     * With a message that says what was asked, what is allowed, and what to do.
     *
     * @param reason why
     * @param message for people
     */
    public AccessRejectedException(Reason reason, String message) {
        super(message);
        this.reason = Objects.requireNonNull(reason);
    }

    /** {@return why it was refused} */
    public Reason reason() {
        return reason;
    }
}
