package org.hostmem.arch.generic;

/** Runs a routine of a listing that finds out about the CPU. */
@FunctionalInterface
public interface Probe {

    /** Where no instructions could be loaded: every answer is zeros. */
    Probe NOTHING = (routine, words) -> new int[words.length];

    /**
     * Calls a routine with the address of a buffer.
     *
     * @param routine its label
     * @param words put into the buffer before the call
     * @return the same number of words from the buffer after the call
     */
    int[] run(String routine, int... words);
}
