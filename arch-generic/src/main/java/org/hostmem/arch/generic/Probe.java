package org.hostmem.arch.generic;

/** Runs a routine of a listing that finds out about the CPU. */
@FunctionalInterface
public interface Probe {

    /**
     * Calls a routine with the address of a buffer.
     *
     * @param routine its label
     * @param words put into the buffer before the call, and taken from it afterwards
     * @return the routine's result
     */
    long run(String routine, int... words);
}
