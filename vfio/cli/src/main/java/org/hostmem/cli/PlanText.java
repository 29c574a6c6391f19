package org.hostmem.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import org.hostmem.AccessPlan;
import org.hostmem.Direction;
import org.hostmem.TransferPlan;

/** Plans as text. */
final class PlanText {

    /** Of longer plans JSON has the number of accesses only. */
    static final int MAX_ACCESSES = 64;

    /** Of each side of a move. */
    private static final int MAX_RUNS = 4;

    private PlanText() {}

    /** {@return the accesses of a plan, for example {@code 1@0x7 8@0x8}} */
    static String line(AccessPlan plan) {
        StringBuilder text = new StringBuilder();
        Run.of(plan)
                .forEach(run -> text.append(' ')
                        .append(run.count() > 1 ? run.count() + "x" : "")
                        .append(run.width())
                        .append('@')
                        .append(Quantity.hex(run.offset())));
        return text.toString();
    }

    /**
     * {@return what a move does, for example {@code buffered (buffer 3), 4 reads 1@0x3 ..., 4 writes 2@0x6 ...}: the
     * first runs of each side}
     */
    static String line(TransferPlan plan) {
        return " " + plan.course().name().toLowerCase(Locale.ROOT)
                + (plan.buffer() > 0 ? " (buffer " + plan.buffer() + ")" : "")
                + (plan.course() == TransferPlan.Course.REJECTED
                        ? ""
                        : side(plan, Direction.READ, " reads") + side(plan, Direction.WRITE, " writes"));
    }

    private static String side(TransferPlan plan, Direction side, String name) {
        StringBuilder text = new StringBuilder(", " + plan.accesses(side) + name);
        int[] seen = {0};
        plan.forEachRun(side, (offset, width, count, descending) -> {
            if (seen[0]++ < MAX_RUNS) {
                text.append(' ')
                        .append(count > 1 ? count + "x" : "")
                        .append(width)
                        .append('@')
                        .append(Quantity.hex(offset))
                        .append(descending ? " downwards" : "");
            }
        });
        return text.append(seen[0] > MAX_RUNS ? " ..." : "").toString();
    }

    /** {@return what a move does; its accesses too, on a side that has few} */
    static JsonObject json(TransferPlan plan) {
        JsonObject one = new JsonObject();
        one.addProperty("verdict", plan.course().name().toLowerCase(Locale.ROOT));
        one.addProperty("buffer", plan.buffer());
        for (Direction side : Direction.values()) {
            String name = side == Direction.READ ? "reads" : "writes";
            one.addProperty(name + "Count", plan.accesses(side));
            if (plan.accesses(side) <= MAX_ACCESSES) {
                JsonArray accesses = new JsonArray();
                plan.forEach(side, (offset, width) -> accesses.add(pair(offset, width)));
                one.add(name, accesses);
            }
        }
        return one;
    }

    /** {@return the accesses of a short plan, as pairs of offset and width} */
    static JsonArray json(AccessPlan plan) {
        JsonArray accesses = new JsonArray();
        plan.forEach((offset, width) -> accesses.add(pair(offset, width)));
        return accesses;
    }

    private static JsonArray pair(long offset, int width) {
        JsonArray access = new JsonArray();
        access.add(offset);
        access.add(width);
        return access;
    }

    static void runs(List<Run> runs, PrintWriter out) {
        Table table = new Table(">offset", ">width", ">accesses");
        runs.forEach(run -> table.row(Quantity.hex(run.offset()), run.width(), run.count()));
        table.print("  ", out);
        if (runs.size() == Run.MOST) {
            out.println("  ... and more");
        }
    }
}
