package org.hostmem.vfio;

import org.hostmem.HostMemoryException;

/**
 * Thrown if a device cannot be opened or does not do what was asked. The message says what was found and what to do.
 */
public sealed class VfioException extends HostMemoryException permits NoAnswerException {
    private static final long serialVersionUID = 1L;

    /**
     * Makes the exception.
     *
     * @param message what was found, and what to do
     */
    public VfioException(String message) {
        super(message);
    }

    /**
     * Makes the exception, with its cause.
     *
     * @param message what was found, and what to do
     * @param cause of the JVM or the operating system
     */
    public VfioException(String message, Throwable cause) {
        super(message, cause);
    }
}
