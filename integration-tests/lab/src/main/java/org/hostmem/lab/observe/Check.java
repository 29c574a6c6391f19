package org.hostmem.lab.observe;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.hostmem.lab.evidence.Run;

/**
 * Compares what an observer saw with what the plans said, and both with what the contract says. Runs on the host and
 * contains no Hostmem code: the rules come as text from the run, and from them the expected accesses are computed once
 * more.
 *
 * <p>Arguments: FOLDER ISA TIER OBSERVER CONTROLS-FILE SECONDS CPU-SECONDS JSON-FILE. In the folder: {@code cases} and
 * {@code results} (Sweep.java), {@code log} (OBSERVERS.md), {@code compilation} (-XX:+PrintCompilation),
 * {@code barriers} (objdump of the listing's barrier routines).
 *
 * <p>{@link Header} and {@link Trace} read, {@link Oracle} says what is right, {@link Judge} and {@link Plans} what is
 * wrong, {@link Result} writes it down.
 */
final class Check {

    static final int MAX_SHOWN = 20;

    private static final Pattern DRAWN = Pattern.compile("(copy|memcpy)-(\\d+)@(\\d+)");

    private final Path folder;
    private final String isa;
    private final String tier;
    private final Header header = new Header();
    private final Tally tally = new Tally();
    private final Pictures pictures = new Pictures();
    private final NamedControls controls;
    private final Oracle oracle;
    private final Judge judge;
    private final Trace trace;
    private final Set<String> wrongBarriers = new TreeSet<>();

