import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a run leaves: text for people, JSON for the page of the evidence.
 *
 * @param barriers compared, as JSON
 * @param compiled before the first case and while measuring, as JSON
 */
record Result(
        String isa,
        String tier,
        String observer,
        Header header,
        Trace trace,
        Tally tally,
        NamedControls controls,
        Pictures pictures,
        String barriers,
        String compiled,
        String seconds,
        String cpu,
        boolean good) {

    void print() {
        System.out.println(isa + " " + tier + ", observer " + observer + ", seed " + header.other("seed", "0") + ", "
                + trace.rows() + " rows, " + seconds + " s, of which " + cpu + " s of CPU");
        System.out.println("compiled: " + compiled);
        for (String[] one : header.sampled()) {
            System.out.printf(Locale.ROOT, "  %-20s %7s of %7s%n", one[0], one[1], one[2]);
        }
        tally.passes.forEach((mode, of) -> {
            StringBuilder text = new StringBuilder("  %-18s".formatted(mode));
            of.forEach((rule, n) -> text.append(' ')
                    .append(rule)
                    .append(' ')
                    .append(n[0])
                    .append('/')
                    .append(n[1]));
            System.out.println(text);
        });
        System.out.println("  " + tally.noticed + " of " + tally.mutations
                + " good cases are objected to with one access changed");
        if (tally.spared > 0) {
            System.out.println("  " + tally.spared
                    + " reads of permanent NORMAL memory that nobody used were dropped or narrowed");
        }
        if (tally.exchanges > 0) {
            System.out.println(
                    "  " + tally.exchanges + " stores to NORMAL memory were made with xchg by the interpreter");
        }
    }

    void write(Path file) throws IOException {
        StringBuilder json = new StringBuilder("{\n");
        json.append("  \"isa\": ")
                .append(Json.quote(isa))
                .append(",\n  \"tier\": ")
                .append(Json.quote(tier))
                .append(",\n  \"observer\": ")
                .append(Json.quote(observer))
                .append(",\n  \"good\": ")
                .append(good)
                .append(",\n  \"plans\": ")
                .append(tally.cases)
                .append(",\n  \"plansEqual\": ")
                .append(tally.passed)
                .append(",\n  \"controls\": ")
                .append(controls.count())
                .append(",\n  \"controlsCaught\": ")
                .append(controls.caught())
                .append(",\n  \"seed\": ")
                .append(header.other("seed", "0"))
                .append(",\n  \"vm\": ")
                .append(Json.quote(header.other("vm", "?")))
                .append(",\n  \"seconds\": ")
                .append(seconds)
                .append(",\n  \"cpuSeconds\": ")
                .append(cpu)
                .append(",\n  \"rows\": ")
                .append(trace.rows())
                .append(",\n  \"sizes\": ")
                .append(tally.sizes.size())
                .append(",\n  \"deviceOffsets\": ")
                .append(tally.deviceOffsets.size())
                .append(",\n  \"ramOffsets\": ")
                .append(tally.ramOffsets.size())
                .append(",\n  \"mutations\": ")
                .append(tally.mutations)
                .append(",\n  \"mutationsNoticed\": ")
                .append(tally.noticed)
                .append(",\n  \"exchangesOnNormal\": ")
                .append(tally.exchanges)
                .append(",\n  \"sparedOnNormal\": ")
                .append(tally.spared)
                .append(",\n  \"compilation\": ")
                .append(compiled)
                .append(",\n  \"barriers\": [")
                .append(barriers)
                .append("],\n  \"sampled\": [");
        for (int i = 0; i < header.sampled().size(); i++) {
            json.append(i == 0 ? "" : ", ")
                    .append("{\"what\": ")
                    .append(Json.quote(header.sampled().get(i)[0]))
                    .append(", \"cases\": ")
                    .append(header.sampled().get(i)[1])
                    .append(", \"of\": ")
                    .append(header.sampled().get(i)[2])
                    .append('}');
        }
        json.append("],\n  \"modes\": {");
        int m = 0;
        for (Map.Entry<String, TreeMap<String, int[]>> mode : tally.passes.entrySet()) {
            Rules r = header.rules(mode.getKey());
            json.append(m++ == 0 ? "" : ",")
                    .append("\n    ")
                    .append(Json.quote(mode.getKey()))
                    .append(": {\"provider\": ")
                    .append(Json.quote(header.providers().get(mode.getKey())))
                    .append(", \"widestRead\": ")
                    .append(r.widestRead())
                    .append(", \"widestWrite\": ")
                    .append(r.widestWrite())
                    .append(", \"widestAscending\": ")
                    .append(r.widestAscending())
                    .append(", \"unaligned\": ")
                    .append(Json.quote(r.unaligned().get(8)))
                    .append(", \"guarantees\": ")
                    .append(Json.array(header.guarantees(mode.getKey())))
                    .append(", \"rules\": {");
            int i = 0;
            for (Map.Entry<String, int[]> rule : mode.getValue().entrySet()) {
                json.append(i++ == 0 ? "" : ", ")
                        .append(Json.quote(rule.getKey()))
                        .append(": {\"passed\": ")
                        .append(rule.getValue()[0])
                        .append(", \"cases\": ")
                        .append(rule.getValue()[1])
                        .append('}');
            }
            json.append("}}");
        }
        json.append("\n  },\n  \"controlResults\": [").append(controls.json()).append("\n  ],\n  \"pictures\": [");
        json.append(pictures.json()).append("\n  ],\n  \"failures\": [");
        for (int i = 0; i < Math.min(tally.failures.size(), Check.MAX_SHOWN); i++) {
            json.append(i == 0 ? "" : ",").append("\n    ").append(Json.quote(tally.failures.get(i)));
        }
        json.append("]\n}\n");
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.writeString(file, json);
    }
}
