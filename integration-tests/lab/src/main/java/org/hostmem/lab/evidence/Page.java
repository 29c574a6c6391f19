package org.hostmem.lab.evidence;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The page: one HTML file that refers to nothing else. What it says is there without JavaScript; that only lets one
 * choose a picture.
 */
final class Page {

    private static final List<String> ISAS = List.of("x86_64", "aarch64", "ppc64le", "riscv64");
    private static final List<String> TIERS = List.of("int", "c1", "c2");
    private static final List<String> MODES = List.of("DEVICE", "NONCACHED", "WRITE_COMBINING", "NORMAL", "UNKNOWN");

    /** The contract in a few words, what promises it, and what is to be said of how it was looked at. */
    private record Rule(String id, String what, String guarantee, String looked) {}

    private static final List<Rule> RULES = List.of(
            new Rule("R1", "An aligned scalar is one access of its width", "EXACT_WIDTH", ""),
            new Rule("R2", "Each device byte once, nothing outside", "EXACTLY_ONCE", ""),
            new Rule(
                    "R3",
                    "ASCENDING is ascending",
                    "ASCENDING_ORDER",
                    "the order in which the CPU's instructions come, not the order on the bus"),
            new Rule("R4", "Widest aligned units, as few as can be", "", ""),
            new Rule("R5", "An unaligned scalar: SINGLE, SPLIT or REJECT", "", ""),
            new Rule(
                    "R6",
                    "A read happens once, used or not, on what is no permanent NORMAL memory",
                    "NEVER_ELIDED",
                    ""),
            new Rule(
                    "R7",
                    "An overlapping move is exact, in its order, or refused",
                    "",
                    "each byte is followed: read before it is overwritten, written once"),
            new Rule(
                    "R8",
                    "A barrier is the ISA's instruction",
                    "DEVICE_BARRIERS",
                    "fences are not seen: the routine is disassembled by objdump, and making it must cause no access"),
            new Rule(
                    "R9",
                    "A fault is an exception at that very access",
                    "PRECISE_FAULTS",
                    "by a file that was cut short"),
            new Rule(
                    "R10",
                    "Refused before any access",
                    "",
                    "bounds and read-only; closing while another thread copies is tested elsewhere"),
            new Rule(
                    "R11",
                    "Write-combining: flush is offered, nothing is promised past the CPU",
                    "",
                    "what the hardware merges happens behind both observers"),
            new Rule(
                    "R12",
                    "No allocation per access",
                    "NO_ALLOCATION",
                    "is no access of the device: the testkit counts it (R12Allocation)"),
            new Rule(
                    "R13",
                    "Within the limits of a device",
                    "",
                    "these cases have none: the testkit (R13DeviceLimits) and QEMU's trace of edu (X86GuestTest) show"
                            + " it"),
            new Rule(
                    "R14",
                    "Where a hypervisor may answer, only what hypervisors decode",
                    "",
                    "hardware answers these cases: the listings (R14Answered) and a guest in a guest (lab/nested) show"
                            + " it"));

    /** What neither observer can see, or what these cases do not have. */
    private static final Set<String> NOT_OBSERVED = Set.of("R11", "R12", "R13", "R14");

    private final Map<String, Run> runs;
    private final Map<String, String> unreadable;
    private final Map<String, String> written;
    private final Map<String, String> missing = new TreeMap<>();
    private final List<String[]> expected = new ArrayList<>();
    private final StringBuilder out = new StringBuilder(1 << 20);

    /**
     * @param runs by name
     * @param unreadable by name, why
     * @param written by name, when
     */
    Page(Map<String, Run> runs, Map<String, String> unreadable, Map<String, String> written) {
        this.runs = runs;
        this.unreadable = unreadable;
        this.written = written;
        for (String isa : ISAS) {
            for (String observer : isa.equals("x86_64") ? new String[] {"plugin", "trap"} : new String[] {"plugin"}) {
                for (String tier : TIERS) {
                    expected.add(new String[] {isa, tier, observer});
                    String name = Run.name(isa, tier, observer);
                    if (!runs.containsKey(name) && !unreadable.containsKey(name)) {
                        missing.put(name, command(isa, tier, observer));
                    }
                }
            }
        }
    }

