package org.hostmem.arch.generic;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One row of an ISA's third table: how UNOBSERVED transfers of NORMAL memory of some lengths are made, if the CPU has a
 * feature. Of the rows that apply and are for the same lengths, the last one counts.
 *
 * <p>The JVM copies what is shorter than all rows with routines, if the memory is permanent. All else is a RELAXED
 * transfer, whose routines tell a fault.
 *
 * @param feature the CPU feature it needs; empty for the baseline
 * @param from the shortest transfer that it is for, in bytes
 * @param below the longest, and one byte more; {@link Long#MAX_VALUE} if there is no longest
 * @param read the routine for reads; empty if there is none
 * @param write the routine for writes
 * @param fill the routine for fills; empty for that of RELAXED fills
 * @param instructions that the routines are made of, for people
 * @param source manual or measurement
 */
public record UnobservedRow(
        String feature,
        long from,
        long below,
        String read,
        String write,
        String fill,
        String instructions,
        String source) {

    /**
     * {@return a row without routines}
     *
     * @param source where the JVM's copy is
     */
    public static UnobservedRow ofTheJvm(String source) {
        return new UnobservedRow("", 0, 0, "", "", "", "", source);
    }

    boolean hasRoutines() {
        return !read.isEmpty();
    }

    boolean hasNoLongest() {
        return below == Long.MAX_VALUE;
    }

    /** What {@code rules} prints of the rows that apply; empty if there are none. */
    static String text(List<UnobservedRow> rows) {
        if (rows.isEmpty()) {
            return "";
        }
        String routines = Stream.of(ofShort(rows), ofLong(rows))
                .flatMap(Optional::stream)
                .map(row -> row.lengths() + row.instructions + "; ")
                .collect(Collectors.joining());
        return routines
                + (jvmBelow(rows) > 0
                        ? "the JVM's copy of permanent memory, the units of RELAXED of memory that may vanish"
                        : "else the units of RELAXED");
    }

    /** Of the rows that apply, the one for transfers up to its longest. */
    static Optional<UnobservedRow> ofShort(List<UnobservedRow> rows) {
        return last(rows, row -> !row.hasNoLongest());
    }

    /** Of the rows that apply, the one for the longest transfers. */
    static Optional<UnobservedRow> ofLong(List<UnobservedRow> rows) {
        return last(rows, UnobservedRow::hasNoLongest);
    }

    private static Optional<UnobservedRow> last(List<UnobservedRow> rows, Predicate<UnobservedRow> which) {
        return rows.stream().filter(row -> row.hasRoutines() && which.test(row)).reduce((earlier, later) -> later);
    }

    private String lengths() {
        return hasNoLongest() ? "from " + from + " bytes on " : "below " + below + " bytes ";
    }

    /** Below how many bytes the JVM copies permanent memory. */
    static long jvmBelow(List<UnobservedRow> rows) {
        return rows.stream()
                .filter(UnobservedRow::hasRoutines)
                .mapToLong(UnobservedRow::from)
                .min()
                .orElse(Long.MAX_VALUE);
    }
}
