package org.hostmem.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The results as one HTML page with plots, which needs no network. */
final class Page {

    private static final int WIDTH = 760;
    private static final int HEIGHT = 300;
    private static final int LEFT = 60;
    private static final int BOTTOM = 40;
    private static final String[] COLOURS = {"#0b62a4", "#c1440e", "#4d8b31", "#7b4fa3", "#a67c00", "#555555"};
    private static final String STYLE = """
        body{font:15px/1.45 system-ui,sans-serif;max-width:62em;margin:2em auto;padding:0 1em;color:#222}
        table{border-collapse:collapse;width:100%}
        td,th{text-align:left;padding:.25em .6em;border-bottom:1px solid #ddd;vertical-align:top}
        td.n{text-align:right;font-variant-numeric:tabular-nums}.met{color:#2c6e1f}.short{color:#a02010}
        svg text{font:11px system-ui,sans-serif;fill:#333}
        h2{margin:2em 0 .3em}code{background:#f3f3f3}
        """;

    private final List<Row> rows;
    private final Map<String, Row.Samples> samples;
    private final int forks;
    private final StringBuilder out = new StringBuilder();
    /** The plots of growth, by name, each a picture of its own. */
    final Map<String, String> growth = new LinkedHashMap<>();

    Page(List<Row> rows, Map<String, Row.Samples> samples, int forks) {
        this.rows = rows;
        this.samples = samples;
        this.forks = forks;
    }

    String html() throws IOException {
        out.append("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Hostmem benchmarks</title><style>")
                .append(STYLE)
                .append("</style>\n");
        out.append("<h1>Hostmem beside its peers</h1>\n<p>")
                .append(escape(environment()))
                .append("</p>\n");
        table();
        for (String fork : rows.stream().map(Row::fork).distinct().toList()) {
            ratioPlot(fork);
            timePlots(fork);
        }
        return out.append("</html>\n").toString();
    }

    String environment() throws IOException {
        String cpu = Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                .filter(l -> l.startsWith("model name"))
                .map(l -> l.replaceFirst(".*: ", ""))
                .findFirst()
                .orElse("unknown CPU");
        return "CPU: " + cpu + ", " + Runtime.getRuntime().availableProcessors() + " processors. JVM: "
                + Runtime.version() + ", flags " + String.join(" ", Main.flags())
                + ". Commit " + System.getProperty("hostmem.bench.commit", "unknown") + ". " + forks
                + " fork(s) for each row; load average at the end "
                + Main.load() + ".";
    }

    private void table() {
        out.append("<table><tr><th>row<th>work<th>against<th>ratio of<th>target<th>measured<th>spread over"
                + " forks<th>of<th>worst point<th>met</tr>\n");
        for (Row row : rows) {
            Map<String, Row.Figure> ratios = row.ratios(samples.get(row.fork()));
            if (ratios.isEmpty()) {
                continue;
            }
            Row.Figure total = row.total(ratios);
            boolean met = row.met(total.middle());
            out.append(String.format(
                    Locale.ROOT,
                    "<tr><td>%s<td>%s<td>%s<td>%s<td class=n>%s %.2f<td class=n>%.2f<td class=n>%.2f to %.2f<td>%s<td"
                            + " class=n>%.2f<td class=%s>%s</tr>%n",
                    row.id(),
                    escape(row.work()),
                    escape(row.against()),
                    row.unit(),
                    row.atLeast() ? "&ge;" : "&le;",
                    row.target(),
                    total.middle(),
                    total.low(),
                    total.high(),
                    row.mean() ? "geometric mean" : "worst point",
                    row.worst(ratios).middle(),
                    met || !row.hasTarget() ? "met" : "short",
                    !row.hasTarget() ? "no target" : met ? "yes" : "no"));
        }
        out.append("</table>\n");
    }

