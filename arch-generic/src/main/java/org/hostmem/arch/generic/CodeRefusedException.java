package org.hostmem.arch.generic;

/** The operating system does not let this process run code of its own. */
final class CodeRefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    CodeRefusedException(String message) {
        super(message);
    }
}
