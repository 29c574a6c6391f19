package org.hostmem.lab.observe;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.hostmem.lab.evidence.Run;

/**
 * What a run says of itself before its first case: rules, guarantees and barriers as the library printed them, how
 * large the sample is, where the hole lies.
 */
final class Header {

    private final Map<String, Rules> rules = new HashMap<>();
    private final Map<String, Map<String, String>> barriers = new LinkedHashMap<>();
    private final Map<String, Set<String>> guarantees = new LinkedHashMap<>();
    private final Map<String, String> providers = new LinkedHashMap<>();
    private final Map<String, String> others = new HashMap<>();
    private final List<Run.Sampled> sampled = new ArrayList<>();
    private int holeStart;
    private int holeEnd;

    void read(String line) {
        String[] w = line.split(" ", 3);
        switch (w[0]) {
            case "rules" -> {
                String[] n = w[2].split(" ", -1);
                rules.put(
                        w[1],
                        new Rules(
                                Integer.parseInt(n[0]),
                                Integer.parseInt(n[1]),
                                Integer.parseInt(n[2]),
                                Map.of(1, n[3], 2, n[4], 4, n[5], 8, n[6])));
            }
            case "barrier" -> {
                String[] n = w[2].split(" ", 2);
                barriers.computeIfAbsent(w[1], mode -> new LinkedHashMap<>()).put(n[0], n[1]);
            }
            case "guarantees" -> guarantees.put(w[1], new TreeSet<>(Arrays.asList(w[2].split(" "))));
            case "provider" -> providers.put(w[1], w[2]);
            case "sampled" -> {
                String[] n = w[2].split(" ", 2);
                sampled.add(new Run.Sampled(n[1], Long.parseLong(w[1]), Long.parseLong(n[0])));
            }
            case "hole" -> {
                holeStart = Integer.parseInt(w[1]);
                holeEnd = Integer.parseInt(w[2]);
            }
            default -> others.put(w[0], w[1]);
        }
    }

    Rules rules(String mode) {
        return rules.get(mode);
    }

    /** The instruction of each purpose, by cache mode. */
    Map<String, Map<String, String>> barriers() {
        return barriers;
    }

    Set<String> guarantees(String mode) {
        return guarantees.get(mode);
    }

    /** The one that was chosen, by cache mode. */
    Map<String, String> providers() {
        return providers;
    }

    List<Run.Sampled> sampled() {
        return sampled;
    }

    int holeStart() {
        return holeStart;
    }

    int holeEnd() {
        return holeEnd;
    }

    String other(String key, String otherwise) {
        return others.getOrDefault(key, otherwise);
    }
}
