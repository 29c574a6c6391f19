package org.hostmem.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The table as Markdown, with the plots of growth beside it. */
final class Figures {

    private final List<Row> rows;
    private final Map<String, Row.Samples> samples;
    private final int forks;
    private final String load;

    Figures(List<Row> rows, Map<String, Row.Samples> samples, int forks, String load) {
        this.rows = rows;
        this.samples = samples;
        this.forks = forks;
        this.load = load;
    }

    void write(Path folder, Page page) throws IOException {
        StringBuilder text = new StringBuilder("# Measured figures\n\n"
                + "`integration-tests/bin/bench` writes this page. [README.md](README.md) explains the rows.\n\n");
        text.append(page.environment()).append(" Load average ").append(load).append(".\n\n");
        text.append("Medians over ")
                .append(forks)
                .append(" fork(s), with the lowest and the highest. A row meets its target if its worst point does;"
                        + " P4-mean meets it if the geometric mean does.\n")
                .append("*Limit* is the result of the least code that makes the same accesses, without checks: for P1"
                        + " one dispatch and the VarHandle, else a bare call of C (`exact` in peers.c). P5, P6 and"
                        + " P7 are judged by it; their other rows have no target.\n\n");
        text.append("| row | work | against | target | measured | worst point | limit | geometric mean | met |\n"
                + "|---|---|---|---|---|---|---|---|---|\n");
        rows.stream().filter(row -> row.target() != Double.MAX_VALUE).forEach(row -> line(text, row));
        text.append("\nEvery point:\n\n");
        rows.stream().filter(row -> row.target() != Double.MAX_VALUE).forEach(row -> points(text, row));
        times(text, "P12", "Reaching a safepoint, microseconds (control: the same probes while plain Java copies)");
        times(text, "P13", "Starts, milliseconds");
        text.append("\n## Growth\n");
        for (Map.Entry<String, String> plot : page.growth.entrySet()) {
            Files.writeString(folder.resolve("growth-" + plot.getKey() + ".svg"), plot.getValue());
            text.append("\n![")
                    .append(
                            plot.getKey().equals("open")
                                    ? "Microseconds to open and close a region, by number of regions"
                                    : "Nanoseconds for a byte, by size of the transfer")
                    .append("](growth-")
                    .append(plot.getKey())
                    .append(".svg)\n");
        }
        Files.writeString(folder.resolve("FIGURES.md"), text);
    }

    private void line(StringBuilder text, Row row) {
        Map<String, Row.Figure> ratios = row.ratios(samples.get(row.fork()));
        if (ratios.isEmpty()) {
            text.append("| ")
                    .append(row.id())
                    .append(" | ")
                    .append(row.work())
                    .append(" | ")
                    .append(row.against())
                    .append(" | | not measured | | | | |\n");
            return;
        }
        Row.Figure total = row.total(ratios);
        text.append(String.format(
                Locale.ROOT,
                "| %s | %s | %s | %s%s | %.2f (%.2f to %.2f) | %s | %s | %.2f | %s |%n",
                row.id(),
                row.work(),
                row.against(),
                row.unit(),
                target(row),
                total.middle(),
                total.low(),
                total.high(),
                row.worstPoint(ratios),
                limit(row, ratios),
                row.mean(ratios).middle(),
                verdict(row, total)));
    }

    private static String target(Row row) {
        return row.hasTarget()
                ? String.format(Locale.ROOT, " %s %.4g", row.atLeast() ? "\u2265" : "\u2264", row.target())
                : "";
    }

    /** At the worst point; of a mean, the mean. */
    private String limit(Row row, Map<String, Row.Figure> ratios) {
        Map<String, Row.Figure> limits = row.limits(samples.get(row.fork()));
        Row.Figure limit = limits.isEmpty() ? null : row.mean() ? row.mean(limits) : limits.get(row.worstPoint(ratios));
        return limit == null ? "" : String.format(Locale.ROOT, "%.2f", limit.middle());
    }

    private static String verdict(Row row, Row.Figure total) {
        return !row.hasTarget() ? "" : row.met(total.middle()) ? "yes" : "**no**";
    }

    private void points(StringBuilder text, Row row) {
        Map<String, Row.Figure> ratios = row.ratios(samples.get(row.fork()));
        if (ratios.size() > 1 && !row.mean()) {
            Map<String, Row.Figure> limits = row.limits(samples.get(row.fork()));
            text.append("- ")
                    .append(row.id())
                    .append(limits.isEmpty() ? ": " : " (limit): ")
                    .append(ratios.entrySet().stream()
                            .map(e -> point(e.getKey(), e.getValue(), limits.get(e.getKey())))
                            .collect(Collectors.joining(", ")))
                    .append("\n");
        }
    }

    private static String point(String name, Row.Figure ratio, Row.Figure limit) {
        return String.format(Locale.ROOT, "%s %.2f", name, ratio.middle())
                + (limit == null ? "" : String.format(Locale.ROOT, " (%.2f)", limit.middle()));
    }

    private void times(StringBuilder text, String fork, String what) {
        if (samples.containsKey(fork) && !samples.get(fork).points.isEmpty()) {
            text.append("\n")
                    .append(what)
                    .append(": ")
                    .append(samples.get(fork).points.entrySet().stream()
                            .flatMap(point -> point.getValue().entrySet().stream()
                                    .map(one -> String.format(
                                            Locale.ROOT,
                                            "%s %s %.1f",
                                            point.getKey(),
                                            one.getKey(),
                                            Row.figure(one.getValue()).middle())))
                            .collect(Collectors.joining(", ")))
                    .append(".\n");
        }
    }
}
