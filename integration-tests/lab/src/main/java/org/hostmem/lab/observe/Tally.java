package org.hostmem.lab.observe;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What was counted. */
final class Tally {

    /** Passed and all, by cache mode and rule. */
    final TreeMap<String, TreeMap<String, int[]>> passes = new TreeMap<>();

    final List<String> failures = new ArrayList<>();
    final Set<Integer> sizes = new TreeSet<>();
    final Set<Integer> deviceOffsets = new TreeSet<>();
    final Set<Integer> ramOffsets = new TreeSet<>();
    int cases;
    int passed;
    /** Stores that the interpreter makes with xchg, which on NORMAL memory is none of a device's business. */
    int exchanges;
    /** Reads of permanent NORMAL memory that the JIT dropped or narrowed, as nobody used their values. */
    int spared;
    /** Good cases with one access changed, and how many of them the judge objected to. */
    int mutations;

    int noticed;

    void fail(String what) {
        failures.add(what);
    }

    /** Of one rule that a case is about. */
    void count(String mode, String rule, boolean good) {
        int[] n = passes.computeIfAbsent(mode, key -> new TreeMap<>(Tally::byNumber))
                .computeIfAbsent(rule, key -> new int[2]);
        n[0] += good ? 1 : 0;
        n[1]++;
    }

    private static int byNumber(String a, String b) {
        return Integer.parseInt(a.substring(1)) - Integer.parseInt(b.substring(1));
    }
}
