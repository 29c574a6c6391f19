package org.hostmem.lab.evidence;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * An SVG of what several made of one request, side by side: the address runs to the right, time down, one row an
 * access. Accesses of the device are filled, those of RAM are outlined and stand over the device bytes that they belong
 * to.
 */
final class Picture {

    private static final int MARGIN = 16;
    private static final int LEFT = 26;
    private static final int RIGHT = 20;
    private static final int LANE = 256;
    private static final int HEAD = 64;

    /** Names, light and dark. As attributes they would hold in the light only. */
    private static final String[][] COLOURS = {
        {".p-paper", "fill", "#ffffff", "#14181f"},
        {".p-frame", "stroke", "#d0d5dd", "#3a424e"},
        {".p-text", "fill", "#1c2430", "#e6e9ef"},
        {".p-small", "fill", "#536072", "#a9b3c1"},
        {".p-in", "fill", "#f1f4f8", "#1f2630"},
        {".p-grid", "stroke", "#dde2e9", "#303845"},
        {".p-word", "stroke", "#8f9bab", "#667387"},
        {".p-ram", "stroke", "#7b8797", "#8f9bab"},
        {".p-ok", "fill", "#1f6fb8", "#4c9be8"},
        {".p-mis", "fill", "#f2b441", "#d9992b"},
        {".p-mis", "stroke", "#7a4b00", "#ffe2ab"},
        {".p-again", "fill", "#d1242f", "#ff5c64"},
        {".p-back", "fill", "#d1242f", "#ff5c64"},
        {".p-on", "fill", "#ffffff", "#0d1117"},
        {".p-onmis", "fill", "#2b1b00", "#1a1000"},
        {".p-good", "stroke", "#1a7f37", "#4ac26b"},
        {".p-bad", "stroke", "#d1242f", "#ff5c64"},
        {".p-so", "stroke", "#8f9bab", "#8f9bab"},
    };

    private final Run run;
    private final Run.Drawn drawn;
    private final List<Lane> lanes = new ArrayList<>();
    private final boolean write;
    private final int from;
    private final int to;
    private final double cell;
    private final int rowHeight;
    private final int rows;
    private final StringBuilder out = new StringBuilder();

    /** One of those who are compared. */
    private record Lane(
            String title,
            List<Run.Access> all,
            int misaligned,
            int units,
            int again,
            int most,
            int untouched,
            int back) {}

    Picture(Run run, Run.Drawn drawn) {
        this.run = run;
        this.drawn = drawn;
        int first = drawn.offset();
        int last = drawn.offset() + drawn.size();
        boolean stores = false;
        for (Map.Entry<String, List<Run.Access>> one : drawn.by().entrySet()) {
            lanes.add(lane(one.getKey(), one.getValue()));
            for (Run.Access a : one.getValue()) {
                first = Math.min(first, start(a));
                last = Math.max(last, start(a) + a.width());
                stores |= a.device() && a.kind() != 'L';
            }
        }
        write = stores;
        from = first / 8 * 8;
        to = (last + 7) / 8 * 8;
        cell = (double) LANE / (to - from);
        rows = lanes.stream().mapToInt(lane -> lane.all.size()).max().orElse(0);
        rowHeight = rows <= 20 ? 20 : rows <= 40 ? 13 : 6;
    }

    private Lane lane(String who, List<Run.Access> all) {
        int[] times = new int[drawn.size()];
        int units = 0;
        int misaligned = 0;
        int back = 0;
        int end = Integer.MIN_VALUE;
        for (Run.Access a : all) {
            if (!a.device()) {
                continue;
            }
            units++;
            misaligned += a.misaligned() ? 1 : 0;
            back += a.offset() < end ? 1 : 0;
            end = a.end();
            for (int i = Math.max(a.offset() - drawn.offset(), 0);
                    i < Math.min(a.end() - drawn.offset(), times.length);
                    i++) {
                times[i]++;
            }
        }
        int again = 0;
        int most = 0;
        int untouched = 0;
        for (int n : times) {
            most = Math.max(most, n);
            again += n > 1 ? 1 : 0;
            untouched += n == 0 ? 1 : 0;
        }
        String title = switch (who) {
            case "hostmem" -> "Hostmem";
            case "memcpy" -> "glibc memcpy";
            default -> who;
        };
        return new Lane(title, all, misaligned, units, again, most, untouched, back);
    }

    /** Where an access stands on the x axis. */
    private int start(Run.Access a) {
        return a.device() ? a.offset() : a.offset() + drawn.offset();
    }

    // ---- words

    static String tier(String tier) {
        return switch (tier) {
            case "int" -> "interpreter";
            case "c1" -> "C1";
            case "c2" -> "C2";
            default -> tier;
        };
    }

