package org.hostmem.lab.observe;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.hostmem.CacheMode;

/** What of the contract the accesses of a case break, rule by rule. */
final class Judge {

    private final Header header;
    private final Oracle oracle;

    Judge(Header header, Oracle oracle) {
        this.header = header;
        this.oracle = oracle;
    }

    /** The rules that a request is about. */
    static Set<String> about(String[] f, String mode, Expected expected) {
        Set<String> about = new LinkedHashSet<>();
        switch (f[0]) {
            case "read", "write", "unused", "narrowed", "reads", "writes", "pair" -> {
                boolean aligned = Integer.parseInt(f[2]) % Integer.parseInt(f[1]) == 0;
                about.add(aligned ? "R1" : "R5");
                if (!f[0].startsWith("write") && !f[0].equals("pair")) {
                    about.add("R6");
                }
            }
            case "bulk", "fill" -> {
                about.add("R2");
                if (isFree(f, mode)) {
                    break;
                }
                if (f[0].equals("bulk") && f[2].equals("ASCENDING")) {
                    about.add("R3");
                }
                about.add("R4");
            }
            case "move" -> {
                about.add("R7");
                if (isAscending(f)) {
                    about.add("R3");
                }
            }
            case "barrier" -> about.add("R8");
            default -> about.add("R10");
        }
        if (expected != null && expected.outcome().startsWith("FAULT")) {
            about.add("R9");
        }
        return about;
    }

    /** Whether the machine chooses the accesses, as nobody looks. */
    static boolean isFree(String[] f, String mode) {
        return f[0].equals("bulk")
                && f[2].equals("UNOBSERVED")
                && Memory.valueOf(mode).mode() == CacheMode.NORMAL;
    }

    /** Whether both sides of a transfer are to be ascending. */
    static boolean isAscending(String[] f) {
        boolean move = f[0].equals("move");
        boolean descending = move
                && f[1].equals("MEMMOVE_ORDER")
                && Integer.parseInt(f[3]) > Integer.parseInt(f[2])
                && Integer.parseInt(f[3]) - Integer.parseInt(f[2]) < Integer.parseInt(f[4]);
        return move ? !descending : f[0].equals("bulk") && f[2].equals("ASCENDING");
    }

    /** The violations, rule by rule: id and what is wrong. */
    Map<String, String> judge(String[] f, String mode, List<Access> seen) {
        Rules r = header.rules(mode);
        Map<String, String> wrong = new LinkedHashMap<>();
        if (f[0].equals("move")) {
            move(f, r, seen, wrong);
            return wrong;
        }
        List<Access> expected = oracle.expected(f, r).accesses();
        if (f[0].equals("bulk") || f[0].equals("fill")) {
            boolean write = f[0].equals("fill") || f[1].equals("WRITE");
            int from = Integer.parseInt(f[f[0].equals("fill") ? 1 : 3]);
            int length = Integer.parseInt(f[f[0].equals("fill") ? 2 : 4]);
            touches(seen, expected, write ? 'S' : 'L', from, length, isFree(f, mode), wrong);
            if (isFree(f, mode)) {
                return wrong;
            }
            for (int i = 1; i < seen.size(); i++) {
                if (seen.get(i).offset() < seen.get(i - 1).end()
                        && !(f[0].equals("bulk") && !f[2].equals("ASCENDING"))) {
                    wrong.putIfAbsent("R3", seen.get(i) + " comes after " + seen.get(i - 1));
                }
            }
            if (!sorted(seen).equals(sorted(expected))) {
                wrong.put("R4", "other units than " + Access.draw(expected));
            }
        } else if (!Access.equal(seen, expected)) {
            boolean single = !f[0].matches("bounds|readonly|barrier");
            String rule = about(f, mode, null).iterator().next();
            if (single
                    && expected.stream().allMatch(a -> a.kind() == 'L')
                    && seen.size() < expected.size()
                    && !rule.equals("R5")) {
                rule = "R6";
            }
            wrong.put(rule, "not " + Access.draw(expected));
        }
        if (wrong.isEmpty() && !Access.equal(seen, expected)) {
            wrong.put("plan", "not " + Access.draw(expected));
        }
        return wrong;
    }

    private static List<String> sorted(List<Access> all) {
        return all.stream().map(Access::toString).sorted().toList();
    }