    static List<String> names() {
        return new Page(new TreeMap<>(), Map.of(), Map.of())
                .expected.stream().map(e -> Run.name(e[0], e[1], e[2])).toList();
    }

    static String escape(String text) {
        StringBuilder safe = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '&' -> safe.append("&amp;");
                case '<' -> safe.append("&lt;");
                case '>' -> safe.append("&gt;");
                case '"' -> safe.append("&quot;");
                case '\'' -> safe.append("&#39;");
                default -> safe.append((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f || c >= 0xfffe ? '\ufffd' : c);
            }
        }
        return safe.toString();
    }

    private static String n(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    private static String of(long some, long all) {
        return n(some) + " of " + n(all);
    }

    private static String command(String isa, String tier, String observer) {
        return "integration-tests/lab/observe " + isa + " " + tier
                + (observer.equals("plugin") ? "" : " --observer " + observer);
    }

    private static String observer(String observer) {
        return observer.equals("trap") ? "single steps on the real CPU (B)" : "TCG plugin in qemu-user (A)";
    }

    private Page put(String html) {
        out.append(html);
        return this;
    }

    private Page text(String text) {
        return put(escape(text));
    }

    /** A fragment identifier; the name is one of ours. */
    private static String id(Run run) {
        return "run-" + run.name();
    }

    private List<Run> inOrder() {
        return expected.stream()
                .map(e -> runs.get(Run.name(e[0], e[1], e[2])))
                .filter(r -> r != null)
                .toList();
    }

    String html() {
        put("<!DOCTYPE html>\n"
            + "<html lang=\"en\">\n"
            + "<head>\n"
            + "<meta charset=\"utf-8\">\n"
            + "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
            + "<meta name=\"color-scheme\" content=\"light dark\">\n"
            + "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline';"
            + " script-src 'unsafe-inline'; img-src data:\">\n"
            + "<link rel=\"icon\" href=\"data:,\">\n"
            + "<title>Hostmem: the evidence</title>\n"
            + "<style>")
                .put(STYLE)
                .put(Picture.style())
                .put("</style>\n</head>\n<body>\n<main>\n");
        put("<h1>Hostmem: the evidence</h1>\n");
        summary();
        howToRead();
        contract();
        pictures();
        controls();
        for (Run run : inOrder()) {
            run(run);
        }
        return put("</main>\n<script>")
                .put(SCRIPT)
                .put("</script>\n</body>\n</html>\n")
                .out
                .toString();
    }

    // ---- the parts

    private void summary() {
        long good = runs.values().stream().filter(Run::good).count();
        long plans = runs.values().stream().mapToLong(Run::plans).sum();
        long equal = runs.values().stream().mapToLong(Run::plansEqual).sum();
        long controls = runs.values().stream().mapToLong(Run::controls).sum();
        long caught = runs.values().stream().mapToLong(Run::controlsCaught).sum();
        put("<p class=\"lead\">Which loads and stores the library made, seen by observers that are not its code,"
                + " against what its plans said. ");
        put("<strong id=\"total\">")
                .text(of(equal, plans) + " plans equal the trace, " + of(caught, controls) + " controls caught")
                .put("</strong>, in ")
                .text(runs.size() + " runs of " + expected.size() + ", " + good + " of them good.")
                .put("</p>\n");
        if (!missing.isEmpty() || !unreadable.isEmpty()) {
            put("<div class=\"note\" id=\"missing\" role=\"note\">");
            if (!missing.isEmpty()) {
                put("<p><strong>No result of ")
                        .text(missing.size() + (missing.size() == 1 ? " run" : " runs"))
                        .put(".</strong> Nothing on this page is about them. What makes them:</p><ul>");
                missing.forEach(
                        (name, command) -> put("<li><code>").text(command).put("</code></li>"));
                put("</ul>");
            }
            if (!unreadable.isEmpty()) {
                put("<p><strong>Cannot be read:</strong></p><ul>");
                unreadable.forEach((name, why) -> put("<li><code>")
                        .text(name + ".json")
                        .put("</code>: ")
                        .text(why)
                        .put("</li>"));
                put("</ul>");
            }
            put("</div>\n");
        }
        put("<div class=\"wide\"><table id=\"summary\"><caption>Plans that equal the trace, and controls"
                + " caught</caption>\n"
                + "<thead><tr><th scope=\"col\">ISA</th><th scope=\"col\">observer</th>");
        for (String tier : TIERS) {
            put("<th scope=\"col\">").text(Picture.tier(tier)).put("</th>");
        }
        put("</tr></thead>\n<tbody>");
        for (int i = 0; i < expected.size(); i += TIERS.size()) {
            String[] first = expected.get(i);
            put("<tr><th scope=\"row\">")
                    .text(first[0])
                    .put("</th><td>")
                    .text(observer(first[2]))
                    .put("</td>");
            for (String[] e : expected.subList(i, i + TIERS.size())) {
                String name = Run.name(e[0], e[1], e[2]);
                Run run = runs.get(name);
                if (run == null) {
                    put("<td class=\"none\">")
                            .text(unreadable.containsKey(name) ? "cannot be read" : "no result")
                            .put("</td>");
                } else {
                    put("<td class=\"")
                            .put(run.good() ? "good" : "bad")
                            .put("\"><a href=\"#")
                            .put(id(run))
                            .put("\">")
                            .put(run.good() ? "" : "<strong>failed</strong>, ")
                            .text(of(run.plansEqual(), run.plans()))
                            .put("</a><br><small>")
                            .text(of(run.controlsCaught(), run.controls()) + " controls")
                            .put("<br>")
                            .text((run.full() ? "full" : "a sample") + ", seed " + run.seed())
                            .put("</small></td>");
                }
            }
            put("</tr>\n");
        }
        put("</tbody></table></div>\n");
    }

    private void howToRead() {
        put("""
            <section aria-labelledby="how">
            <h2 id="how">How to read this</h2>
            <p>A <em>plan</em> is the list of accesses that the library says beforehand it will make. An observer logs
            every load and store of the program in a window of its addresses.
            A case counts as passed when widths, order, number and place are those of the plan, of the contract's
            rules computed once more by the checker, and of nothing else.
            A <em>control</em> is code that is not Hostmem (<code>MemorySegment.copy</code>, glibc's
            <code>memcpy</code>, Java's access modes) and is known to break a rule there:
            if the observer did not see it break the rule, the run would fail. Each good case is also judged once more
            with one access changed, and must then be refused.</p>
            <div class="wide"><table><caption>What each observer sees</caption>
            <thead><tr><th scope="col"></th><th scope="col">A: TCG plugin in qemu-user</th><th scope="col">B: single
            steps on the real CPU</th></tr></thead>
            <tbody>
            <tr><th scope="row">ISAs</th><td>all four</td><td>x86-64</td></tr>
            <tr><th scope="row">sees</th><td>each load and store of the machine code, its width, place and
            order</td><td>the same, and the wide and masked instructions that this CPU really gets</td></tr>
            <tr><th scope="row">cannot see</th><td>AVX-512, MOVDIR64B, SVE, RVV: QEMU lacks them or does not report
            them</td><td>other ISAs; masks with holes</td></tr>
            <tr><th scope="row">neither sees</th><td colspan="2">fences (so R8 is read from the disassembled routine),
            the cache mode of a real mapping, what write buffers and the bus make of an access (R11, and
            order past the CPU), alignment faults of device memory. The window is ordinary memory; the cache mode is
            what the library was told.</td></tr>
            </tbody></table></div>
            <dl class="key"><dt class="good">248 of 248</dt><dd>cases of that rule that held</dd><dt class="bad">247
            of 248</dt><dd>one did not</dd>
            <dt>248 of 248 †</dt><dd>held as the CPU made the accesses, but the library does not promise it in this
            mode</dd>
            <dt class="none">not promised</dt><dd>no case, because nothing is promised</dd><dt class="none">not
            observed</dt><dd>is promised, and cannot be seen this way</dd>
            <dt class="none">not applicable</dt><dd>the rule is about another mode</dd></dl>
            </section>
            """);
    }

    /** Rule by rule, over all runs and modes. `hostmem exhibits` links here. */
    private void contract() {
        put("<section aria-labelledby=\"contract\">\n"
                + "<h2 id=\"contract\">The contract, rule by rule</h2>\n"
                + "<div class=\"wide\"><table id=\"rules\"><caption>Cases that held, in all runs and cache modes,"
                + " whether promised there or not</caption>\n"
                + "<thead><tr><th scope=\"col\">rule</th><th scope=\"col\">cases</th><th"
                + " scope=\"col\">in</th></tr></thead>\n"
                + "<tbody>\n");
        for (Rule rule : RULES) {
            List<Run> observed = inOrder().stream()
                    .filter(run -> run.modes().values().stream()
                            .anyMatch(mode -> mode.rules().containsKey(rule.id)))
                    .toList();
            List<Run.Count> counts = observed.stream()
                    .flatMap(run -> run.modes().values().stream())
                    .map(mode -> mode.rules().get(rule.id))
                    .filter(count -> count != null)
                    .toList();
            long held = counts.stream().mapToLong(Run.Count::passed).sum();
            long all = counts.stream().mapToLong(Run.Count::cases).sum();
            put("<tr><th scope=\"row\" id=\"rule-")
                    .put(rule.id)
                    .put("\"><b>")
                    .put(rule.id)
                    .put("</b> ")
                    .text(rule.what)
                    .put(rule.looked.isEmpty() ? "" : "<br><small>" + escape(rule.looked) + "</small>")
                    .put("</th>");
            put(
                    all == 0
                            ? "<td class=\"none\">not observed</td><td></td>"
                            : "<td class=\"" + (held == all ? "good" : "bad") + "\">" + of(held, all) + "</td><td>");
            observed.forEach(run ->
                    put("<a href=\"#").put(id(run)).put("\">").text(run.name()).put("</a> "));
            put(all == 0 ? "</tr>\n" : "</td></tr>\n");
        }
        put("</tbody></table></div>\n</section>\n");
    }

    private void pictures() {
        put("<section aria-labelledby=\"pictures\">\n<h2 id=\"pictures\">Pictures</h2>\n");
        if (inOrder().stream().allMatch(run -> run.pictures().isEmpty())) {
            put("<p class=\"none\">There is no result to draw.</p></section>\n");
            return;
        }
        put("<p>One request, as three make it. Filled units are those that the device gets. Red bytes are written"
                + " again; a triangle at the right edge is an access that starts before the last one ended; a"
                + " dashed orange unit is misaligned. Whether that faults is what the ISA says of device memory;"
                + " the memory that was watched is ordinary, and nothing faults in it.</p>\n");
        Set<String> requests = new LinkedHashSet<>();
        inOrder().forEach(run -> run.pictures().forEach(p -> requests.add(p.name())));
        put("<form id=\"choose\" hidden>\n<label>Run <select id=\"choose-run\">");
        inOrder().stream()
                .filter(run -> !run.pictures().isEmpty())
                .forEach(run -> put("<option value=\"")
                        .text(run.name())
                        .put("\">")
                        .text(run.isa() + ", " + Picture.tier(run.tier()) + ", " + observer(run.observer()))
                        .put("</option>"));
        put("</select></label>\n<label>Bytes at offset <select id=\"choose-request\">");
        requests.forEach(r -> put("<option value=\"")
                .text(r)
                .put("\"")
                .put(r.equals("15@1") ? " selected" : "")
                .put(">")
                .text(r.replace("@", " at "))
                .put("</option>"));
        put("</select></label>\n"
                + "</form>\n"
                + "<p id=\"no-picture\" class=\"none\" role=\"status\" hidden>This run has no such"
                + " picture.</p>\n");
        boolean first = true;
        for (Run run : inOrder()) {
            if (run.pictures().isEmpty()) {
                continue;
            }
            put("<details class=\"run-pictures\"")
                    .put(first ? " open" : "")
                    .put("><summary>")
                    .text(run.isa() + ", " + Picture.tier(run.tier()) + ", " + observer(run.observer()))
                    .put("</summary>\n");
            first = false;
            for (Run.Drawn drawn : run.pictures()) {
                Picture picture = new Picture(run, drawn);
                String id = "picture-" + run.name() + "-" + drawn.size() + "-" + drawn.offset();
                put("<figure data-run=\"")
                        .text(run.name())
                        .put("\" data-request=\"")
                        .text(drawn.name())
                        .put("\" id=\"")
                        .put(id)
                        .put("\">\n<div class=\"wide\">")
                        .put(picture.inline(id));
                put("</div>\n<figcaption>")
                        .text(picture.title() + ". " + picture.where() + ".")
                        .put("\n<details><summary>as text</summary><ul class=\"code\">");
                picture.lines().forEach(line -> put("<li>").text(line).put("</li>"));
                put("</ul></details></figcaption>\n</figure>\n");
            }
            put("</details>\n");
        }
        put("</section>\n");
    }

    private void controls() {
        Set<String> names = new LinkedHashSet<>();
        inOrder().forEach(run -> run.controlResults().forEach(c -> names.add(c.name())));
        if (names.isEmpty()) {
            return;
        }
        put("<section aria-labelledby=\"controls\">\n"
                + "<h2 id=\"controls\">What breaks elsewhere</h2>\n"
                + "<p>The rules that code other than Hostmem was seen to break on memory of mode DEVICE. What was"
                + " seen in each case stands with the run.</p>\n"
                + "<div class=\"wide\"><table id=\"all-controls\" class=\"dense\"><caption>Controls: the rules"
                + " broken, run by run</caption>\n"
                + "<thead><tr><th scope=\"col\">control</th>");
        inOrder()
                .forEach(run -> put("<th scope=\"col\"><a href=\"#")
                        .put(id(run))
                        .put("\">")
                        .text(run.isa())
                        .put("<br>")
                        .text(run.tier() + (run.observer().equals("plugin") ? "" : " " + run.observer()))
                        .put("</a></th>"));
        put("</tr></thead>\n<tbody>");
        for (String name : names) {
            put("<tr><th scope=\"row\"><code>").text(name).put("</code></th>");
            for (Run run : inOrder()) {
                Run.Control control = run.controlResults().stream()
                        .filter(c -> c.name().equals(name))
                        .findFirst()
                        .orElse(null);
                if (control == null) {
                    put("<td class=\"none\">not run</td>");
                } else if (control.breaks().isEmpty()) {
                    put("<td class=\"")
                            .put(
                                    control.state().startsWith("not applicable")
                                            ? "none\">keeps them"
                                            : "bad\">" + escape(control.state()))
                            .put("</td>");
                } else {
                    put("<td>")
                            .text(String.join(
                                    " ",
                                    control.breaks().keySet().stream().sorted().toList()))
                            .put("</td>");
                }
            }
            put("</tr>\n");
        }
        put("</tbody></table></div>\n</section>\n");
    }

    private void run(Run run) {
        String id = id(run);
        put("<section aria-labelledby=\"")
                .put(id)
                .put("\" class=\"run\">\n<h2 id=\"")
                .put(id)
                .put("\">")
                .text(run.isa() + ", " + Picture.tier(run.tier()) + ": " + observer(run.observer()))
                .put("</h2>\n");
        put("<p><strong class=\"")
                .put(run.good() ? "good" : "bad")
                .put("\">")
                .text(run.good() ? "Good" : "Failed")
                .put("</strong>: ")
                .text(of(run.plansEqual(), run.plans()) + " plans equal the trace, "
                        + of(run.controlsCaught(), run.controls()) + " controls caught, ")
                .text(of(run.mutationsNoticed(), run.mutations()) + " changed cases refused. " + n(run.rows())
                        + " rows of trace in " + n(run.seconds()) + " s; JVM " + run.vm())
                .text(written.containsKey(run.name()) ? "; result of " + written.get(run.name()) : "")
                .put(".</p>\n");
        if (!run.failures().isEmpty()) {
            put("<p class=\"bad\">What failed:</p><ul class=\"code\">");
            run.failures().forEach(f -> put("<li>").text(f).put("</li>"));
            put("</ul>\n");
        }
        rules(run);
        put("<div class=\"wide\"><table class=\"sampled\"><caption>How many cases, of how many there are")
                .text(run.full() ? ": all" : ": a sample, drawn with seed " + run.seed())
                .put("</caption>\n<thead><tr><th scope=\"col\">kind</th>");
        run.sampled().forEach(s -> put("<th scope=\"col\">").text(s.what()).put("</th>"));
        put("</tr></thead>\n<tbody><tr><th scope=\"row\">cases</th>");
        run.sampled().forEach(s -> put("<td>").text(of(s.cases(), s.of())).put("</td>"));
        put("</tr></tbody></table></div>\n<p>The same again: <code>")
                .text(command(run.isa(), run.tier(), run.observer()) + (run.full() ? " --full" : "") + " --seed "
                        + run.seed() + (run.full() || run.per() == 2 || run.per() == 0 ? "" : " --per " + run.per()))
                .put("</code></p>\n");
        if (run.exchangesOnNormal() > 0) {
            put("<p>")
                    .text(n(run.exchangesOnNormal())
                            + " stores to NORMAL memory were made with xchg, as the interpreter of x86-64"
                            + " stores opaquely: there, and only there, they count as stores.")
                    .put("</p>\n");
        }
        List<String> dropped = run.compilation().droppedWhileMeasuring();
        if (!dropped.isEmpty()) {
            put("<p>Compiled code that the JVM dropped during the measurement: ")
                    .text(String.join("; ", dropped))
                    .put(".</p>\n");
        }
        controls(run);
        put("</section>\n");
    }

    private void rules(Run run) {
        List<String> modes =
                new ArrayList<>(MODES.stream().filter(run.modes()::containsKey).toList());
        run.modes().keySet().stream().filter(mode -> !modes.contains(mode)).forEach(modes::add);
        put("<div class=\"wide\"><table class=\"rules\"><caption>Rules by cache mode: cases that held</caption>\n"
                + "<thead><tr><th scope=\"col\">rule</th>");
        modes.forEach(mode -> put("<th scope=\"col\">").text(mode).put("</th>"));
        put("</tr></thead>\n<tbody>\n<tr><th scope=\"row\">widest unit: read, write, ascending; unaligned</th>");
        for (String mode : modes) {
            Run.Mode m = run.modes().get(mode);
            put("<td><small>")
                    .text(m.widestRead() + ", " + m.widestWrite() + ", " + m.widestAscending() + "; " + m.unaligned())
                    .put("</small></td>");
        }
        put("</tr>\n");
        for (Rule rule : RULES) {
            put("<tr><th scope=\"row\"><b>")
                    .put(rule.id)
                    .put("</b> ")
                    .text(rule.what)
                    .put(rule.looked.isEmpty() ? "" : "<br><small>" + escape(rule.looked) + "</small>")
                    .put("</th>");
            for (String mode : modes) {
                Run.Mode m = run.modes().get(mode);
                Run.Count count = m.rules().get(rule.id);
                boolean promised = rule.guarantee.isEmpty() || m.guarantees().contains(rule.guarantee);
                if (count == null) {
                    put("<td class=\"none\">")
                            .put(
                                    rule.id.equals("R11") && !mode.equals("WRITE_COMBINING")
                                            ? "not applicable"
                                            : promised
                                                    ? NOT_OBSERVED.contains(rule.id) ? "not observed" : "no case"
                                                    : "not promised")
                            .put("</td>");
                } else {
                    put("<td class=\"")
                            .put(count.passed() == count.cases() ? "good" : "bad")
                            .put("\">")
                            .text(of(count.passed(), count.cases()))
                            .put(
                                    promised
                                            ? ""
                                            : " <abbr title=\"held here, but is not promised in this mode\">†</abbr>")
                            .put("</td>");
                }
            }
            put("</tr>\n");
        }
        put("</tbody></table></div>\n"
                + "<details><summary>Barriers: what the rules name, and what the listing holds</summary>\n"
                + "<div class=\"wide\"><table><caption>Barrier routines</caption>\n"
                + "<thead><tr><th scope=\"col\">purpose</th><th scope=\"col\">rules</th><th scope=\"col\">routine,"
                + " disassembled</th><th scope=\"col\">equal</th></tr></thead>\n"
                + "<tbody>");
        for (Run.Barrier barrier : run.barriers()) {
            put("<tr><th scope=\"row\">")
                    .text(barrier.purpose())
                    .put("</th><td>")
                    .put(instructions(barrier.rules()))
                    .put("</td><td>")
                    .put(instructions(barrier.routine()))
                    .put("</td><td class=\"")
                    .put(barrier.equal() ? "good\">yes" : "bad\">no")
                    .put("</td></tr>\n");
        }
        put("</tbody></table></div></details>\n");
    }

    private static String instructions(Collection<String> all) {
        if (all == null) {
            return "no such routine";
        }
        List<String> named = all.stream().filter(one -> !one.isEmpty()).toList();
        return named.isEmpty() ? "no instruction" : "<code>" + escape(String.join("; ", named)) + "</code>";
    }

    private void controls(Run run) {
        put("<details><summary>")
                .text(of(run.controlsCaught(), run.controls()) + " controls caught: what was seen")
                .put("</summary>\n"
                        + "<div class=\"wide\"><table class=\"controls dense\"><caption>Controls</caption>\n"
                        + "<thead><tr><th scope=\"col\">control</th><th scope=\"col\">seen</th><th"
                        + " scope=\"col\">breaks</th><th scope=\"col\">state</th><th scope=\"col\">by the"
                        + " instructions</th></tr></thead>\n"
                        + "<tbody>");
        for (Run.Control control : run.controlResults()) {
            boolean fine = control.state().equals("caught") || control.state().startsWith("not applicable");
            put("<tr><th scope=\"row\"><code>")
                    .text(control.name())
                    .put("</code></th><td><code>")
                    .text(control.seen())
                    .put("</code></td><td>");
            put(String.join(
                    "<br>",
                    control.breaks().entrySet().stream()
                            .sorted(Map.Entry.comparingByKey())
                            .map(b -> "<b>" + escape(b.getKey()) + "</b>: " + escape(b.getValue()))
                            .toList()));
            put("</td><td class=\"")
                    .put(control.state().equals("caught") ? "good" : fine ? "none" : "bad")
                    .put("\">")
                    .text(control.state())
                    .put("</td><td><code>")
                    .text(String.join(" ", control.code()))
                    .put("</code></td></tr>\n");
        }
        put("</tbody></table></div></details>\n");
    }

    // ---- what does not depend on results

    private static final String STYLE = """
        :root{--paper:#fbfcfd;--ink:#1c2430;--soft:#536072;--line:#d0d5dd;--head:#eef1f5;--good:#1a6b30;--bad:#b3151f;
        --badback:#ffebe9;--note:#fff6dd;--link:#0b5cad}
        @media(prefers-color-scheme:dark){:root{--paper:#0d1117;--ink:#e6e9ef;--soft:#a9b3c1;--line:#3a424e;
        --head:#1b222c;--good:#56d17a;--bad:#ff8086;--badback:#3d1518;--note:#322a12;--link:#79b8ff}}
        body{margin:0;background:var(--paper);color:var(--ink);
        font:15px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif}
        main{max-width:1040px;margin:0 auto;padding:1.2rem}
        h1{font-size:1.7rem;margin:.2em 0}
        h2{font-size:1.25rem;margin:2em 0 .4em;border-bottom:1px solid var(--line);padding-bottom:.2em}
        a{color:var(--link)}
        a:focus-visible,summary:focus-visible,select:focus-visible{outline:2px solid var(--link);outline-offset:2px}
        .lead{font-size:1.05rem}
        .note{background:var(--note);border:1px solid var(--line);border-radius:6px;padding:.2em 1em;margin:1em 0}
        .wide{overflow-x:auto;margin:.6em 0}table{border-collapse:collapse}
        caption{text-align:left;color:var(--soft);padding:.2em 0;font-size:.9rem}
        th,td{border:1px solid var(--line);padding:.25em .6em;text-align:left;vertical-align:top}
        thead th{background:var(--head)}tbody th{font-weight:normal;background:var(--head)}
        .rules td,#summary td{white-space:nowrap}.rules tbody th{min-width:16rem}
        .dense th code,.dense td{white-space:nowrap}.controls td{white-space:normal!important}
        .dense th,.dense td{padding:.15em .45em;font-size:.82rem}
        small{color:var(--soft)}
        code,.code{font-family:ui-monospace,'DejaVu Sans Mono',monospace;font-size:.86em;overflow-wrap:anywhere}
        .code li{white-space:pre-wrap}
        td.good,.good{color:var(--good)}td.bad,.bad{color:var(--bad);font-weight:600}td.bad{background:var(--badback)}
        td.none,.none{color:var(--soft);font-style:italic}
        td.good::before,dt.good::before{content:'\\2713\\a0'}td.bad::before,dt.bad::before{content:'\\2717\\a0'}
        td.good a,td.bad a{color:inherit}
        details{margin:.5em 0}summary{cursor:pointer}form{display:flex;flex-wrap:wrap;gap:1em;margin:.8em 0}
        select{font:inherit;max-width:100%}[hidden]{display:none}
        figure{margin:.8em 0}figure svg{width:100%;min-width:560px;max-width:930px;height:auto;display:block}
        figcaption{color:var(--soft);font-size:.9rem}
        .key{display:grid;grid-template-columns:max-content 1fr;gap:.1em 1em}.key dd{margin:0}
        """.replace("\n", "");

    private static final String SCRIPT = """
        (function () {
          var form = document.getElementById('choose');
          if (!form) { return; }
          var run = document.getElementById('choose-run');
          var request = document.getElementById('choose-request');
          var none = document.getElementById('no-picture');
          var figures = Array.prototype.slice.call(document.querySelectorAll('figure[data-run]'));
          var groups = Array.prototype.slice.call(document.querySelectorAll('.run-pictures'));
          figures.forEach(function (figure) { form.parentNode.appendChild(figure); });
          groups.forEach(function (group) { group.remove(); });
          function show() {
            var found = false;
            figures.forEach(function (figure) {
              var chosen = figure.dataset.run === run.value && figure.dataset.request === request.value;
              figure.hidden = !chosen;
              found = found || chosen;
            });
            none.hidden = found;
          }
          if (run.querySelector('option[value=aarch64-c2]')) { run.value = 'aarch64-c2'; }
          form.addEventListener('change', show);
          form.addEventListener('submit', function (event) { event.preventDefault(); });
          form.hidden = false;
          show();
        }());
        """;
}