    /** Every point of a fork's rows with its spread, and the targets. */
    private void ratioPlot(String fork) {
        List<Row> mine = rows.stream()
                .filter(row -> row.fork().equals(fork) && !row.id().matches(".*-(mean|small)"))
                .toList();
        Map<String, Map<String, Row.Figure>> series = new LinkedHashMap<>();
        double most = 0.1;
        for (Row row : mine) {
            Map<String, Row.Figure> ratios = row.ratios(samples.get(fork));
            if (ratios.isEmpty()) {
                return;
            }
            series.put(row.id(), ratios);
            most = Math.max(
                    most,
                    Math.max(
                            row.target(),
                            ratios.values().stream()
                                    .mapToDouble(Row.Figure::middle)
                                    .max()
                                    .orElse(0)));
        }
        if (mine.isEmpty()) {
            return;
        }
        out.append("<h2>")
                .append(fork)
                .append(": ")
                .append(escape(mine.getFirst().work()))
                .append("</h2>\n<p>Ratio of ")
                .append(mine.getFirst().unit())
                .append(" by point, bars from the lowest to the highest fork; dashed: target.</p>\n");
        List<String> points = new ArrayList<>(series.values().iterator().next().keySet());
        double top = most * 1.15;
        svg(points.size() > 12);
        int s = 0;
        for (Row row : mine) {
            String colour = COLOURS[s % COLOURS.length];
            double y = y(row.target() / top);
            out.append(String.format(
                    Locale.ROOT,
                    "<line x1='%d' x2='%d' y1='%.1f' y2='%.1f' stroke='%s' stroke-dasharray='5 4'/>",
                    LEFT,
                    WIDTH,
                    y,
                    y,
                    colour));
            out.append(String.format(
                    Locale.ROOT,
                    "<text x='%d' y='%d' style='fill:%s'>%s against %s</text>",
                    LEFT + 10,
                    14 + 13 * s,
                    colour,
                    row.id(),
                    escape(row.against())));
            Map<String, Row.Figure> ratios = series.get(row.id());
            for (int i = 0; i < points.size(); i++) {
                Row.Figure f = ratios.get(points.get(i));
                if (f == null) {
                    continue;
                }
                double x = LEFT + (i + 0.5 + 0.12 * s) * (WIDTH - LEFT) / points.size();
                out.append(String.format(
                        Locale.ROOT,
                        "<line x1='%.1f' x2='%.1f' y1='%.1f' y2='%.1f' stroke='%s'/><circle cx='%.1f' cy='%.1f'"
                                + " r='3.5' fill='%s'><title>%s %s %.3f</title></circle>",
                        x,
                        x,
                        y(Math.min(1, f.low() / top)),
                        y(Math.min(1, f.high() / top)),
                        colour,
                        x,
                        y(f.middle() / top),
                        colour,
                        row.id(),
                        points.get(i),
                        f.middle()));
            }
            s++;
        }
        for (double v = 0; v <= top; v += step(top)) {
            out.append(String.format(
                    Locale.ROOT,
                    "<text x='%d' y='%.1f' text-anchor='end'>%.2f</text><line x1='%d' x2='%d' y1='%.1f' y2='%.1f'"
                            + " stroke='#eee'/>",
                    LEFT - 6,
                    y(v / top) + 4,
                    v,
                    LEFT,
                    WIDTH,
                    y(v / top),
                    y(v / top)));
        }
        labels(points);
    }

    private static double step(double top) {
        double rough = top / 6;
        double power = Math.pow(10, Math.floor(Math.log10(rough)));
        return rough / power < 2 ? 2 * power : rough / power < 5 ? 5 * power : 10 * power;
    }

    /** Time for a byte against size, both logarithmic, for points named like write4096+0+0. */
    private void timePlots(String fork) {
        Map<String, Map<String, Map<Long, Double>>> plots = new LinkedHashMap<>();
        samples.get(fork).points.forEach((point, contenders) -> {
            java.util.regex.Matcher m = java.util.regex.Pattern.compile("([a-z]+)(\\d+)((?:\\+\\d+)*)")
                    .matcher(point);
            if (m.matches() && Long.parseLong(m.group(2)) >= 8 && !point.startsWith("read1")
                    || m.matches() && m.group(3).length() > 2) {
                contenders.forEach((contender, times) -> plots.computeIfAbsent(
                                m.group(1) + m.group(3), p -> new LinkedHashMap<>())
                        .computeIfAbsent(contender, c -> new LinkedHashMap<>())
                        .put(Long.parseLong(m.group(2)), Row.figure(times).middle()));
            }
        });
        plots.forEach((name, series) -> {
            if (series.values().iterator().next().size() > 3) {
                timePlot(fork, name, series);
            }
        });
    }

    /** What a plot of times shows: for a time and a number on the axis below, the number on the axis beside. */
    private enum Axis {
        REGIONS(": microseconds for a region, by number of regions"),
        DISTANCE(": nanoseconds for a move of 1 MiB, by distance"),
        CHANGES(": microseconds for a change, by number of mappings"),
        LOOKUPS(": nanoseconds for a lookup, by number of mappings"),
        SIZE(": nanoseconds for a byte, by size");

        private final String title;

        Axis(String title) {
            this.title = title;
        }

        static Axis of(String fork, String name) {
            return fork.equals("P19")
                    ? CHANGES
                    : fork.startsWith("P20")
                            ? LOOKUPS
                            : name.startsWith("open") ? REGIONS : name.startsWith("move") ? DISTANCE : SIZE;
        }

        boolean isCount() {
            return this == REGIONS || this == CHANGES || this == LOOKUPS;
        }

        double value(long key, double time) {
            return switch (this) {
                case REGIONS -> time / (1000.0 * key);
                case DISTANCE, CHANGES, LOOKUPS -> time;
                case SIZE -> time / key;
            };
        }
    }

