import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The routines of the listing that are barriers, as objdump shows them. */
final class Barriers {

    private Barriers() {}

    /**
     * The disassembled routine of each purpose must hold the instruction that the rules name, and no other barrier.
     * Returns JSON.
     */
    static String compare(Path file, Header header, Set<String> wrong) throws IOException {
        Map<String, String> purposes = Map.of(
                "barrierToDevice",
                "TO_DEVICE",
                "barrierFromDevice",
                "FROM_DEVICE",
                "flushWriteCombining",
                "FLUSH_WRITE_COMBINING",
                "endCombining",
                "END_COMBINING",
                "orderDevice",
                "ORDER_DEVICE",
                "barrierFull",
                "FULL");
        Map<String, List<String>> found = new HashMap<>();
        for (String line : Files.readAllLines(file)) {
            String[] w = line.strip().split("\\s+", 2);
            List<String> routine = found.computeIfAbsent(purposes.get(w[0]), key -> new ArrayList<>());
            String instruction = w[1].replaceAll("\\s+", " ").strip();
            if (instruction.matches("(dmb|dsb|isb|hint"
                    + " #0x6|dgh|fence|fence\\.i|sync|hwsync|lwsync|ptesync|eieio|isync|"
                    + "mfence|sfence|lfence|lock|xchg|cpuid|serialize)\\b.*")) {
                routine.add(instruction.equals("hwsync") ? "sync" : instruction);
            }
        }
        StringBuilder json = new StringBuilder();
        for (String purpose : new TreeSet<>(purposes.values())) {
            Set<String> named = new TreeSet<>();
            header.barriers().values().forEach(of -> named.add(of.get(purpose)));
            List<String> there = found.get(purpose);
            boolean right = there != null
                    && named.size() == 1
                    && there.equals(
                            named.iterator().next().isEmpty()
                                    ? List.of()
                                    : List.of(named.iterator().next()));
            if (!right) {
                wrong.add(purpose);
            }
            json.append(json.isEmpty() ? "" : ", ")
                    .append("{\"purpose\": ")
                    .append(Json.quote(purpose))
                    .append(", \"rules\": ")
                    .append(Json.array(named))
                    .append(", \"routine\": ")
                    .append(there == null ? "null" : Json.array(there))
                    .append(", \"equal\": ")
                    .append(right)
                    .append('}');
        }
        return json.toString();
    }
}
