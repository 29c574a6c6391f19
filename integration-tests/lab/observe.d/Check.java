import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Compares what an observer saw with what the plans said, and both with what the contract says. Runs on the host and contains no Hostmem code: the rules come as text from
 * the run, and from them the expected accesses are computed once more.
 *
 * <p>Arguments: FOLDER ISA TIER OBSERVER CONTROLS-FILE SECONDS CPU-SECONDS JSON-FILE. In the folder: {@code cases} and {@code results} (Sweep.java), {@code log} (OBSERVERS.md),
 * {@code compilation} (-XX:+PrintCompilation), {@code barriers} (objdump of the listing's barrier routines).
 */
public final class Check {

    private static final int REGION = 0x100000;
    private static final int RAM = 0x8000000;
    private static final int MARKS = 0xf000000;
    private static final int MAX_SHOWN = 20;

    /** One machine access; the kind is L, S or X. */
    private record Access(char kind, int offset, int width, String pc) {
        int end() {
            return offset + width;
        }

        boolean ram() {
            return offset >= RAM && offset < RAM + REGION;
        }

        boolean device() {
            return offset < REGION;
        }

        boolean same(Access other) {
            return kind == other.kind && offset == other.offset && width == other.width;
        }

        @Override
        public String toString() {
            return kind + "" + 8 * width + (device() ? "@" + offset : ram() ? "@ram+" + (offset - RAM) : "@lost+" + Integer.toHexString(offset));
        }
    }

    /** What the table of the run says of one cache mode. */
    private record Rules(int widestRead, int widestWrite, int widestAscending, Map<Integer, String> unaligned) {
        int widest(boolean write, boolean ascending) {
            int widest = write ? widestWrite : widestRead;
            return ascending ? Math.min(widest, widestAscending) : widest;
        }
    }

    /** What is expected of a case. */
    private record Expected(List<Access> accesses, String outcome, boolean relevantPlan) {}

    private final Path folder;
    private final String isa;
    private final String tier;
    private final String observer;
    private final Map<String, Rules> rules = new HashMap<>();
    private final Map<String, Map<String, String>> barriers = new LinkedHashMap<>();
    private final Map<String, Set<String>> guarantees = new LinkedHashMap<>();
    private final Map<String, String> providers = new LinkedHashMap<>();
    private final Map<String, String> header = new HashMap<>();
    private final List<String[]> sampled = new ArrayList<>();
    private int holeStart;
    private int holeEnd;

    // The trace, read on one operation at a time.
    private final Map<String, String> code = new HashMap<>();
    private InputStream log;
    private final byte[] buffer = new byte[1 << 16];
    private int buffered;
    private int position;
    private boolean whole;
    private long rows;
    private int outside;

    private final Map<String, TreeMap<String, int[]>> passes = new TreeMap<>();
    private final List<String> failures = new ArrayList<>();
    private int cases;
    private int passed;
    private int controls;
    private int caught;
    private int exchanges;
    private final Set<Integer> sizes = new TreeSet<>();
    private final Set<Integer> deviceOffsets = new TreeSet<>();
    private final Set<Integer> ramOffsets = new TreeSet<>();
    private int mutations;
    private int noticed;
    private final StringBuilder controlsJson = new StringBuilder();
    private final TreeMap<String, String> pictures = new TreeMap<>();

    private Check(Path folder, String isa, String tier, String observer) {
        this.folder = folder;
        this.isa = isa;
        this.tier = tier;
        this.observer = observer;
    }

    public static void main(String[] args) throws IOException {
        Check check = new Check(Path.of(args[0]), args[1], args[2], args[3]);
        boolean good = check.run(Path.of(args[4]), args[5], args[6], Path.of(args[7]));
        System.exit(good ? 0 : 1);
    }

    // ---- the oracle: R4 and R5 once more

    private static List<Access> ladder(char kind, long from, long length, int widest) {
        List<Access> all = new ArrayList<>();
        for (long at = from; at < from + length;) {
            int width = widest;
            while (at % width != 0 || at + width > from + length || width == 32 && widest == 64) {
                width /= 2;
            }
            all.add(new Access(kind, (int) at, width, ""));
            at += width;
        }
        return all;
    }

    private static List<Access> scalar(char kind, Rules rules, int offset, int width, boolean reject) {
        if (offset % width == 0 || rules.unaligned.get(width).equals("SINGLE")) {
            return List.of(new Access(kind, offset, width, ""));
        }
        return reject ? null : ladder(kind, offset, width, 8);
    }

    /** Cuts off what comes after a fault, and says which fault. With the tracer the access that faults is seen, for it is noted before it is made. */
    private Expected faulting(List<Access> all, int from, boolean plan) {
        for (int i = 0; i < all.size(); i++) {
            Access a = all.get(i);
            if (a.end() > holeStart && a.offset < holeEnd) {
                String outcome = "FAULT " + a.offset + " " + (a.offset - from) + " " + a.width + " " + (a.kind == 'L' ? "READ" : "WRITE") + " REGION";
                return new Expected(all.subList(0, observer.equals("trap") ? i + 1 : i), outcome, plan);
            }
        }
        return new Expected(all, "OK", plan);
    }

    private static List<Access> twice(List<Access> once) {
        List<Access> all = new ArrayList<>(once);
        all.addAll(once);
        return all;
    }

    private Expected expected(String[] f, Rules r) {
        switch (f[0]) {
            case "read", "write", "unused", "narrowed", "reads", "writes" -> {
                int width = Integer.parseInt(f[1]);
                int offset = Integer.parseInt(f[2]);
                List<Access> once = scalar(f[0].startsWith("write") ? 'S' : 'L', r, offset, width, f.length > 3 && f[3].equals("REJECT"));
                if (once == null) {
                    return new Expected(List.of(), "REJECTED", true);
                }
                return faulting(f[0].endsWith("s") ? twice(once) : once, offset, true);
            }
            case "pair" -> {
                int width = Integer.parseInt(f[1]);
                int offset = Integer.parseInt(f[2]);
                return new Expected(List.of(new Access('S', offset, width, ""), new Access('S', offset + width, width, "")), "OK", false);
            }
            case "bulk" -> {
                boolean write = f[1].equals("WRITE");
                int offset = Integer.parseInt(f[3]);
                return faulting(ladder(write ? 'S' : 'L', offset, Integer.parseInt(f[4]), r.widest(write, f[2].equals("ASCENDING"))), offset, true);
            }
            case "fill" -> {
                int offset = Integer.parseInt(f[1]);
                return faulting(ladder('S', offset, Integer.parseInt(f[2]), r.widest(true, false)), offset, true);
            }
            case "barrier" -> {
                return new Expected(List.of(), "OK", false);
            }
            case "bounds" -> {
                return new Expected(List.of(), "BOUNDS", false);
            }
            case "readonly" -> {
                return new Expected(List.of(), "REJECTED", false);
            }
            default -> throw new IllegalArgumentException("what is " + f[0] + "?");
        }
    }

    // ---- the judgement

    /** The rules that a request is about. */
    private static Set<String> about(String[] f, Rules r, Expected expected) {
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
                if (f[0].equals("bulk") && f[2].equals("ASCENDING")) {
                    about.add("R3");
                }
                about.add("R4");
            }
            case "move" -> about.add("R7");
            case "barrier" -> about.add("R8");
            default -> about.add("R10");
        }
        if (expected != null && expected.outcome.startsWith("FAULT")) {
            about.add("R9");
        }
        return about;
    }

    /** The violations, rule by rule: id and what is wrong. */
    private Map<String, String> judge(String[] f, String mode, List<Access> seen) {
        Rules r = rules.get(mode);
        Map<String, String> wrong = new LinkedHashMap<>();
        if (f[0].equals("move")) {
            move(f, r, seen, wrong);
            return wrong;
        }
        List<Access> expected = expected(f, r).accesses;
        if (f[0].equals("bulk") || f[0].equals("fill")) {
            boolean write = f[0].equals("fill") || f[1].equals("WRITE");
            int from = Integer.parseInt(f[f[0].equals("fill") ? 1 : 3]);
            int length = Integer.parseInt(f[f[0].equals("fill") ? 2 : 4]);
            touches(seen, expected, write ? 'S' : 'L', from, length, wrong);
            for (int i = 1; i < seen.size(); i++) {
                if (seen.get(i).offset < seen.get(i - 1).end() && !(f[0].equals("bulk") && f[2].equals("RELAXED"))) {
                    wrong.putIfAbsent("R3", seen.get(i) + " comes after " + seen.get(i - 1));
                }
            }
            if (!sorted(seen).equals(sorted(expected))) {
                wrong.put("R4", "other units than " + draw(expected));
            }
        } else if (!equal(seen, expected)) {
            boolean single = !f[0].matches("bounds|readonly|barrier");
            String rule = about(f, r, null).iterator().next();
            if (single && expected.stream().allMatch(a -> a.kind == 'L') && seen.size() < expected.size() && !rule.equals("R5")) {
                rule = "R6";
            }
            wrong.put(rule, "not " + draw(expected));
        }
        if (wrong.isEmpty() && !equal(seen, expected)) {
            wrong.put("plan", "not " + draw(expected));
        }
        return wrong;
    }

    private static List<String> sorted(List<Access> all) {
        return all.stream().map(Access::toString).sorted().toList();
    }

    private static boolean equal(List<Access> a, List<Access> b) {
        if (a.size() != b.size()) {
            return false;
        }
        for (int i = 0; i < a.size(); i++) {
            if (!a.get(i).same(b.get(i))) {
                return false;
            }
        }
        return true;
    }

    /** R2: each byte that is expected once, nothing else, in one direction. */
    private static void touches(List<Access> seen, List<Access> expected, char kind, int from, int length, Map<String, String> wrong) {
        int[] times = new int[length];
        for (Access a : seen) {
            if (a.kind != kind) {
                wrong.putIfAbsent("R2", a + " goes the other way");
            }
            for (int at = a.offset; at < a.end(); at++) {
                if (at < from || at >= from + length) {
                    wrong.putIfAbsent("R2", a + " leaves " + from + " to " + (from + length - 1));
                } else if (++times[at - from] == 2) {
                    wrong.putIfAbsent("R2", "the byte at " + at + " is touched again by " + a);
                }
            }
        }
        for (Access a : expected) {
            for (int at = a.offset; at < a.end(); at++) {
                if (times[at - from] == 0) {
                    wrong.putIfAbsent("R2", "the byte at " + at + " is not touched");
                }
            }
        }
    }

    /** R7. */
    private void move(String[] f, Rules r, List<Access> seen, Map<String, String> wrong) {
        int from = Integer.parseInt(f[2]);
        int to = Integer.parseInt(f[3]);
        int length = Integer.parseInt(f[4]);
        boolean overlaps = Math.abs(to - from) < length;
        boolean descending = overlaps && to > from && f[1].equals("MEMMOVE");
        if (refused(f)) {
            if (!seen.isEmpty()) {
                wrong.put("R7", "refused, but not before the first byte");
            }
            return;
        }
        boolean[] read = new boolean[length];
        boolean[] written = new boolean[length];
        int last = descending ? to + length : to;
        for (Access a : seen) {
            boolean store = a.kind == 'S';
            int start = store ? to : from;
            boolean[] done = store ? written : read;
            if (a.kind == 'X' || a.offset < start || a.end() > start + length) {
                wrong.putIfAbsent("R7", a + " is no part of the move");
                continue;
            }
            if (a.offset % a.width != 0 || a.width > r.widest(store, true)) {
                wrong.putIfAbsent("R7", a + " is no legal unit");
            }
            for (int i = a.offset - start; i < a.end() - start; i++) {
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
                if (descending ? a.end() != last : a.offset != last) {
                    wrong.putIfAbsent("R7", a + " is not the next one " + (descending ? "below " : "from ") + last);
                }
                last = descending ? a.offset : a.end();
            }
        }
        for (int i = 0; i < length; i++) {
            if (!read[i] || !written[i]) {
                wrong.putIfAbsent("R7", "byte " + i + " is not moved");
            }
        }
    }

    private static boolean refused(String[] f) {
        int distance = Integer.parseInt(f[3]) - Integer.parseInt(f[2]);
        int length = Integer.parseInt(f[4]);
        boolean overlaps = Math.abs(distance) < length;
        return overlaps && (f[1].equals("REJECT")
                || f[1].equals("ASCENDING") && distance > 0 && f.length > 5 && Math.min(distance, length - distance) > Integer.parseInt(f[5]));
    }

    /** The RAM side: in range, in one direction, whole. It is otherwise free. */
    private static String ramSide(String[] f, Expected expected, List<Access> ram) {
        if (!f[0].equals("bulk") || f.length < 7 || f[5].equals("heap")) {
            return ram.isEmpty() ? null : ram.getFirst() + " is none of its business";
        }
        int length = Integer.parseInt(f[4]);
        int start = RAM + Integer.parseInt(f[6]);
        char kind = f[1].equals("WRITE") ? 'L' : 'S';
        boolean[] touched = new boolean[length];
        for (Access a : ram) {
            if (a.kind != kind || a.offset < start || a.end() > start + length) {
                return a + " is outside ram+" + (start - RAM) + " to +" + (start - RAM + length - 1) + ", or goes the other way";
            }
            Arrays.fill(touched, a.offset - start, a.end() - start, true);
        }
        if (expected.outcome.equals("OK")) {
            for (int i = 0; i < length; i++) {
                if (!touched[i]) {
                    return "byte " + i + " of RAM is not touched";
                }
            }
        }
        return null;
    }

    // ---- the trace

    private String line() throws IOException {
        StringBuilder text = new StringBuilder(40);
        for (;;) {
            if (position == buffered) {
                buffered = log.read(buffer);
                position = 0;
                if (buffered <= 0) {
                    return text.isEmpty() ? null : text.toString();
                }
            }
            byte b = buffer[position++];
            if (b == '\n') {
                return text.toString();
            }
            text.append((char) b);
        }
    }

    /** The accesses of the next operation, which must be this one. */
    private List<Access> operation(int number) throws IOException {
        List<Access> all = new ArrayList<>();
        boolean inside = false;
        String tid = "";
        for (String line = line(); line != null; line = line()) {
            char kind = line.charAt(0);
            if (kind == '#') {
                continue;
            }
            if (kind == 'E') {
                whole = true;
                continue;
            }
            String[] w = line.split(" ");
            if (kind == 'P') {
                code.put(w[1], w[2]);
                continue;
            }
            rows++;
            int offset = Integer.parseUnsignedInt(w[1], 16);
            int width = Integer.parseInt(w[2]);
            if (offset >= MARKS) {
                int at = offset - MARKS;
                if (at / 2 != number || (at % 2 == 1) != inside || kind != 'S') {
                    throw new IllegalStateException("the mark " + line + " where operation " + number + (inside ? " ends" : " begins"));
                }
                if (inside) {
                    return pairs(all);
                }
                inside = true;
                continue;
            }
            if (!inside) {
                outside++;
                continue;
            }
            if (Character.isLowerCase(kind) && !all.isEmpty()) {
                Access last = all.getLast();
                if (last.kind == Character.toUpperCase(kind) && last.pc.equals(w[3]) && tid.equals(w[4]) && (offset == last.end() || offset + width == last.offset)) {
                    all.set(all.size() - 1, new Access(last.kind, Math.min(offset, last.offset), last.width + width, last.pc));
                    continue;
                }
            }
            tid = w[4];
            all.add(new Access(Character.toUpperCase(kind), offset, width, w[3]));
        }
        throw new IllegalStateException("the log ends before operation " + number + (inside ? " does" : " begins"));
    }

    /** aarch64: a pair is two accesses. */
    private List<Access> pairs(List<Access> all) {
        if (!isa.equals("aarch64") || all.stream().noneMatch(this::pair)) {
            return all;
        }
        List<Access> cut = new ArrayList<>();
        for (Access a : all) {
            if (pair(a)) {
                cut.add(new Access(a.kind, a.offset, a.width / 2, a.pc));
                cut.add(new Access(a.kind, a.offset + a.width / 2, a.width / 2, a.pc));
            } else {
                cut.add(a);
            }
        }
        return cut;
    }

    private boolean pair(Access a) {
        String c = code.getOrDefault(a.pc, "");
        return c.length() == 8 && "26ae".indexOf(c.charAt(6)) >= 0 && "89cd".indexOf(c.charAt(7)) >= 0;
    }

    private static String draw(List<Access> all) {
        if (all.isEmpty()) {
            return "nothing";
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < all.size(); i++) {
            if (i == 40) {
                return text + " ... (" + all.size() + ")";
            }
            text.append(i == 0 ? "" : " ").append(all.get(i));
        }
        return text.toString();
    }

    private String drawWithCode(List<Access> all) {
        StringBuilder text = new StringBuilder(draw(all));
        String pc = "";
        int shown = 0;
        for (Access a : all) {
            if (!a.pc.equals(pc) && shown++ < 12) {
                text.append("\n      ").append(a).append(" by ").append(a.pc).append(": ").append(code.get(a.pc));
            }
            pc = a.pc;
        }
        return text.toString();
    }

    // ---- the run

    private boolean run(Path controlsFile, String seconds, String cpu, Path json) throws IOException {
        List<String[]> broken = readControls(controlsFile);
        String compiled = compilation();
        Set<String> wrongBarriers = new TreeSet<>();
        String barrierText = "";
        try (BufferedReader in = Files.newBufferedReader(folder.resolve("cases"), StandardCharsets.US_ASCII);
                BufferedReader results = Files.newBufferedReader(folder.resolve("results"), StandardCharsets.US_ASCII);
                InputStream trace = Files.newInputStream(folder.resolve("log"))) {
            log = trace;
            String line = in.readLine();
            for (; line != null && !line.startsWith("C "); line = in.readLine()) {
                readHeader(line);
            }
            barrierText = barrierRoutines(wrongBarriers);
            for (; line != null; line = in.readLine()) {
                oneCase(line, results.readLine(), wrongBarriers, broken);
            }
            for (String rest = line(); rest != null; rest = line()) {
                if (rest.equals("E")) {
                    whole = true;
                } else {
                    outside++;
                }
            }
        } catch (IllegalStateException e) {
            fail("the trace: " + e.getMessage());
        }
        if (!whole) {
            fail("the trace does not end with E: it was cut off");
        }
        if (outside > 0) {
            fail(outside + " accesses to the window outside any operation");
        }
        String expectedProvider = isa.equals("ppc64le") ? "ppc64" : isa;
        providers.forEach((mode, name) -> {
            if (!name.equals(expectedProvider)) {
                fail("the provider chosen for " + mode + " is " + name);
            }
        });
        for (String[] control : broken) {
            if (control[4].isEmpty()) {
                controls++;
                fail("control " + control[0] + " is named, but was not run");
            }
        }
        if (sizes.size() != 132 || deviceOffsets.size() != 16 || ramOffsets.size() != 8) {
            fail("the sample has " + sizes.size() + " sizes of 132, " + deviceOffsets.size() + " device offsets of 16, " + ramOffsets.size() + " RAM offsets of 8");
        }
        boolean good = failures.isEmpty() && passed == cases && cases > 0 && caught == controls && controls > 0;
        writeJson(json, seconds, cpu, compiled, barrierText, good);
        failures.stream().limit(MAX_SHOWN).forEach(System.err::println);
        if (failures.size() > MAX_SHOWN) {
            System.err.println("... and " + (failures.size() - MAX_SHOWN) + " more");
        }
        report(seconds, cpu, compiled);
        System.out.println(passed + " of " + cases + " plans equal the trace, " + caught + " of " + controls + " controls caught");
        return good;
    }

    private void fail(String what) {
        failures.add(what);
    }

    private void readHeader(String line) {
        String[] w = line.split(" ", 3);
        switch (w[0]) {
            case "rules" -> {
                String[] n = w[2].split(" ");
                rules.put(w[1], new Rules(Integer.parseInt(n[0]), Integer.parseInt(n[1]), Integer.parseInt(n[2]), Map.of(1, n[3], 2, n[4], 4, n[5], 8, n[6])));
            }
            case "barrier" -> {
                String[] n = w[2].split(" ", 2);
                barriers.computeIfAbsent(w[1], mode -> new LinkedHashMap<>()).put(n[0], n[1]);
            }
            case "guarantees" -> guarantees.put(w[1], new TreeSet<>(Arrays.asList(w[2].split(" "))));
            case "provider" -> providers.put(w[1], w[2]);
            case "sampled" -> {
                String[] n = w[2].split(" ", 2);
                sampled.add(new String[] {n[1], w[1], n[0]});
            }
            case "hole" -> {
                holeStart = Integer.parseInt(w[1]);
                holeEnd = Integer.parseInt(w[2]);
            }
            default -> header.put(w[0], w[1]);
        }
    }

    private void oneCase(String line, String result, Set<String> wrongBarriers, List<String[]> broken) throws IOException {
        int bar = line.indexOf(" | ");
        String[] w = (bar < 0 ? line : line.substring(0, bar)).split(" ");
        int number = Integer.parseInt(w[1]);
        String mode = w[2];
        List<Access> all = operation(number);
        List<Access> seen = all.stream().filter(Access::device).toList();
        List<Access> ram = all.stream().filter(Access::ram).toList();
        if (w[3].equals("control")) {
            control(w, mode, seen, all, broken);
            return;
        }
        cases++;
        String[] f = Arrays.copyOfRange(w, 3, w.length);
        Rules r = rules.get(mode);
        // Scalars of NORMAL memory are Java's opaque accesses, which the interpreter of x86-64 makes with xchg: a store, on memory that has no side effects.
        if (mode.equals("NORMAL") && isa.equals("x86_64") && tier.equals("int") && f[0].startsWith("write")) {
            List<Access> plain = new ArrayList<>();
            for (Access a : seen) {
                boolean xchg = a.kind == 'X' && code.getOrDefault(a.pc, "").matches("(66)?(4[0-9a-f])?8[67].*");
                exchanges += xchg ? 1 : 0;
                plain.add(xchg ? new Access('S', a.offset, a.width, a.pc) : a);
            }
            seen = plain;
        }
        if (f[0].equals("bulk")) {
            int at = Integer.parseInt(f[3]);
            if (at < holeStart / 2) {
                sizes.add(Integer.parseInt(f[4]));
                deviceOffsets.add(at);
                ramOffsets.add(Integer.parseInt(f[6]) % 8);
            }
        }
        Expected expected = f[0].equals("move") ? new Expected(null, refused(f) ? "REJECTED" : "OK", false) : expected(f, r);
        Map<String, String> wrong = judge(f, mode, seen);
        Set<String> about = about(f, r, expected);
        if (bar >= 0) {
            String text = line.substring(bar + 3);
            String plan = f[0].equals("move") ? movePlan(text, f, r, seen) : plan(text, f, expected, r);
            if (plan != null) {
                wrong.put("plan", plan);
            }
        }
        if (f[0].equals("barrier") && wrongBarriers.contains(f[1])) {
            wrong.put("R8", "the routine does not hold " + barriers.get(mode).get(f[1]));
        }
        String side = ramSide(f, expected, ram);
        if (side != null) {
            wrong.put("RAM", side);
        }
        if (ram.size() + seen.size() != all.size()) {
            wrong.put("R2", "accesses elsewhere: " + draw(all));
        }
        String came = result == null ? "nothing" : result.substring(result.indexOf(' ') + 1);
        if (!came.equals(expected.outcome)) {
            wrong.put(expected.outcome.startsWith("FAULT") ? "R9" : "outcome", "the outcome is " + came + ", expected " + expected.outcome);
        }
        boolean good = wrong.isEmpty();
        passed += good ? 1 : 0;
        for (String rule : about) {
            int[] n = passes.computeIfAbsent(mode, key -> new TreeMap<>(Check::byNumber)).computeIfAbsent(rule, key -> new int[2]);
            n[0] += good || !wrong.containsKey(rule) && wrong.keySet().stream().anyMatch(about::contains) ? 1 : 0;
            n[1]++;
        }
        if (!good && failures.size() < 1000) {
            fail("case " + number + ": " + String.join(" ", Arrays.copyOfRange(w, 2, w.length)) + "\n    expected "
                    + (expected.accesses == null ? "by R7" : draw(expected.accesses)) + ", " + expected.outcome + "\n    seen     " + drawWithCode(seen) + "\n    "
                    + String.join("\n    ", wrong.entrySet().stream().map(e -> e.getKey() + ": " + e.getValue()).toList()));
        } else if (!good) {
            fail("case " + number);
        }
        if (good && !seen.isEmpty()) {
            mutate(number, f, mode, seen);
        }
        if (mode.equals("DEVICE") && f[0].equals("bulk") && f[1].equals("WRITE") && f[2].equals("ASCENDING") && f[5].equals("native") && f[4].matches("7|15|64")
                && f[3].matches("1|3")) {
            pictures.putIfAbsent(f[4] + "@" + f[3] + " 1 hostmem", picture(all));
        }
    }

    /** The judge must object when one access of a good case is left out, made twice, turned round, or falls beside its place. */
    private void mutate(int number, String[] f, String mode, List<Access> seen) {
        List<Access> changed = new ArrayList<>(seen);
        int at = number / 4 % seen.size();
        Access a = seen.get(at);
        switch (number % 4) {
            case 0 -> changed.remove(at);
            case 1 -> changed.add(at, a);
            case 2 -> changed.set(at, new Access(a.kind == 'L' ? 'S' : 'L', a.offset, a.width, a.pc));
            default -> changed.set(at, new Access(a.kind, a.offset + a.width, a.width, a.pc));
        }
        mutations++;
        if (judge(f, mode, changed).isEmpty()) {
            fail("the checker does not object to " + draw(changed) + " for " + String.join(" ", f));
        } else {
            noticed++;
        }
    }

    private static int byNumber(String a, String b) {
        return Integer.parseInt(a.substring(1)) - Integer.parseInt(b.substring(1));
    }

    /** The plan that the library printed must be the one that the contract gives. A plan does not know of faults. */
    private String plan(String text, String[] f, Expected expected, Rules r) {
        if (!expected.relevantPlan) {
            return null;
        }
        String[] w = text.split(" ");
        List<String> printed = Arrays.asList(w).subList(1, w.length);
        List<String> right = new ArrayList<>();
        String verdict;
        if (f[0].equals("bulk") || f[0].equals("fill")) {
            boolean write = f[0].equals("fill") || f[1].equals("WRITE");
            int at = f[0].equals("fill") ? 1 : 3;
            ladder('S', Integer.parseInt(f[at]), Integer.parseInt(f[at + 1]), r.widest(write, f[0].equals("bulk") && f[2].equals("ASCENDING")))
                    .forEach(a -> right.add(a.width + "@" + a.offset));
            verdict = "BULK";
        } else {
            List<Access> once = scalar('S', r, Integer.parseInt(f[2]), Integer.parseInt(f[1]), f[3].equals("REJECT"));
            if (once != null) {
                once.forEach(a -> right.add(a.width + "@" + a.offset));
            }
            verdict = once == null ? "REJECTED" : once.size() == 1 ? "SINGLE" : "SPLIT";
        }
        return w[0].equals(verdict) && printed.equals(right) ? null : "the plan is " + text + ", the contract gives " + verdict + " " + String.join(" ", right);
    }

    /** Of a move: what happens is known from the request, without overlap the accesses too, and otherwise they are those that were seen, which {@link #move} judges. */
    private String movePlan(String text, String[] f, Rules r, List<Access> seen) {
        int from = Integer.parseInt(f[2]);
        int to = Integer.parseInt(f[3]);
        int length = Integer.parseInt(f[4]);
        boolean upwards = to > from && to - from < length;
        String verdict = refused(f) ? "REJECTED" : !upwards ? "STRAIGHT" : f[1].equals("MEMMOVE") ? "DESCENDING" : "BUFFERED";
        int buffer = upwards && f[1].equals("ASCENDING") ? Math.min(to - from, length - (to - from)) : 0;
        List<Access> reads = verdict.equals("STRAIGHT") ? ladder('L', from, length, r.widest(false, true)) : seen.stream().filter(a -> a.kind == 'L').toList();
        List<Access> writes = verdict.equals("STRAIGHT") ? ladder('S', to, length, r.widest(true, true)) : seen.stream().filter(a -> a.kind == 'S').toList();
        String[] w = text.split(" ");
        List<Access> planned = new ArrayList<>();
        char kind = 'L';
        for (int i = 3; i < w.length; i++) {
            if (w[i].equals("writes")) {
                kind = 'S';
                continue;
            }
            String[] run = w[i].split("[x+-]");
            int width = Integer.parseInt(run[1]);
            for (int n = 0; n < Integer.parseInt(run[0]); n++) {
                planned.add(new Access(kind, Integer.parseInt(run[2]) + (w[i].indexOf('-') < 0 ? n : -n) * width, width, ""));
            }
        }
        List<Access> right = new ArrayList<>(reads);
        right.addAll(writes);
        if (w[0].equals(verdict) && Integer.parseInt(w[1]) == buffer && equal(planned, right) && equal(seen.stream().sorted((a, b) -> a.kind - b.kind).toList(), right)) {
            return null;
        }
        return "the plan is " + w[0] + " " + w[1] + " " + draw(planned) + ", and right is " + verdict + " " + buffer + " " + draw(right);
    }

    // ---- controls

    /** Name, ISAs, tiers, observers, and an empty place for what was seen; then the rules. */
    private List<String[]> readControls(Path file) throws IOException {
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

    private void control(String[] w, String mode, List<Access> seen, List<Access> all, List<String[]> broken) {
        String name = w[4];
        String[] f = Arrays.copyOfRange(w, 5, w.length);
        Map<String, String> wrong = judge(f, mode, seen);
        Set<String> named = new LinkedHashSet<>();
        for (String[] control : broken) {
            if (control[0].equals(name)) {
                control[4] = "run";
                named.addAll(Arrays.asList(control[3].split(",")));
            }
        }
        String state = named.isEmpty() ? wrong.isEmpty() ? "not applicable: keeps the rules here" : "not counted" : wrong.keySet().containsAll(named) ? "caught" : "missed";
        if (!named.isEmpty()) {
            controls++;
            if (state.equals("caught")) {
                caught++;
            } else {
                fail("control " + name + " should break " + named + ", but breaks " + wrong.keySet() + "\n    seen " + drawWithCode(seen));
            }
        }
        controlsJson.append(controlsJson.isEmpty() ? "" : ",").append("\n    {\"name\": ").append(quote(name)).append(", \"request\": ").append(quote(String.join(" ", f)))
                .append(", \"named\": ").append(array(named)).append(", \"state\": ").append(quote(state)).append(", \"breaks\": {");
        int i = 0;
        for (Map.Entry<String, String> one : wrong.entrySet()) {
            controlsJson.append(i++ == 0 ? "" : ", ").append(quote(one.getKey())).append(": ").append(quote(one.getValue()));
        }
        controlsJson.append("}, \"seen\": ").append(quote(draw(seen))).append(", \"code\": [");
        Set<String> shown = new HashSet<>();
        for (Access a : seen) {
            if (shown.size() < 8 && shown.add(code.getOrDefault(a.pc, "?"))) {
                controlsJson.append(shown.size() == 1 ? "" : ", ").append(quote(code.getOrDefault(a.pc, "?")));
            }
        }
        controlsJson.append("]}");
        Matcher drawn = Pattern.compile("(copy|memcpy)-(\\d+)@(\\d+)").matcher(name);
        if (drawn.matches()) {
            pictures.put(drawn.group(2) + "@" + drawn.group(3) + (drawn.group(1).equals("copy") ? " 2 MemorySegment.copy" : " 3 memcpy"), picture(all));
        }
    }

    private String picture(List<Access> all) {
        StringBuilder text = new StringBuilder("[");
        int ramStart = all.stream().filter(Access::ram).mapToInt(Access::offset).min().orElse(RAM);
        for (Access a : all) {
            text.append(text.length() == 1 ? "" : ", ").append("{\"side\": ").append(a.ram() ? "\"ram\"" : "\"device\"").append(", \"kind\": \"").append(a.kind)
                    .append("\", \"offset\": ").append(a.ram() ? a.offset - ramStart : a.offset).append(", \"width\": ").append(a.width).append('}');
        }
        return text.append(']').toString();
    }

    // ---- barriers and tiers

    /** The disassembled routine of each purpose must hold the instruction that the rules name, and no other barrier. */
    private String barrierRoutines(Set<String> wrong) throws IOException {
        Map<String, String> purposes = Map.of("barrierToDevice", "TO_DEVICE", "barrierFromDevice", "FROM_DEVICE", "flushWriteCombining", "FLUSH_WRITE_COMBINING", "endCombining", "END_COMBINING", "orderDevice", "ORDER_DEVICE", "barrierFull", "FULL");
        Map<String, List<String>> found = new HashMap<>();
        for (String line : Files.readAllLines(folder.resolve("barriers"))) {
            String[] w = line.strip().split("\\s+", 2);
            List<String> routine = found.computeIfAbsent(purposes.get(w[0]), key -> new ArrayList<>());
            String instruction = w[1].replaceAll("\\s+", " ").strip();
            if (instruction.matches("(dmb|dsb|isb|hint #0x6|dgh|fence|fence\\.i|sync|hwsync|lwsync|ptesync|eieio|isync|mfence|sfence|lfence|lock|xchg|cpuid|serialize)\\b.*")) {
                routine.add(instruction.equals("hwsync") ? "sync" : instruction);
            }
        }
        StringBuilder json = new StringBuilder();
        for (String purpose : new TreeSet<>(purposes.values())) {
            Set<String> named = new TreeSet<>();
            barriers.values().forEach(of -> named.add(of.get(purpose)));
            List<String> there = found.get(purpose);
            boolean right = there != null && named.size() == 1 && there.equals(named.iterator().next().isEmpty() ? List.of() : List.of(named.iterator().next()));
            if (!right) {
                wrong.add(purpose);
            }
            json.append(json.isEmpty() ? "" : ", ").append("{\"purpose\": ").append(quote(purpose)).append(", \"rules\": ").append(array(named)).append(", \"routine\": ")
                    .append(there == null ? "null" : array(there)).append(", \"equal\": ").append(right).append('}');
        }
        return json.toString();
    }

    /** Whether each operation was compiled in the tier before the first case, and stayed so. Returns JSON. */
    private String compilation() throws IOException {
        if (tier.equals("int")) {
            return "{\"flag\": \"-Xint\"}";
        }
        Pattern method = Pattern.compile("\\s*\\d+\\s+\\d+\\s+[%sb!n ]*?\\s*([1-4]?)\\s+(\\S+)::(\\S+)(?: @ \\d+)? \\((?:\\d+ bytes|native)\\)\\s*(.*)");
        Set<String> compiled = new TreeSet<>();
        Set<String> library = new TreeSet<>();
        List<String> dropped = new ArrayList<>();
        boolean measuring = false;
        int during = 0;
        for (String line : Files.readAllLines(folder.resolve("compilation"))) {
            if (line.equals("MEASURE")) {
                measuring = true;
            }
            if (line.equals("LATE")) { // What is refused throws where the compiler has not reckoned with it, and ends the use of what it compiled.
                break;
            }
            Matcher m = method.matcher(line);
            if (!m.matches()) {
                continue;
            }
            String name = m.group(2) + "::" + m.group(3);
            boolean ops = m.group(2).equals("Ops");
            if (m.group(4).startsWith("made not entrant")) {
                if (ops && !measuring) {
                    compiled.remove(name);
                }
                if (measuring && (ops || m.group(2).startsWith("org.hostmem."))) {
                    dropped.add(name + " " + m.group(4));
                }
                continue;
            }
            if (tier.equals("c1") && !m.group(1).equals("1")) {
                fail(name + " was compiled in tier " + m.group(1) + ", not 1");
            }
            if (measuring) {
                during++;
            } else if (ops) {
                compiled.add(name);
            } else {
                library.add(name);
            }
        }
        for (var one : opsMethods()) {
            if (!compiled.contains("Ops::" + one)) {
                fail("Ops::" + one + " was not compiled before the first case");
            }
        }
        return "{\"operationsCompiledBefore\": " + compiled.size() + ", \"otherMethodsCompiledBefore\": " + library.size() + ", \"compiledWhileMeasuring\": " + during
                + ", \"droppedWhileMeasuring\": " + array(dropped) + "}";
    }

    private static Set<String> opsMethods() {
        Set<String> names = new TreeSet<>();
        for (var one : Ops.class.getDeclaredMethods()) {
            names.add(one.getName());
        }
        return names;
    }

    // ---- what is written

    private void report(String seconds, String cpu, String compiled) {
        System.out.println(isa + " " + tier + ", observer " + observer + ", seed " + header.get("seed") + ", " + rows + " rows, " + seconds + " s, of which " + cpu + " s of CPU");
        System.out.println("compiled: " + compiled);
        for (String[] one : sampled) {
            System.out.printf(Locale.ROOT, "  %-20s %7s of %7s%n", one[0], one[1], one[2]);
        }
        passes.forEach((mode, of) -> {
            StringBuilder text = new StringBuilder("  %-16s".formatted(mode));
            of.forEach((rule, n) -> text.append(' ').append(rule).append(' ').append(n[0]).append('/').append(n[1]));
            System.out.println(text);
        });
        System.out.println("  " + noticed + " of " + mutations + " good cases are objected to with one access changed");
        if (exchanges > 0) {
            System.out.println("  " + exchanges + " stores to NORMAL memory were made with xchg by the interpreter");
        }
    }

    private void writeJson(Path file, String seconds, String cpu, String compiled, String barrierText, boolean good) throws IOException {
        StringBuilder json = new StringBuilder("{\n");
        json.append("  \"isa\": ").append(quote(isa)).append(",\n  \"tier\": ").append(quote(tier)).append(",\n  \"observer\": ").append(quote(observer)).append(",\n  \"good\": ").append(good)
                .append(",\n  \"plans\": ").append(cases).append(",\n  \"plansEqual\": ").append(passed).append(",\n  \"controls\": ").append(controls).append(",\n  \"controlsCaught\": ")
                .append(caught).append(",\n  \"seed\": ").append(header.getOrDefault("seed", "0")).append(",\n  \"vm\": ").append(quote(header.getOrDefault("vm", "?")))
                .append(",\n  \"seconds\": ").append(seconds).append(",\n  \"cpuSeconds\": ").append(cpu).append(",\n  \"rows\": ").append(rows).append(",\n  \"sizes\": ").append(sizes.size()).append(",\n  \"deviceOffsets\": ").append(deviceOffsets.size())
                .append(",\n  \"ramOffsets\": ").append(ramOffsets.size()).append(",\n  \"mutations\": ").append(mutations).append(",\n  \"mutationsNoticed\": ").append(noticed).append(",\n  \"exchangesOnNormal\": ").append(exchanges)
                .append(",\n  \"compilation\": ").append(compiled).append(",\n  \"barriers\": [").append(barrierText).append("],\n  \"sampled\": [");
        for (int i = 0; i < sampled.size(); i++) {
            json.append(i == 0 ? "" : ", ").append("{\"what\": ").append(quote(sampled.get(i)[0])).append(", \"cases\": ").append(sampled.get(i)[1]).append(", \"of\": ")
                    .append(sampled.get(i)[2]).append('}');
        }
        json.append("],\n  \"modes\": {");
        int m = 0;
        for (Map.Entry<String, TreeMap<String, int[]>> mode : passes.entrySet()) {
            Rules r = rules.get(mode.getKey());
            json.append(m++ == 0 ? "" : ",").append("\n    ").append(quote(mode.getKey())).append(": {\"provider\": ").append(quote(providers.get(mode.getKey())))
                    .append(", \"widestRead\": ").append(r.widestRead).append(", \"widestWrite\": ").append(r.widestWrite).append(", \"widestAscending\": ").append(r.widestAscending)
                    .append(", \"unaligned\": ").append(quote(r.unaligned.get(8))).append(", \"guarantees\": ").append(array(guarantees.get(mode.getKey()))).append(", \"rules\": {");
            int i = 0;
            for (Map.Entry<String, int[]> rule : mode.getValue().entrySet()) {
                json.append(i++ == 0 ? "" : ", ").append(quote(rule.getKey())).append(": {\"passed\": ").append(rule.getValue()[0]).append(", \"cases\": ").append(rule.getValue()[1]).append('}');
            }
            json.append("}}");
        }
        json.append("\n  },\n  \"controlResults\": [").append(controlsJson).append("\n  ],\n  \"pictures\": [");
        String last = "";
        for (Map.Entry<String, String> picture : pictures.entrySet()) {
            String[] w = picture.getKey().split(" ");
            if (!w[0].equals(last)) {
                String[] n = w[0].split("@");
                json.append(last.isEmpty() ? "" : "}},").append("\n    {\"size\": ").append(n[0]).append(", \"offset\": ").append(n[1]).append(", \"by\": {");
            }
            json.append(w[0].equals(last) ? "," : "").append("\n      ").append(quote(w[2])).append(": ").append(picture.getValue());
            last = w[0];
        }
        json.append(last.isEmpty() ? "" : "}}").append("\n  ],\n  \"failures\": [");
        for (int i = 0; i < Math.min(failures.size(), MAX_SHOWN); i++) {
            json.append(i == 0 ? "" : ",").append("\n    ").append(quote(failures.get(i)));
        }
        json.append("]\n}\n");
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.writeString(file, json);
    }

    private static String array(Iterable<String> all) {
        StringBuilder text = new StringBuilder("[");
        for (String one : all) {
            text.append(text.length() == 1 ? "" : ", ").append(quote(one));
        }
        return text.append(']').toString();
    }

    private static String quote(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            switch (c) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                case '\n' -> quoted.append("\\n");
                default -> quoted.append(c < 0x20 ? "?" : String.valueOf(c));
            }
        }
        return quoted.append('"').toString();
    }
}
