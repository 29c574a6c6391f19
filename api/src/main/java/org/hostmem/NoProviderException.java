package org.hostmem;

/**
 * No provider can serve the region, several claim the same rank, or a system property names one that is not there. The
 * message lists every candidate with its answer.
 */
public final class NoProviderException extends HostMemoryException {
    private static final long serialVersionUID = 1L;

    /**
     * With the whole story.
     *
     * @param message what was asked, each candidate's answer, and what to do
     */
    public NoProviderException(String message) {
        super(message);
    }
}
