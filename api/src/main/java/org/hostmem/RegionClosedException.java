package org.hostmem;

/** Thrown if the accessor, or the memory under it, is closed (R10). */
public final class RegionClosedException extends HostMemoryException {
    private static final long serialVersionUID = 1L;

    /**
     * With a message that says what was asked, what is allowed, and what to do.
     *
     * @param message for people
     */
    public RegionClosedException(String message) {
        super(message);
    }
}
