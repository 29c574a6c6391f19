package org.hostmem.arch.generic;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.hostmem.Barrier;
import org.hostmem.CacheMode;

/**
 * What is wrong with an ISA's tables, or between them and its listing. It needs no host of that ISA. A host of that ISA
 * asks at every start, so this uses plain loops.
 */
final class IsaMistakes {

    private static final int WORD = 8;

    private final Isa isa;
    private final Listing listing;
    private final Set<String> labels;
    private final Set<String> unguarded = new TreeSet<>();
    private final List<String> found = new ArrayList<>();

    private IsaMistakes(Isa isa, Listing listing) {
        this.isa = isa;
        this.listing = listing;
        this.labels = listing.labels().keySet();
    }

    /** A sentence for each; empty if there are none. */
    static List<String> of(Isa isa, Listing listing) {
        IsaMistakes mistakes = new IsaMistakes(isa, listing);
        mistakes.checkModes();
        mistakes.checkBarriers();
        mistakes.checkDemanded();
        mistakes.checkRows("its table of rows", isa.rows());
        mistakes.checkRows(
                "its table of what hypervisors decode", isa.decoding().rows());
        mistakes.checkAscending();
        mistakes.checkUnobserved();
        mistakes.checkGuarded();
        mistakes.checkPlaces();
        return List.copyOf(mistakes.found);
    }

    private void checkModes() {
        for (CacheMode mode : CacheMode.values()) {
            boolean isThere = false;
            for (IsaRow row : isa.rows()) {
                isThere |= row.feature().isEmpty() && row.modes().contains(mode);
            }
            if (!isThere) {
                found.add("its table has no row for " + mode + " without a feature");
            }
        }
    }

    private void checkBarriers() {
        for (Barrier purpose : Barrier.values()) {
            if (!isa.barriers().containsKey(purpose)) {
                found.add("its table of barriers has no " + purpose);
            }
        }
    }

    private void checkDemanded() {
        Set<String> missing = Labels.missing(labels);
        if (!missing.isEmpty()) {
            found.add("its listing has no " + String.join(", ", new TreeSet<>(missing)) + misspelt(missing));
        }
    }

    /** The labels that nothing uses, and that look like a missing one. */
    private String misspelt(Set<String> missing) {
        Set<String> unused = new TreeSet<>(labels);
        unused.removeAll(Labels.known());
        unused.removeAll(Routines.named(isa));
        unused.removeIf(label -> missing.stream().noneMatch(wanted -> isAlike(label, wanted)));
        return unused.isEmpty() ? "" : "; is it misspelt as " + String.join(", ", unused) + "?";
    }

    /** Whether no more than two letters differ between a common beginning and a common end. */
    private static boolean isAlike(String a, String b) {
        int shorter = Math.min(a.length(), b.length());
        int start = 0;
        while (start < shorter && a.charAt(start) == b.charAt(start)) {
            start++;
        }
        int end = 0;
        while (end < shorter - start && a.charAt(a.length() - 1 - end) == b.charAt(b.length() - 1 - end)) {
            end++;
        }
        return Math.max(a.length(), b.length()) - start - end <= 2;
    }

    private void checkRows(String table, List<IsaRow> rows) {
        for (IsaRow row : rows) {
            String where = where(table, row.modes().toString(), row.feature());
            checkRoutine(where, row.read(), row.widestRead());
            checkRoutine(where, row.write(), row.widestWrite());
            for (String scalar : row.scalarRoutines()) {
                if (!row.scalars().isEmpty()) {
                    checkThere(where, scalar);
                }
            }
            if (!row.fill().isEmpty()) {
                checkRoutine(where, row.fill(), row.widestWrite());
            }
        }
    }

    private void checkAscending() {
        for (AscendingRow row : isa.ascending()) {
            String where = where("its table of ASCENDING transfers", row.modes().toString(), row.feature());
            checkRoutine(where, row.read(), row.unit());
            checkRoutine(where, row.write(), row.unit());
            checkRoutine(where, row.copy(), row.unit());
        }
    }

    private void checkUnobserved() {
        for (UnobservedRow row : isa.unobserved()) {
            if (row.hasRoutines()) {
                String where = where("its table of UNOBSERVED transfers", "", row.feature());
                if (row.from() > 0 && !row.hasNoLongest()) {
                    found.add(where + ": a row with a longest transfer begins at 0 bytes, not at " + row.from());
                }
                checkThere(where, row.read());
                checkThere(where, row.write());
                if (!row.fill().isEmpty()) {
                    checkThere(where, row.fill());
                }
            }
        }
    }

    private static String where(String table, String modes, String feature) {
        return table + ", the row of " + (feature.isEmpty() ? "the baseline" : feature)
                + (modes.isEmpty() ? "" : " for " + modes);
    }

    private void checkRoutine(String where, String routine, int width) {
        checkThere(where, routine);
        int unit = unit(routine);
        if (unit != width) {
            found.add(where + ": it says " + width + " bytes, and names " + routine
                    + (unit < 0 ? ", whose name has no width" : ", which makes units of " + unit));
        }
    }

    private void checkThere(String where, String routine) {
        Integer at = labels.contains(routine) ? listing.offset(routine) : null;
        if (at == null) {
            found.add(where + ": its listing has no routine " + (routine.isEmpty() ? "without a name" : routine));
        } else if (!isGuarded(at)) {
            unguarded.add(routine);
        }
    }

    /** Whether the handler takes a fault there for one of ours. */
    private boolean isGuarded(int at) {
        return !labels.contains("start")
                || !labels.contains("end")
                || (at >= listing.offset("start") && at < listing.offset("end"));
    }

    private void checkGuarded() {
        for (String label : Labels.routines()) {
            if (labels.contains(label) && !isGuarded(listing.offset(label))) {
                unguarded.add(label);
            }
        }
        if (!unguarded.isEmpty()) {
            found.add("in its listing these routines do not lie between start and end, so their faults would end the"
                    + " JVM: " + String.join(", ", unguarded));
        }
    }

    /** The number at the end of a routine's name; -1 if there is none. */
    private static int unit(String routine) {
        int start = routine.length();
        while (start > 0 && routine.charAt(start - 1) >= '0' && routine.charAt(start - 1) <= '9') {
            start--;
        }
        return start == routine.length() || routine.length() - start > 3
                ? -1
                : Integer.parseInt(routine, start, routine.length(), 10);
    }

    private void checkPlaces() {
        Map<String, Integer> at = listing.labels();
        List<String> places = Labels.TABLE.getFirst().names();
        for (int i = 0; i < places.size(); i++) {
            if (!at.containsKey(places.get(i))) {
                return; // which is said already
            }
            if (i > 0 && listing.offset(places.get(i)) < listing.offset(places.get(i - 1))) {
                found.add("in its listing the label " + places.get(i) + " comes before " + places.get(i - 1));
            }
        }
        int faults = listing.offset("faults");
        if (faults % WORD != 0) {
            found.add("in its listing the label faults is at " + faults + ", which is no multiple of 8: put "
                    + (WORD - faults % WORD) + " bytes in front of it");
        }
        if (listing.offset("handler") != faults + WORD) {
            found.add("in its listing the label handler is not 8 bytes behind faults");
        }
        if (listing.offset("finish") != listing.code().length) {
            found.add("its listing goes on after its label finish");
        }
    }
}
