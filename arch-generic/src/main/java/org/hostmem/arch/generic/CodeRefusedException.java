package org.hostmem.arch.generic;

/** The operating system does not let this process run code of its own. */
final class CodeRefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String reason;

    CodeRefusedException(String reason) {
        super(reason);
        this.reason = reason;
    }

    /** The message, which is never null. */
    String reason() {
        return reason;
    }
}
