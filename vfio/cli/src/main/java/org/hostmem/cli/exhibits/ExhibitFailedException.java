package org.hostmem.cli.exhibits;

/** What an exhibit claims is not so. */
public final class ExhibitFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ExhibitFailedException(String message) {
        super(message);
    }
}
