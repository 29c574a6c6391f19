import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Accesses that are wrong on purpose, and which rules each must be seen to break. */
final class NamedControls {

    private final List<String[]> wanted;
    private final Consumer<String> fail;
    private final StringBuilder json = new StringBuilder();
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
            String[] w = line.strip().split("\\s+");
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
        String[] f = Arrays.copyOfRange(w, 5, w.length);
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
        json.append(json.isEmpty() ? "" : ",")
                .append("\n    {\"name\": ")
                .append(Json.quote(name))
                .append(", \"request\": ")
                .append(Json.quote(String.join(" ", f)))
                .append(", \"named\": ")
                .append(Json.array(named))
                .append(", \"state\": ")
                .append(Json.quote(state))
                .append(", \"breaks\": {");
        int i = 0;
        for (Map.Entry<String, String> one : wrong.entrySet()) {
            json.append(i++ == 0 ? "" : ", ")
                    .append(Json.quote(one.getKey()))
                    .append(": ")
                    .append(Json.quote(one.getValue()));
        }
        json.append("}, \"seen\": ").append(Json.quote(Access.draw(seen))).append(", \"code\": [");
        Set<String> shown = new HashSet<>();
        for (Access a : seen) {
            if (shown.size() < 8 && shown.add(trace.code(a, "?"))) {
                json.append(shown.size() == 1 ? "" : ", ").append(Json.quote(trace.code(a, "?")));
            }
        }
        json.append("]}");
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

    String json() {
        return json.toString();
    }
}
