package org.hostmem.lab.observe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.hostmem.lab.evidence.Run;

/** The routines of the listing that are barriers, as objdump shows them. */
final class Barriers {

    private Barriers() {}

    /**
     * The disassembled routine of each purpose must hold the instruction that the rules name, and no other barrier. The
     * purposes for which it does not come into {@code wrong}.
     */
    static List<Run.Barrier> compare(Path file, Header header, Set<String> wrong) throws IOException {
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
        List<Run.Barrier> compared = new ArrayList<>();
        for (String purpose : new TreeSet<>(purposes.values())) {
            Set<String> named = new TreeSet<>();
            header.barriers().values().forEach(of -> named.add(of.get(purpose)));
            List<String> there = found.get(purpose);
            boolean right = named.size() == 1
                    && named.stream().filter(one -> !one.isEmpty()).toList().equals(there);
            if (!right) {
                wrong.add(purpose);
            }
            compared.add(new Run.Barrier(purpose, named, there, right));
        }
        return compared;
    }
}
