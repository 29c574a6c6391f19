package org.hostmem;

/**
 * Something about host memory that was asked for was refused or went wrong. Every exception of this library that is
 * about an access is one of these.
 */
public class HostMemoryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * With a message that says what was asked, what is allowed, and what to do.
     *
     * @param message for people
     */
    public HostMemoryException(String message) {
        super(message);
    }

    /** Of a subclass that makes its message when it is asked for, and says whether it has a stack trace. */
    HostMemoryException(Throwable cause, boolean traced) {
        super(null, cause, true, traced);
    }
}
