package org.hostmem.vfio;

/** What a driver does at an interrupt: see {@link Interrupts#serve}. */
@FunctionalInterface
public interface InterruptHandler {

    /**
     * Called on the thread that serves.
     *
     * @param vector that was signalled
     * @param count of signals since the last call for this vector, 1 or more: the host adds them up, so that a driver
     *     looks for work until there is none
     */
    void signalled(int vector, long count);
}
