package org.hostmem.vfio;

import org.hostmem.HostMemoryException;

/** A device could not be opened or did not do what was asked. The message says what was found and what to do. */
public sealed class VfioException extends HostMemoryException permits NoAnswerException {
    private static final long serialVersionUID = 1L;

    /**
     * With the whole story.
     *
     * @param message what was found, and what to do
     */
    public VfioException(String message) {
        super(message);
    }
}