    private void timePlot(String fork, String name, Map<String, Map<Long, Double>> series) {
        Axis axis = Axis.of(fork, name);
        out.append("<h3>")
                .append(fork)
                .append(", ")
                .append(name)
                .append(axis.title)
                .append("</h3>\n");
        double x0 = series.values().stream()
                .flatMap(m -> m.keySet().stream())
                .mapToDouble(Math::log)
                .min()
                .orElse(0);
        double x1 = series.values().stream()
                .flatMap(m -> m.keySet().stream())
                .mapToDouble(Math::log)
                .max()
                .orElse(1);
        double y0 = Double.MAX_VALUE;
        double y1 = -Double.MAX_VALUE;
        for (Map<Long, Double> one : series.values()) {
            for (Map.Entry<Long, Double> e : one.entrySet()) {
                double v = Math.log10(axis.value(e.getKey(), e.getValue()));
                y0 = Math.min(y0, v);
                y1 = Math.max(y1, v);
            }
        }
        y0 -= 0.1;
        y1 += 0.2;
        int begin = out.length();
        svg(false);
        for (double d = Math.ceil(y0 * 4) / 4; d <= y1; d += 0.25) {
            double y = y((d - y0) / (y1 - y0));
            out.append(String.format(
                    Locale.ROOT,
                    "<text x='%d' y='%.1f' text-anchor='end'>%.3g</text><line x1='%d' x2='%d' y1='%.1f' y2='%.1f'"
                            + " stroke='#eee'/>",
                    LEFT - 6,
                    y + 4,
                    Math.pow(10, d),
                    LEFT,
                    WIDTH,
                    y,
                    y));
        }
        int s = 0;
        for (Map.Entry<String, Map<Long, Double>> one : series.entrySet()) {
            String colour = COLOURS[s % COLOURS.length];
            StringBuilder line = new StringBuilder();
            for (Map.Entry<Long, Double> e : one.getValue().entrySet()) {
                double x = LEFT + 20 + (Math.log(e.getKey()) - x0) / Math.max(1e-9, x1 - x0) * (WIDTH - LEFT - 60);
                double y = y((Math.log10(axis.value(e.getKey(), e.getValue())) - y0) / (y1 - y0));
                line.append(String.format(Locale.ROOT, "%.1f,%.1f ", x, y));
                out.append(String.format(
                        Locale.ROOT,
                        "<circle cx='%.1f' cy='%.1f' r='3' fill='%s'><title>%s %d</title></circle>",
                        x,
                        y,
                        colour,
                        one.getKey(),
                        e.getKey()));
                if (s == 0) {
                    out.append(String.format(
                            Locale.ROOT,
                            "<text x='%.1f' y='%d' text-anchor='middle'>%s</text>",
                            x,
                            HEIGHT - BOTTOM + 16,
                            size(e.getKey(), axis.isCount())));
                }
            }
            out.append(String.format(
                    Locale.ROOT,
                    "<polyline points='%s' fill='none' stroke='%s'/><text x='%d' y='%d' style='fill:%s'>%s</text>",
                    line,
                    colour,
                    WIDTH - 130,
                    14 + 13 * s,
                    colour,
                    one.getKey()));
            s++;
        }
        out.append("</svg>\n");
        if (fork.equals("growth")) {
            growth.put(
                    name.replaceAll("\\W.*", ""),
                    out.substring(begin)
                            .replaceFirst(
                                    "<svg ",
                                    "<svg xmlns='http://www.w3.org/2000/svg' style='font:11px"
                                            + " sans-serif;background:#fff' "));
        }
    }

    private static String size(long n, boolean count) {
        return count || n < 1024
                ? Long.toString(n)
                : n < 1 << 20 ? (n >> 10) + "K" : n < 1 << 30 ? (n >> 20) + "M" : (n >> 30) + "G";
    }

    private void svg(boolean tall) {
        out.append(String.format(
                "<svg viewBox='0 0 %d %d' width='%d' role='img'>", WIDTH, tall ? HEIGHT + 70 : HEIGHT, WIDTH));
    }

    private static double y(double part) {
        return HEIGHT - BOTTOM - part * (HEIGHT - BOTTOM - 10);
    }

    private void labels(List<String> points) {
        for (int i = 0; i < points.size(); i++) {
            double x = LEFT + (i + 0.5) * (WIDTH - LEFT) / points.size();
            boolean turned = points.size() > 12;
            out.append(String.format(
                    Locale.ROOT,
                    "<text x='%.1f' y='%d' %s>%s</text>",
                    x,
                    HEIGHT - BOTTOM + 16,
                    turned
                            ? String.format(
                                    Locale.ROOT,
                                    "text-anchor='end' transform='rotate(-60 %.1f %d)'",
                                    x,
                                    HEIGHT - BOTTOM + 16)
                            : "text-anchor='middle'",
                    points.get(i)));
        }
        out.append("</svg>\n");
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }
}
