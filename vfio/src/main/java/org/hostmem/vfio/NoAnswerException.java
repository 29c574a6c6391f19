package org.hostmem.vfio;

/**
 * A PCI function gives no answer: its configuration space reads as ones, as it does where nobody drives the bus. The
 * function was removed, sleeps without power (D3cold), or a bridge above it is off. Nothing is written to such a
 * function, and what its registers would say is not made up.
 */
public final class NoAnswerException extends VfioException {
    private static final long serialVersionUID = 1L;

    /**
     * With the whole story.
     *
     * @param message what was asked, what was read, and what to do
     */
    public NoAnswerException(String message) {
        super(message);
    }
}
