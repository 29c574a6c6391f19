import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The result of one run of observe: what Check.java wrote, checked for being that. */
record Run(
        String isa,
        String tier,
        String observer,
        boolean good,
        long plans,
        long plansEqual,
        long controls,
        long controlsCaught,
        long seed,
        String vm,
        long seconds,
        long rows,
        long mutations,
        long mutationsNoticed,
        long exchanges,
        List<String> dropped,
        List<Barrier> barriers,
        List<Sampled> sampled,
        Map<String, Mode> modes,
        List<Control> controlResults,
        List<Drawn> pictures,
        List<String> failures) {

    record Barrier(String purpose, List<String> rules, List<String> routine, boolean equal) {}

    record Sampled(String what, long cases, long of) {}

    record Count(long passed, long cases) {}

    record Mode(
            String provider,
            long widestRead,
            long widestWrite,
            long widestAscending,
            String unaligned,
            List<String> guarantees,
            Map<String, Count> rules) {}

    record Control(
            String name, String request, String state, Map<String, String> breaks, String seen, List<String> code) {}

    /** One access of a picture; offsets of the RAM side count from the first byte of the transfer. */
    record Access(boolean device, char kind, int offset, int width) {
        int end() {
            return offset + width;
        }

        /** Not at a multiple of its width, or of a width that is none. */
        boolean misaligned() {
            return Integer.bitCount(width) != 1 || offset % width != 0;
        }

        @Override
        public String toString() {
            return kind + "" + 8 * width + (device ? "@" : "@ram+") + offset;
        }
    }

    /** What several made of one request. */
    record Drawn(int size, int offset, Map<String, List<Access>> by) {
        String name() {
            return size + "@" + offset;
        }
    }

    /** The name of a run, which is that of its file. */
    String name() {
        return name(isa, tier, observer);
    }

    static String name(String isa, String tier, String observer) {
        return isa + "-" + tier + (observer.equals("plugin") ? "" : "-" + observer);
    }

    boolean full() {
        return sampled.stream().allMatch(one -> one.cases == one.of);
    }

    /** How many of the 16 device offsets each size was tried at, as fills show it; 0 when this cannot be told. */
    long per() {
        return sampled.stream()
                .filter(one -> one.what.equals("fill") && one.of > 0 && one.cases * 16 % one.of == 0)
                .mapToLong(one -> one.cases * 16 / one.of)
                .findFirst()
                .orElse(0);
    }

    static Run read(String text) {
        Node all = new Node(Json.read(text), "the file");
        List<Barrier> barriers = new ArrayList<>();
        for (Node b : all.at("barriers").list()) {
            // A routine that is not in the listing is null.
            barriers.add(new Barrier(
                    b.text("purpose"),
                    b.at("rules").texts(),
                    b.at("routine").value() == null
                            ? List.of("no such routine")
                            : b.at("routine").texts(),
                    b.truth("equal")));
        }
        List<Sampled> sampled = new ArrayList<>();
        for (Node s : all.at("sampled").list()) {
            sampled.add(new Sampled(s.text("what"), s.number("cases"), s.number("of")));
        }
        Map<String, Mode> modes = new LinkedHashMap<>();
        all.at("modes").map().forEach((name, m) -> {
            Map<String, Count> rules = new LinkedHashMap<>();
            m.at("rules").map().forEach((rule, n) -> rules.put(rule, new Count(n.number("passed"), n.number("cases"))));
            modes.put(
                    name,
                    new Mode(
                            m.text("provider"),
                            m.number("widestRead"),
                            m.number("widestWrite"),
                            m.number("widestAscending"),
                            m.text("unaligned"),
                            m.at("guarantees").texts(),
                            rules));
        });
        List<Control> controls = new ArrayList<>();
        for (Node c : all.at("controlResults").list()) {
            Map<String, String> breaks = new LinkedHashMap<>();
            c.at("breaks").map().forEach((rule, what) -> breaks.put(rule, what.text()));
            controls.add(new Control(
                    c.text("name"),
                    c.text("request"),
                    c.text("state"),
                    breaks,
                    c.text("seen"),
                    c.at("code").texts()));
        }
        List<Drawn> pictures = new ArrayList<>();
        for (Node p : all.at("pictures").list()) {
            Map<String, List<Access>> by = new LinkedHashMap<>();
            p.at("by")
                    .map()
                    .forEach((who, accesses) -> by.put(
                            who, accesses.list().stream().map(Run::access).toList()));
            pictures.add(new Drawn(p.small("size"), p.small("offset"), by));
        }
        pictures.sort(
                (a, b) -> a.size != b.size ? Integer.compare(a.size, b.size) : Integer.compare(a.offset, b.offset));
        List<String> dropped = all.at("compilation").map().containsKey("droppedWhileMeasuring")
                ? all.at("compilation").at("droppedWhileMeasuring").texts()
                : List.of();
        return new Run(
                all.text("isa"),
                all.text("tier"),
                all.text("observer"),
                all.truth("good"),
                all.number("plans"),
                all.number("plansEqual"),
                all.number("controls"),
                all.number("controlsCaught"),
                all.number("seed"),
                all.text("vm"),
                all.number("seconds"),
                all.number("rows"),
                all.number("mutations"),
                all.number("mutationsNoticed"),
                all.number("exchangesOnNormal"),
                dropped,
                barriers,
                sampled,
                modes,
                controls,
                pictures,
                all.at("failures").texts());
    }

    private static Access access(Node a) {
        String kind = a.text("kind");
        int offset = a.small("offset");
        int width = a.small("width");
        if (!kind.matches("[LSX]") || offset < 0 || width < 1 || width > 64) {
            throw new IllegalArgumentException(
                    a.where() + " is no access: " + kind + " of " + width + " bytes at " + offset);
        }
        return new Access(a.text("side").equals("device"), kind.charAt(0), offset, width);
    }

    /** A JSON value that knows where it is, for messages. */
    private record Node(Object value, String where) {
        Node at(String key) {
            Map<String, Node> map = map();
            if (!map.containsKey(key)) {
                throw new IllegalArgumentException(where + " has no \"" + key + "\"");
            }
            return map.get(key);
        }

        private <T> T as(Class<T> type, String what) {
            if (!type.isInstance(value)) {
                throw new IllegalArgumentException(where + " is not " + what);
            }
            return type.cast(value);
        }

        Map<String, Node> map() {
            Map<String, Node> map = new LinkedHashMap<>();
            for (Map.Entry<?, ?> one : ((Map<?, ?>) as(Map.class, "an object")).entrySet()) {
                map.put((String) one.getKey(), new Node(one.getValue(), where + " › " + one.getKey()));
            }
            return map;
        }

        List<Node> list() {
            List<Node> list = new ArrayList<>();
            for (Object one : as(List.class, "an array")) {
                list.add(new Node(one, where + " [" + list.size() + "]"));
            }
            return list;
        }

        List<String> texts() {
            return list().stream().map(Node::text).toList();
        }

        String text() {
            return as(String.class, "a string");
        }

        String text(String key) {
            return at(key).text();
        }

        long number(String key) {
            return at(key).as(Long.class, "a whole number");
        }

        int small(String key) {
            long number = number(key);
            if (number < 0 || number > 1 << 20) {
                throw new IllegalArgumentException(where + " › " + key + " is out of range");
            }
            return (int) number;
        }

        boolean truth(String key) {
            return at(key).as(Boolean.class, "true or false");
        }
    }
}
