package org.hostmem.lab.observe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.hostmem.lab.evidence.Run;

/** Accesses that are wrong on purpose, and which rules each must be seen to break. */
final class NamedControls {

    private final List<String[]> wanted;
    private final Consumer<String> fail;
    private final List<Run.Control> results = new ArrayList<>();
    private int count;
    private int caught;

    NamedControls(Path file, String isa, String tier, String observer, Consumer<String> fail) throws IOException {
        wanted = read(file, isa, tier, observer);
        this.fail = fail;
    }

    /** Name, ISAs, tiers, observers, and an empty place for what was seen; then the rules. */
    private static List<String[]> read(Path file, String isa, String tier, String observer) throws IOException {
        List<String[]> all = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            String[] w = line.strip().split("\\s+", -1);
            if (!line.isBlank() && !line.startsWith("#") && has(w[1], isa) && has(w[2], tier) && has(w[3], observer)) {
                all.add(new String[] {w[0], w[1], w[2], w[4], ""});
            }
        }
        return all;
    }

    private static boolean has(String list, String one) {
        return list.equals("*") || Arrays.asList(list.split(",")).contains(one);
    }

    /** One that was run: which rules it breaks according to the judge. */
    void check(String[] w, Map<String, String> wrong, List<Access> seen, Trace trace) {
        String name = w[4];
        Set<String> named = new LinkedHashSet<>();
        for (String[] control : wanted) {
            if (control[0].equals(name)) {
                control[4] = "run";
                named.addAll(Arrays.asList(control[3].split(",")));
            }
        }
        String state = named.isEmpty()
                ? wrong.isEmpty() ? "not applicable: keeps the rules here" : "not counted"
                : wrong.keySet().containsAll(named) ? "caught" : "missed";
        if (!named.isEmpty()) {
            count++;
            if (state.equals("caught")) {
                caught++;
            } else {
                fail.accept("control " + name + " should break " + named + ", but breaks " + wrong.keySet()
                        + "\n    seen " + trace.drawWithCode(seen));
            }
        }
        results.add(new Run.Control(
                name,
                String.join(" ", Arrays.copyOfRange(w, 5, w.length)),
                named,
                state,
                wrong,
                Access.draw(seen),
                seen.stream()
                        .map(access -> trace.code(access, "?"))
                        .distinct()
                        .limit(8)
                        .toList()));
    }

    /** Those that were not run fail. */
    void finish() {
        for (String[] control : wanted) {
            if (control[4].isEmpty()) {
                count++;
                fail.accept("control " + control[0] + " is named, but was not run");
            }
        }
    }

    int count() {
        return count;
    }

    int caught() {
        return caught;
    }

    List<Run.Control> results() {
        return results;
    }
}