    static String observer(String observer) {
        return observer.equals("trap") ? "single steps on the real CPU" : "TCG plugin in qemu-user";
    }

    String title() {
        return "A " + (write ? "write" : "read") + " of " + drawn.size() + " bytes at device offset " + drawn.offset();
    }

    String where() {
        return run.isa() + ", " + tier(run.tier()) + ". Observer: " + observer(run.observer());
    }

    private String unit(int n) {
        return n + (write ? " store" : " load") + (n == 1 ? "" : "s");
    }

    /** Whether a lane has the device accesses of Hostmem's, which are those of the plan if the run is good. */
    private boolean planned(Lane lane) {
        return run.good()
                && drawn.by().containsKey("hostmem")
                && device(lane.all).equals(device(drawn.by().get("hostmem")));
    }

    private String plan(Lane lane) {
        if (!run.good() || !drawn.by().containsKey("hostmem")) {
            return "";
        }
        int planned = device(drawn.by().get("hostmem")).size();
        return planned(lane)
                ? ", as planned"
                : lane.units == planned
                        ? ", other ones than planned"
                        : ", where " + planned + (planned == 1 ? " is" : " are") + " due";
    }

    private static List<Run.Access> device(List<Run.Access> all) {
        return all.stream().filter(Run.Access::device).toList();
    }

    private String verb() {
        return write ? "written" : "read";
    }

    private String once(Lane lane) {
        if (lane.untouched > 0) {
            return lane.untouched + (lane.untouched == 1 ? " byte" : " bytes") + " never " + verb();
        }
        return lane.again == 0
                ? "each byte " + verb() + " once"
                : lane.again
                        + (lane.again == 1 ? " byte " : " bytes ")
                        + verb()
                        + (lane.most == 2 ? " twice" : " up to " + lane.most + " times");
    }

    private static String order(Lane lane) {
        return lane.back == 0 ? "ascending" : "goes back " + (lane.back == 1 ? "once" : lane.back + " times");
    }

    private static String alignment(Lane lane) {
        return lane.misaligned == 0 ? "all aligned" : lane.misaligned + " of " + lane.units + " misaligned";
    }

    /** What the rules of the run say of a misaligned access of a device. */
    private String misalignedIs() {
        Run.Mode device = run.modes().get("DEVICE");
        return device == null ? "" : device.unaligned();
    }

    /** All of it in words, for those who do not see it. */
    String description() {
        return lanes.stream()
                .map(lane -> lane.title + ": " + unit(lane.units) + plan(lane) + ", " + once(lane) + ", " + order(lane)
                        + ", " + alignment(lane) + " ("
                        + lane.all.stream()
                                .filter(Run.Access::device)
                                .limit(40)
                                .map(Run.Access::toString)
                                .collect(Collectors.joining(" "))
                        + (lane.units > 40 ? " …" : "") + ").")
                .collect(Collectors.joining(" "));
    }

    /** Each access, a line for each of those who are compared. */
    List<String> lines() {
        return lanes.stream()
                .map(lane -> lane.title + ": "
                        + lane.all.stream().map(Run.Access::toString).collect(Collectors.joining(" ")))
                .toList();
    }

    // ---- the drawing

    static String style() {
        StringBuilder css =
                new StringBuilder(".p-all text{font:12px system-ui,-apple-system,'Segoe UI',sans-serif}.p-all"
                    + " .p-title{font-size:15px;font-weight:600}.p-all .p-name{font-size:13px;font-weight:600}.p-all"
                    + " .p-tick{font-size:10px}.p-all"
                    + " .p-mid{text-anchor:middle}.p-frame,.p-ram,.p-good,.p-bad,.p-so{fill:none}"
                    + ".p-mis{stroke-width:1.5;stroke-dasharray:3"
                    + " 2}.p-good,.p-bad,.p-so{stroke-width:2;stroke-linecap:round}.p-word{stroke-dasharray:2 2}");
        for (int scheme = 2; scheme < 4; scheme++) {
            css.append(scheme == 2 ? "" : "@media(prefers-color-scheme:dark){");
            for (String[] one : COLOURS) {
                css.append(one[0])
                        .append('{')
                        .append(one[1])
                        .append(':')
                        .append(one[scheme])
                        .append('}');
            }
            css.append(scheme == 2 ? "" : "}");
        }
        return css.toString();
    }

    /** The picture for a page that has the {@link #style}, its ids beginning with a prefix. */
    String inline(String prefix) {
        return draw(prefix, false);
    }

    /** The picture as a file. */
    String file() {
        return draw("p", true);
    }

