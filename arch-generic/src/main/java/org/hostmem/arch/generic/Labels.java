package org.hostmem.arch.generic;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The labels that this code knows by name. The table of LISTING.md is {@link #TABLE}, and a test compares the two. Rows
 * of an ISA's tables name further routines, which must be there too.
 */
final class Labels {

    /**
     * Some labels of one purpose.
     *
     * @param purpose for people
     * @param isDemanded whether a listing must have them, or may
     * @param names with {@code |} between two of which one is enough
     */
    record Group(String purpose, boolean isDemanded, List<String> names) {}

    static final List<Group> TABLE = List.of(
            new Group(
                    "the places of the file", true, List.of("start", "end", "landing", "faults", "handler", "finish")),
            new Group("what every call needs", true, List.of("thread", "viaBulk")),
            new Group(
                    "scalars",
                    true,
                    List.of("load1", "load2", "load4", "load8", "store1", "store2", "store4", "store8")),
            new Group("exchanges", true, List.of("cas1|casInWord1", "cas2|casInWord2", "cas4", "cas8")),
            new Group(
                    "barriers",
                    true,
                    List.of(
                            "barrierToDevice",
                            "barrierFromDevice",
                            "flushWriteCombining",
                            "endCombining",
                            "orderDevice",
                            "barrierFull")),
            new Group("moves in memmove order", true, List.of("toDeviceDescending8")),
            new Group("an exchange of 16 bytes", false, List.of("cas16")),
            new Group(
                    "moves of more than a buffer, beside rows of that unit",
                    false,
                    List.of("exchange8", "exchange16", "exchange32", "exchange64")),
            new Group(
                    "long transfers, beside rows of NORMAL memory that name the routine without PastCache",
                    false,
                    List.of(
                            "toDevicePastCache16",
                            "fromDevicePastCache16",
                            "toDevicePastCache32",
                            "fromDevicePastCache32",
                            "toDevicePastCache64",
                            "fromDevicePastCache64")));

    private Labels() {}

    /** The demanded labels that are not among those of a listing. */
    static Set<String> missing(Set<String> present) {
        Set<String> missing = new HashSet<>();
        for (Group group : TABLE) {
            if (group.isDemanded) {
                for (String name : group.names) {
                    if (!isThere(name, present)) {
                        missing.add(name.replace("|", " or "));
                    }
                }
            }
        }
        return missing;
    }

    private static boolean isThere(String name, Set<String> present) {
        int bar = name.indexOf('|');
        return bar < 0
                ? present.contains(name)
                : present.contains(name.substring(0, bar)) || present.contains(name.substring(bar + 1));
    }

    /** The labels of the table, whether demanded or not. */
    static Set<String> known() {
        Set<String> known = routines();
        known.addAll(TABLE.getFirst().names);
        return known;
    }

    /** Those of them that are routines. */
    static Set<String> routines() {
        Set<String> routines = new HashSet<>();
        for (Group group : TABLE.subList(1, TABLE.size())) {
            for (String name : group.names) {
                int bar = name.indexOf('|');
                routines.add(name.substring(bar + 1));
                if (bar > 0) {
                    routines.add(name.substring(0, bar));
                }
            }
        }
        return routines;
    }
}
