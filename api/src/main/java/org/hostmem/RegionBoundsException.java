package org.hostmem;

/** Thrown before any access if an offset or length is outside the region (R10). */
public final class RegionBoundsException extends HostMemoryException {
    private static final long serialVersionUID = 1L;

    /**
     * With a message that says what was asked, what is allowed, and what to do.
     *
     * @param message for people
     */
    public RegionBoundsException(String message) {
        super(message);
    }
}
