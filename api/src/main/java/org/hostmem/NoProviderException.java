package org.hostmem;

/**
 * Thrown if no provider can serve the region, if several have the same rank, or if a system property names one that
 * does not exist. The message lists every candidate with its answer.
 */
public final class NoProviderException extends HostMemoryException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes the exception.
     *
     * @param message what was asked, each candidate's answer, and what to do
     */
    public NoProviderException(String message) {
        super(message);
    }

    /**
     * Makes the exception with its cause.
     *
     * @param message what was asked, and what to do
     * @param cause why the provider cannot open a region
     */
    public NoProviderException(String message, Throwable cause) {
        super(message, cause);
    }
}