    private String draw(String prefix, boolean alone) {
        out.setLength(0);
        int width = 2 * MARGIN + LEFT + lanes.size() * (LANE + RIGHT) - RIGHT + (lanes.size() - 1) * 8 + 12;
        int bottom = HEAD + 40 + rows * rowHeight;
        int height = bottom + 4 * 17 + 14 + 52 + MARGIN;
        out.append("<svg ")
                .append(
                        alone
                                ? "xmlns=\"http://www.w3.org/2000/svg\" width=\"" + width + "\" height=\"" + height
                                        + "\" "
                                : "")
                .append("class=\"p-all\" viewBox=\"0 0 ")
                .append(width)
                .append(' ')
                .append(height)
                .append("\" role=\"img\" aria-labelledby=\"")
                .append(prefix)
                .append("-t ")
                .append(prefix)
                .append("-d\">\n<title id=\"")
                .append(prefix)
                .append("-t\">")
                .append(Page.escape(title() + ". " + where()))
                .append("</title>\n<desc id=\"")
                .append(prefix)
                .append("-d\">")
                .append(Page.escape(description()))
                .append("</desc>\n");
        if (alone) {
            out.append("<style>").append(style()).append("</style>\n");
        }
        shape("p-paper", 0, 0, width, height, 8);
        text("p-text p-title", MARGIN, 30, title());
        text("p-small", MARGIN, 49, where() + ". Time runs down, one row an access; device offsets in hex.");
        for (int i = 0; i < lanes.size(); i++) {
            lane(lanes.get(i), MARGIN + LEFT + i * (LANE + RIGHT + 8), HEAD + 16, bottom, i == 0);
        }
        legend(bottom + 4 * 17 + 14 + 18);
        return out.append("</svg>\n").toString();
    }

    private void lane(Lane lane, int x, int y, int bottom, boolean first) {
        text("p-text p-name", x, y, lane.title);
        int top = y + 24;
        // The bytes of the request, the grid, the axis.
        shape("p-in", x + (drawn.offset() - from) * cell, top, drawn.size() * cell, bottom - top, 0);
        int step = cell >= 12 ? 1 : cell >= 6 ? 2 : 8;
        int labels = cell >= 12 ? 4 : cell >= 6 ? 4 : 16;
        for (int at = from; at <= to; at++) {
            if (at % step == 0) {
                line(
                        at % 8 == 0 ? "p-word" : "p-grid",
                        x + (at - from) * cell,
                        at % 8 == 0 ? top - 4 : top,
                        x + (at - from) * cell,
                        bottom);
            }
            if (at % labels == 0) {
                text("p-small p-tick p-mid", x + (at - from) * cell, top - 7, Integer.toHexString(at));
            }
        }
        int end = Integer.MIN_VALUE;
        int[] times = new int[to - from];
        for (int i = 0; first && rowHeight > 6 && i < rows; i++) {
            text("p-small p-tick p-mid", x - 13, top + (i + 0.5) * rowHeight + 3.5, Integer.toString(i + 1));
        }
        for (int i = 0; i < lane.all.size(); i++) {
            Run.Access a = lane.all.get(i);
            double row = top + i * rowHeight;
            unit(a, x + (start(a) - from) * cell, row, times);
            if (a.device()) {
                if (a.offset() < end) {
                    double mid = row + rowHeight / 2.0;
                    path("p-back", x + LANE + 3, mid, "l8 -5v10z");
                }
                end = a.end();
            }
        }
        shape("p-frame", x, top, LANE, bottom - top, 0);
        int at = bottom + 20;
        verdict(planned(lane) ? "p-good" : run.good() ? "p-bad" : "p-so", x, at, unit(lane.units) + plan(lane));
        verdict(lane.again + lane.untouched == 0 ? "p-good" : "p-bad", x, at + 17, once(lane));
        verdict(lane.back == 0 ? "p-good" : "p-bad", x, at + 34, order(lane));
        String consequence = switch (lane.misaligned == 0 ? "" : misalignedIs()) {
            case "ILLEGAL" -> ": faults on a device";
            case "SPLIT" -> ": cut up on a device";
            case "SINGLE" -> ": legal on this ISA";
            default -> "";
        };
        verdict(
                lane.misaligned == 0 ? "p-good" : misalignedIs().equals("SINGLE") ? "p-so" : "p-bad",
                x,
                at + 51,
                alignment(lane) + consequence);
    }

