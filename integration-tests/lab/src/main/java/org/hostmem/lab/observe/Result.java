package org.hostmem.lab.observe;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.hostmem.lab.evidence.Run;

/** What a run leaves: text for people, and a file for the page of the evidence. */
record Result(
        String isa,
        String tier,
        String observer,
        Header header,
        Trace trace,
        Tally tally,
        NamedControls controls,
        Pictures pictures,
        List<Run.Barrier> barriers,
        Run.Compilation compilation,
        long seconds,
        long cpu,
        boolean good) {

    void print() {
        System.out.println(isa + " " + tier + ", observer " + observer + ", seed " + header.other("seed", "0") + ", "
                + trace.rows() + " rows, " + seconds + " s, of which " + cpu + " s of CPU");
        System.out.println(compilation);
        for (Run.Sampled one : header.sampled()) {
            System.out.printf(Locale.ROOT, "  %-20s %7d of %7d%n", one.what(), one.cases(), one.of());
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
        Map<String, Run.Mode> modes = new LinkedHashMap<>();
        tally.passes.forEach((mode, counts) -> {
            Rules rules = header.rules(mode);
            Map<String, Run.Count> rulesKept = new LinkedHashMap<>();
            counts.forEach((rule, n) -> rulesKept.put(rule, new Run.Count(n[0], n[1])));
            modes.put(
                    mode,
                    new Run.Mode(
                            header.providers().get(mode),
                            rules.widestRead(),
                            rules.widestWrite(),
                            rules.widestAscending(),
                            rules.unaligned().get(8),
                            header.guarantees(mode),
                            rulesKept));
        });
        Run run = new Run(
                isa,
                tier,
                observer,
                good,
                tally.cases,
                tally.passed,
                controls.count(),
                controls.caught(),
                Long.parseLong(header.other("seed", "0")),
                header.other("vm", "?"),
                seconds,
                cpu,
                trace.rows(),
                tally.mutations,
                tally.noticed,
                tally.exchanges,
                tally.spared,
                compilation,
                barriers,
                header.sampled(),
                modes,
                controls.results(),
                pictures.all(),
                tally.failures.stream().limit(Check.MAX_SHOWN).toList());
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.writeString(file, run.json());
    }
}
