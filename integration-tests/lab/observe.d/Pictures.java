import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One transfer as each of its ways makes it, for the page of the evidence: keys are SIZE@OFFSET, a number for the
 * order, and by whom.
 */
final class Pictures {

    private final TreeMap<String, String> all = new TreeMap<>();

    /** The first one counts. */
    void add(String key, List<Access> accesses) {
        all.putIfAbsent(key, json(accesses));
    }

    private static String json(List<Access> all) {
        StringBuilder text = new StringBuilder("[");
        int ramStart =
                all.stream().filter(Access::ram).mapToInt(Access::offset).min().orElse(Access.RAM);
        for (Access a : all) {
            text.append(text.length() == 1 ? "" : ", ")
                    .append("{\"side\": ")
                    .append(a.ram() ? "\"ram\"" : "\"device\"")
                    .append(", \"kind\": \"")
                    .append(a.kind())
                    .append("\", \"offset\": ")
                    .append(a.ram() ? a.offset() - ramStart : a.offset())
                    .append(", \"width\": ")
                    .append(a.width())
                    .append('}');
        }
        return text.append(']').toString();
    }

    String json() {
        StringBuilder json = new StringBuilder();
        String last = "";
        for (Map.Entry<String, String> picture : all.entrySet()) {
            String[] w = picture.getKey().split(" ");
            if (!w[0].equals(last)) {
                String[] n = w[0].split("@");
                json.append(last.isEmpty() ? "" : "}},")
                        .append("\n    {\"size\": ")
                        .append(n[0])
                        .append(", \"offset\": ")
                        .append(n[1])
                        .append(", \"by\": {");
            }
            json.append(w[0].equals(last) ? "," : "")
                    .append("\n      ")
                    .append(Json.quote(w[2]))
                    .append(": ")
                    .append(picture.getValue());
            last = w[0];
        }
        return json.append(last.isEmpty() ? "" : "}}").toString();
    }
}
