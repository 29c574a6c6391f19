package org.hostmem.vfio.cli;

import com.google.gson.JsonArray;
import java.io.PrintWriter;
import java.util.List;
import org.hostmem.AccessPlan;

/** Plans as text. */
final class PlanText {

    private PlanText() {
    }

    /** {@return the accesses of a short plan, for example {@code  1@0x7 8@0x8}} */
    static String line(AccessPlan plan) {
        StringBuilder text = new StringBuilder();
        Run.of(plan).forEach(run -> text.append(' ').append(run.count() > 1 ? run.count() + "x" : "").append(run.width()).append('@').append(Quantity.hex(run.offset())));
        return text.toString();
    }

    /** {@return the accesses of a short plan, as pairs of offset and width} */
    static JsonArray json(AccessPlan plan) {
        JsonArray accesses = new JsonArray();
        plan.forEach((offset, width) -> {
            JsonArray access = new JsonArray();
            access.add(offset);
            access.add(width);
            accesses.add(access);
        });
        return accesses;
    }

    static void runs(List<Run> runs, PrintWriter out) {
        Table table = new Table(">offset", ">width", ">accesses");
        runs.forEach(run -> table.row(Quantity.hex(run.offset()), run.width(), run.count()));
        table.print("  ", out);
    }
}