    private void unit(Run.Access a, double x, double row, int[] times) {
        double gap = rowHeight > 6 ? 2 : 0.5;
        double width = a.width() * cell;
        double height = rowHeight - 2 * gap;
        String label = (a.kind() == 'X' ? "rmw " : "") + a.width();
        boolean labelled = rowHeight > 6 && width >= 7 * label.length() + 2;
        double base = row + rowHeight / 2.0 + 4;
        if (!a.device()) {
            shape("p-ram", x + 0.5, row + gap + 0.5, width - 1, height - 1, 2);
            if (labelled) {
                text("p-small p-mid", x + width / 2, base, label);
            }
            return;
        }
        boolean misaligned = a.misaligned();
        shape(misaligned ? "p-mis" : "p-ok", x + 0.75, row + gap + 0.75, width - 1.5, height - 1.5, 2);
        boolean any = false;
        for (int i = Math.max(a.offset(), from); i < Math.min(a.end(), to); ) {
            int last = i;
            while (last < Math.min(a.end(), to) && times[last - from]++ > 0) {
                last++;
            }
            if (last > i) {
                any = true;
                shape("p-again", x + (i - a.offset()) * cell, row + gap, (last - i) * cell, height, 0);
                if (rowHeight > 6 && (last - i) * cell >= 8) {
                    text(
                            "p-on p-mid p-tick",
                            x + ((i + last) / 2.0 - a.offset()) * cell,
                            base - 0.5,
                            times[i - from] + ((last - i) * cell >= 15 ? "×" : ""));
                }
            }
            i = last + 1;
        }
        if (labelled && !(any && width < 60) && !fullyAgain(a, times)) {
            text((misaligned ? "p-onmis" : "p-on") + " p-mid", x + width / 2, base, label);
        }
    }

    private boolean fullyAgain(Run.Access a, int[] times) {
        for (int i = Math.max(a.offset(), from); i < Math.min(a.end(), to); i++) {
            if (times[i - from] < 2) {
                return false;
            }
        }
        return true;
    }

    private void legend(double y) {
        line("p-grid", MARGIN, y - 14, MARGIN + LEFT + lanes.size() * (LANE + RIGHT + 8) - 24, y - 14);
        double x =
                key("p-ok", MARGIN, y, write ? "store to the device, aligned" : "load from the device, aligned", 178);
        x = key("p-mis", x, y, "misaligned", 84);
        x = key("p-again", x, y, "byte " + verb() + " again", 116);
        x = key("p-back", x, y, "starts before the last one ended", 196);
        key("p-ram", x, y, (write ? "load from" : "store to") + " RAM", 104);
        text(
                "p-small",
                MARGIN,
                y + 28,
                "Numbers are bytes, dotted lines multiples of 8."
                        + (lanes.stream().anyMatch(lane -> lane.misaligned > 0)
                                ? " Whether a misaligned unit faults is the ISA's rule; the memory watched is ordinary."
                                : ""));
    }

    private double key(String kind, double x, double y, String what, int width) {
        if (kind.equals("p-back")) {
            path(kind, x + 3, y + 4, "l8 -5v10z");
        } else {
            shape(kind, x + 0.75, y - 1, 12.5, 10, 2);
        }
        text("p-small", x + 19, y + 8, what);
        return x + 24 + width;
    }

    private void verdict(String kind, double x, double y, String what) {
        path(
                kind,
                x + 2,
                y - 4,
                kind.equals("p-good") ? "l3 3l5 -7" : kind.equals("p-bad") ? "m0 -3l7 7m0 -7l-7 7" : "h7");
        text("p-text", x + 16, y, what);
    }

    private static String number(double n) {
        double rounded = Math.round(n * 100) / 100.0;
        return rounded == Math.rint(rounded) ? Long.toString((long) rounded) : Double.toString(rounded);
    }

    private void shape(String kind, double x, double y, double width, double height, int radius) {
        out.append("<rect class=\"")
                .append(kind)
                .append("\" x=\"")
                .append(number(x))
                .append("\" y=\"")
                .append(number(y))
                .append("\" width=\"")
                .append(number(width))
                .append("\" height=\"")
                .append(number(height))
                .append(radius == 0 ? "" : "\" rx=\"" + radius)
                .append("\"/>\n");
    }

    private void line(String kind, double x1, double y1, double x2, double y2) {
        out.append("<path class=\"")
                .append(kind)
                .append("\" d=\"M")
                .append(number(x1))
                .append(' ')
                .append(number(y1))
                .append(x1 == x2 ? "V" + number(y2) : "H" + number(x2))
                .append("\"/>\n");
    }

    private void path(String kind, double x, double y, String rest) {
        out.append("<path class=\"")
                .append(kind)
                .append("\" d=\"M")
                .append(number(x))
                .append(' ')
                .append(number(y))
                .append(rest)
                .append("\"/>\n");
    }

    private void text(String kind, double x, double y, String what) {
        out.append("<text class=\"")
                .append(kind)
                .append("\" x=\"")
                .append(number(x))
                .append("\" y=\"")
                .append(number(y))
                .append("\">")
                .append(Page.escape(what))
                .append("</text>\n");
    }
}
