package org.hostmem.cli;

import java.io.IOException;

/** The results of a command cannot be written, and so are not complete: an error cannot be printed there either. */
final class OutputException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What a shell shows for a program that SIGPIPE has ended: 128 and the number of the signal. */
    static final int BROKEN_PIPE = 128 + 13;

    private final boolean canBeSaid;

    OutputException(IOException cause) {
        super("standard output cannot be written: " + text(cause) + "; what was printed is not complete", cause);
        canBeSaid = true;
    }

    /** Because they must not be: nothing was. */
    OutputException(String refusal, boolean canBeSaid) {
        super(refusal);
        this.canBeSaid = canBeSaid;
    }

    /** Whether nothing may be printed, as it would be printed into memory. */
    boolean isRefusal() {
        return getCause() == null;
    }

    /** Whether standard error can take a message. */
    boolean canBeSaid() {
        return canBeSaid;
    }

    /** Whether nobody reads any more: then nothing is left to do or to say. */
    boolean isBrokenPipe() {
        return getCause() != null && "Broken pipe".equals(getCause().getMessage());
    }

    /** With the name by which people look it up, and what to do. */
    private static String text(IOException cause) {
        String reason = String.valueOf(cause.getMessage());
        return switch (reason) {
            case "No space left on device" -> reason + " (ENOSPC): free some, or send the output elsewhere";
            case "Disk quota exceeded" -> reason + " (EDQUOT): free some, or send the output elsewhere";
            case "Bad file descriptor" -> reason + " (EBADF): it is closed, or open for reading only";
            default -> reason;
        };
    }
}
