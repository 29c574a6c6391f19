package org.hostmem.arch.generic;

/**
 * One row of an ISA's third table: how UNOBSERVED transfers of NORMAL memory are made, if the CPU has a feature. Of the
 * rows that apply, the last one is used. Without any row they are RELAXED transfers.
 *
 * <p>The JVM copies permanent memory. The routines of RELAXED transfers copy memory that may vanish, as they tell a
 * fault. A row may have routines for long transfers of either.
 *
 * @param feature the CPU feature it needs; empty for the baseline
 * @param from how many bytes on the routines are faster; {@link Long#MAX_VALUE} if there are none
 * @param read the routine for reads; empty if there is none
 * @param write the routine for writes
 * @param fill the routine for fills
 * @param instructions that the routines are made of, for people
 * @param source manual or measurement
 */
public record UnobservedRow(
        String feature, long from, String read, String write, String fill, String instructions, String source) {

    /**
     * {@return a row without routines}
     *
     * @param source where the JVM's copy is
     */
    public static UnobservedRow ofTheJvm(String source) {
        return new UnobservedRow("", Long.MAX_VALUE, "", "", "", "", source);
    }

    boolean hasRoutines() {
        return !read.isEmpty();
    }

    /** What {@code rules} prints. */
    String text() {
        return "the JVM's copy of permanent memory, the units of RELAXED of memory that may vanish"
                + (hasRoutines() ? "; from " + from + " bytes on " + instructions : "");
    }
}
