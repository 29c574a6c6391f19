package org.hostmem.vfio.cli;

/** Nobody reads the output any more: nothing is left to do or to say. */
final class BrokenPipeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BrokenPipeException() {
        super("the output was closed", null, false, false);
    }
}
