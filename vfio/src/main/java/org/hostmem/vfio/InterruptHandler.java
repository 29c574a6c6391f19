package org.hostmem.vfio;

/** Handles the interrupts of a device: see {@link Interrupts#serve}. */
@FunctionalInterface
public interface InterruptHandler {

    /**
     * Called on the thread that serves.
     *
     * @param vector that was signalled
     * @param count of signals since the last call for this vector, 1 or more. The host adds them up, so a driver should
     *     look for work until there is none
     */
    void signalled(int vector, long count);
}
