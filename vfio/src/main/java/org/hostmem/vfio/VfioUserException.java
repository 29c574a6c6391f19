package org.hostmem.vfio;

import java.util.Objects;
import org.hostmem.HostMemoryException;

/**
 * Thrown if the connection to a vfio-user server is over. The server closed it, did not answer, or sent something that
 * is not vfio-user. Nothing of such a message is used.
 */
public final class VfioUserException extends HostMemoryException {
    private static final long serialVersionUID = 1L;

    /** Why. */
    public enum Failure {
        /** The server closed the connection, or the socket failed. */
        CLOSED,
        /** The server did not answer in time. */
        TIMEOUT,
        /** The reply names another major version, or a higher minor version than was proposed. */
        VERSION,
        /** The capabilities are not the JSON text of the protocol, or a value is out of range. */
        CAPABILITIES,
        /** A message claims to be shorter than its header. */
        MESSAGE_TOO_SHORT,
        /** A message claims to be longer than any expected one. */
        MESSAGE_TOO_LONG,
        /** A message is neither a command nor a reply. */
        MESSAGE_TYPE,
        /** A reply has the identification of no request. */
        UNKNOWN_REPLY,
        /** A reply is to another command than the one sent. */
        WRONG_COMMAND,
        /** A reply is shorter than its structure. */
        REPLY_TRUNCATED,
        /** A reply to an access is about another region, offset or size. */
        REPLY_MISMATCH,
        /** A message has more descriptors than allowed, or a number of descriptors that does not match its areas. */
        DESCRIPTORS,
        /** The server sends endless commands instead of an answer. */
        FLOOD
    }

    /** Why the connection is over. */
    private final Failure failure;
    /** For people. */
    private final String detail;

    /**
     * Makes the exception.
     *
     * @param failure why
     * @param detail where, with the numbers
     */
    public VfioUserException(Failure failure, String detail) {
        super(failure + ": " + detail);
        this.failure = Objects.requireNonNull(failure);
        this.detail = detail;
    }

    /** {@return the message without the failure} */
    public String detail() {
        return detail;
    }

    /** {@return why} */
    public Failure failure() {
        return failure;
    }
}