    /** R2: each byte that is expected, once unless nobody looks, nothing else, in one direction. */
    private static void touches(
            List<Access> seen,
            List<Access> expected,
            char kind,
            int from,
            int length,
            boolean again,
            Map<String, String> wrong) {
        int[] times = new int[length];
        for (Access a : seen) {
            if (a.kind() != kind) {
                wrong.putIfAbsent("R2", a + " goes the other way");
            }
            for (int at = a.offset(); at < a.end(); at++) {
                if (at < from || at >= from + length) {
                    wrong.putIfAbsent("R2", a + " leaves " + from + " to " + (from + length - 1));
                } else if (++times[at - from] == 2 && !again) {
                    wrong.putIfAbsent("R2", "the byte at " + at + " is touched again by " + a);
                }
            }
        }
        for (Access a : expected) {
            for (int at = a.offset(); at < a.end(); at++) {
                if (times[at - from] == 0) {
                    wrong.putIfAbsent("R2", "the byte at " + at + " is not touched");
                }
            }
        }
    }

    /** R7. */
    private static void move(String[] f, Rules r, List<Access> seen, Map<String, String> wrong) {
        int from = Integer.parseInt(f[2]);
        int to = Integer.parseInt(f[3]);
        int length = Integer.parseInt(f[4]);
        boolean overlaps = Math.abs(to - from) < length;
        boolean descending = overlaps && to > from && f[1].equals("MEMMOVE_ORDER");
        if (Oracle.refused(f)) {
            if (!seen.isEmpty()) {
                wrong.put("R7", "refused, but not before the first byte");
            }
            return;
        }
        boolean[] read = new boolean[length];
        boolean[] written = new boolean[length];
        int last = descending ? to + length : to;
        for (Access a : seen) {
            boolean store = a.kind() == 'S';
            int start = store ? to : from;
            boolean[] done = store ? written : read;
            if (a.kind() == 'X' || a.offset() < start || a.end() > start + length) {
                wrong.putIfAbsent("R7", a + " is no part of the move");
                continue;
            }
            if (a.offset() % a.width() != 0 || a.width() > r.widest(store, true)) {
                wrong.putIfAbsent("R7", a + " is no legal unit");
            }
            for (int i = a.offset() - start; i < a.end() - start; i++) {
                if (done[i]) {
                    wrong.putIfAbsent("R7", (store ? "destination" : "source") + " byte " + i + " again, by " + a);
                }
                done[i] = true;
                int overwrites = i + start - to;
                if (!store && overwrites >= 0 && overwrites < length && written[overwrites]) {
                    wrong.putIfAbsent("R7", "source byte " + i + " is read after it was overwritten, by " + a);
                }
                if (store && !read[i]) {
                    wrong.putIfAbsent("R7", "destination byte " + i + " is written before its source is read, by " + a);
                }
            }
            if (store) {
                if (descending ? a.end() != last : a.offset() != last) {
                    wrong.putIfAbsent("R7", a + " is not the next one " + (descending ? "below " : "from ") + last);
                }
                last = descending ? a.offset() : a.end();
            }
        }
        for (int i = 0; i < length; i++) {
            if (!read[i] || !written[i]) {
                wrong.putIfAbsent("R7", "byte " + i + " is not moved");
            }
        }
    }

    /** The RAM side: in range, in one direction, whole. It is otherwise free. */
    static String ramSide(String[] f, Expected expected, List<Access> ram) {
        if (!f[0].equals("bulk") || f.length < 7 || f[5].equals("heap")) {
            return ram.isEmpty() ? null : ram.getFirst() + " is none of its business";
        }
        int length = Integer.parseInt(f[4]);
        int start = Access.RAM + Integer.parseInt(f[6]);
        char kind = f[1].equals("WRITE") ? 'L' : 'S';
        boolean[] touched = new boolean[length];
        for (Access a : ram) {
            if (a.kind() != kind || a.offset() < start || a.end() > start + length) {
                return a + " is outside ram+" + (start - Access.RAM) + " to +" + (start - Access.RAM + length - 1)
                        + ", or goes the other way";
            }
            Arrays.fill(touched, a.offset() - start, a.end() - start, true);
        }
        if (expected.outcome().equals("OK")) {
            for (int i = 0; i < length; i++) {
                if (!touched[i]) {
                    return "byte " + i + " of RAM is not touched";
                }
            }
        }
        return null;
    }
}
