package org.hostmem.vfio;

/**
 * Thrown if a PCI function does not answer: its configuration space reads as all ones. The function was removed, sleeps
 * without power (D3cold), or a bridge above it is off. Nothing is written to such a function, and no value is invented
 * for its registers.
 */
public final class NoAnswerException extends VfioException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes the exception.
     *
     * @param message what was asked, what was read, and what to do
     */
    public NoAnswerException(String message) {
        super(message);
    }
}