    private Check(Path folder, String isa, String tier, String observer, Path controlsFile, InputStream log)
            throws IOException {
        this.folder = folder;
        this.isa = isa;
        this.tier = tier;
        controls = new NamedControls(controlsFile, isa, tier, observer, tally::fail);
        oracle = new Oracle(header, observer);
        judge = new Judge(header, oracle);
        trace = new Trace(log, isa);
    }

    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[0]);
        String observer = args[3];
        boolean good;
        try (InputStream log = Files.newInputStream(folder.resolve("log"))) {
            Check check = new Check(folder, args[1], args[2], observer, Path.of(args[4]), log);
            Run.Compilation compilation =
                    Compilation.check(folder.resolve("compilation"), check.tier, check.tally::fail);
            List<Run.Barrier> barriers = check.run();
            good = check.finish();
            check.tally.failures.stream().limit(MAX_SHOWN).forEach(System.err::println);
            if (check.tally.failures.size() > MAX_SHOWN) {
                System.err.println("... and " + (check.tally.failures.size() - MAX_SHOWN) + " more");
            }
            Result result = new Result(
                    check.isa,
                    check.tier,
                    observer,
                    check.header,
                    check.trace,
                    check.tally,
                    check.controls,
                    check.pictures,
                    barriers,
                    compilation,
                    Long.parseLong(args[5]),
                    Long.parseLong(args[6]),
                    good);
            result.write(Path.of(args[7]));
            result.print();
            System.out.println(check.tally.passed + " of " + check.tally.cases + " plans equal the trace, "
                    + check.controls.caught() + " of " + check.controls.count() + " controls caught");
        }
        System.exit(good ? 0 : 1);
    }

    /** All cases. Returns the comparison of the barriers. */
    private List<Run.Barrier> run() throws IOException {
        List<Run.Barrier> barriers = List.of();
        try (BufferedReader cases = Files.newBufferedReader(folder.resolve("cases"), StandardCharsets.US_ASCII);
                BufferedReader results =
                        Files.newBufferedReader(folder.resolve("results"), StandardCharsets.US_ASCII)) {
            String line = cases.readLine();
            for (; line != null && !line.startsWith("C "); line = cases.readLine()) {
                header.read(line);
            }
            barriers = Barriers.compare(folder.resolve("barriers"), header, wrongBarriers);
            for (; line != null; line = cases.readLine()) {
                oneCase(line, results.readLine());
            }
            trace.finish();
        } catch (IllegalStateException e) {
            tally.fail("the trace: " + e.getMessage());
        }
        return barriers;
    }

    /** What only the whole can tell. */
    private boolean finish() {
        if (!trace.isWhole()) {
            tally.fail("the trace does not end with E: it was cut off");
        }
        if (trace.outside() > 0) {
            tally.fail(trace.outside() + " accesses to the window outside any operation");
        }
        String expectedProvider = isa.equals("ppc64le") ? "ppc64" : isa;
        header.providers().forEach((mode, name) -> {
            if (!name.equals(expectedProvider)) {
                tally.fail("the provider chosen for " + mode + " is " + name);
            }
        });
        controls.finish();
        if (tally.sizes.size() != 132 || tally.deviceOffsets.size() != 16 || tally.ramOffsets.size() != 8) {
            tally.fail("the sample has " + tally.sizes.size() + " sizes of 132, " + tally.deviceOffsets.size()
                    + " device offsets of 16, " + tally.ramOffsets.size() + " RAM offsets of 8");
        }
        return tally.failures.isEmpty()
                && tally.passed == tally.cases
                && tally.cases > 0
                && controls.caught() == controls.count()
                && controls.count() > 0;
    }

    private void oneCase(String line, String result) throws IOException {
        int bar = line.indexOf(" | ");
        String[] w = (bar < 0 ? line : line.substring(0, bar)).split(" ");
        int number = Integer.parseInt(w[1]);
        String mode = w[2];
        List<Access> all = trace.operation(number);
        List<Access> seen = all.stream().filter(Access::device).toList();
        List<Access> ram = all.stream().filter(Access::ram).toList();
        if (w[3].equals("control")) {
            controls.check(w, judge.judge(Arrays.copyOfRange(w, 5, w.length), mode, seen), seen, trace);
            Matcher drawn = DRAWN.matcher(w[4]);
            if (drawn.matches()) {
                pictures.add(
                        Integer.parseInt(drawn.group(2)),
                        Integer.parseInt(drawn.group(3)),
                        drawn.group(1).equals("copy") ? "MemorySegment.copy" : "memcpy",
                        all);
            }
            return;
        }
        tally.cases++;
        String[] f = Arrays.copyOfRange(w, 3, w.length);
        Rules r = header.rules(mode);
        if (Memory.hasJavaScalars(mode) && f[0].startsWith("write")) {
            seen = withoutExchanges(seen);
        }
        if (Memory.hasJavaScalars(mode) && f[0].matches("unused|narrowed")) {
            seen = withSparedReads(f, seen);
        }
        if (f[0].equals("bulk")) {
            int at = Integer.parseInt(f[3]);
            if (at < header.holeStart() / 2 && Integer.parseInt(f[4]) < Cases.LONG) {
                tally.sizes.add(Integer.parseInt(f[4]));
                tally.deviceOffsets.add(at);
                tally.ramOffsets.add(Integer.parseInt(f[6]) % 8);
            }
        }
        Expected expected = f[0].equals("move")
                ? new Expected(null, Oracle.refused(f) ? "REJECTED" : "OK", false)
                : oracle.expected(f, r);
        Map<String, String> wrong = judge.judge(f, mode, seen);
        Set<String> about = Judge.about(f, mode, expected);
        if (bar >= 0) {
            String text = line.substring(bar + 3);
            String plan =
                    f[0].equals("move") ? Plans.movePlan(text, f, r, seen) : Plans.plan(text, f, mode, expected, r);
            if (plan != null) {
                wrong.put("plan", plan);
            }
        }
        if (f[0].equals("barrier") && wrongBarriers.contains(f[1])) {
            wrong.put(
                    "R8",
                    "the routine does not hold " + header.barriers().get(mode).get(f[1]));
        }
        String unordered = isa.equals("aarch64") && Memory.isWatchedByCpus(mode) && Judge.isAscending(f)
                ? withoutOrder(seen)
                : null;
        if (unordered != null) {
            wrong.put("R3", unordered);
        }
        String side = Judge.ramSide(f, expected, ram);
        if (side != null) {
            wrong.put("RAM", side);
        }
        if (all.stream().anyMatch(access -> !access.ram() && !access.device())) {
            wrong.put("R2", "accesses elsewhere: " + Access.draw(all));
        }
        String came = result == null ? "nothing" : result.substring(result.indexOf(' ') + 1);
        if (!came.equals(expected.outcome())) {
            wrong.put(
                    expected.outcome().startsWith("FAULT") ? "R9" : "outcome",
                    "the outcome is " + came + ", expected " + expected.outcome());
        }
        boolean good = wrong.isEmpty();
        tally.passed += good ? 1 : 0;
        for (String rule : about) {
            tally.count(
                    mode,
                    rule,
                    good || (!wrong.containsKey(rule) && wrong.keySet().stream().anyMatch(about::contains)));
        }
        if (!good && tally.failures.size() < 1000) {
            tally.fail("case " + number + ": " + String.join(" ", Arrays.copyOfRange(w, 2, w.length))
                    + "\n    expected "
                    + (expected.accesses() == null ? "by R7" : Access.draw(expected.accesses())) + ", "
                    + expected.outcome() + "\n    seen     " + trace.drawWithCode(seen) + "\n    "
                    + String.join(
                            "\n    ",
                            wrong.entrySet().stream()
                                    .map(e -> e.getKey() + ": " + e.getValue())
                                    .toList()));
        } else if (!good) {
            tally.fail("case " + number);
        }
        if (good && !seen.isEmpty() && !Judge.isFree(f, mode)) { // where nobody looks, twice is right
            mutate(number, f, mode, seen);
        }
        if (mode.equals("DEVICE")
                && f[0].equals("bulk")
                && f[1].equals("WRITE")
                && f[2].equals("ASCENDING")
                && f[5].equals("native")
                && f[4].matches("7|15|64")
                && f[3].matches("1|3")) {
            pictures.add(Integer.parseInt(f[4]), Integer.parseInt(f[3]), "hostmem", all);
        }
    }

    /**
     * Scalars of NORMAL memory are Java's opaque accesses, which the interpreter of x86-64 makes with xchg: a store, on
     * memory that has no side effects.
     */
    private List<Access> withoutExchanges(List<Access> seen) {
        if (!isa.equals("x86_64") || !tier.equals("int")) {
            return seen;
        }
        List<Access> plain = new ArrayList<>();
        for (Access a : seen) {
            boolean xchg = a.kind() == 'X' && trace.code(a, "").matches("(66)?(4[0-9a-f])?8[67].*");
            tally.exchanges += xchg ? 1 : 0;
            plain.add(xchg ? new Access('S', a.offset(), a.width(), a.pc()) : a);
        }
        return plain;
    }

    /**
     * A read of permanent NORMAL memory that nobody uses, or not as a whole, may be dropped or narrowed by the JIT
     * (R6): then as if it had been made. Only an aligned one is Java's.
     */
    private List<Access> withSparedReads(String[] f, List<Access> seen) {
        Access whole = new Access('L', Integer.parseInt(f[2]), Integer.parseInt(f[1]), "");
        boolean spared = !tier.equals("int")
                && whole.offset() % whole.width() == 0
                && (seen.isEmpty() ? f[0].equals("unused") : seen.size() == 1 && isPart(seen.getFirst(), whole));
        tally.spared += spared ? 1 : 0;
        return spared ? List.of(whole) : seen;
    }

    private static boolean isPart(Access a, Access whole) {
        return a.kind() == 'L' && a.width() < whole.width() && a.offset() >= whole.offset() && a.end() <= whole.end();
    }

    /**
     * What orders an access on aarch64 is the access itself, load-acquire or store-release: so it can be seen here. Of
     * the other ISAs a test of the build looks at the listings.
     */
    private String withoutOrder(List<Access> seen) {
        return seen.stream()
                .filter(a -> !trace.code(a, "").matches("..f[c-f](df|9f)[048c]8"))
                .findFirst()
                .map(a -> a + " is neither load-acquire nor store-release")
                .orElse(null);
    }

    /**
     * The judge must object when one access of a good case is left out, made twice, turned round, or falls beside its
     * place.
     */
    private void mutate(int number, String[] f, String mode, List<Access> seen) {
        List<Access> changed = new ArrayList<>(seen);
        int at = number / 4 % seen.size();
        Access a = seen.get(at);
        switch (number % 4) {
            case 0 -> changed.remove(at);
            case 1 -> changed.add(at, a);
            case 2 -> changed.set(at, new Access(a.kind() == 'L' ? 'S' : 'L', a.offset(), a.width(), a.pc()));
            default -> changed.set(at, new Access(a.kind(), a.offset() + a.width(), a.width(), a.pc()));
        }
        tally.mutations++;
        if (judge.judge(f, mode, changed).isEmpty()) {
            tally.fail("the checker does not object to " + Access.draw(changed) + " for " + String.join(" ", f));
        } else {
            tally.noticed++;
        }
    }
}
