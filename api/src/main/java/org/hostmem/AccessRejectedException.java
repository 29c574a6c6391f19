package org.hostmem;

/** An access that policy or capabilities forbid: unaligned under {@link UnalignedPolicy#REJECT}, a write to a read-only region, an overlapping move over budget, an atomic on a device. Thrown before any access. */
public final class AccessRejectedException extends HostMemoryException {
    private static final long serialVersionUID = 1L;

    /**
     * With a message that says what was asked, what is allowed, and what to do.
     *
     * @param message for people
     */
    public AccessRejectedException(String message) {
        super(message);
    }
}
