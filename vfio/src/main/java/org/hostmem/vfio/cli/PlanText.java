package org.hostmem.vfio.cli;

import java.io.PrintWriter;
import java.util.List;

/** The runs of a plan, in a table. */
final class PlanText {

    private PlanText() {
    }

    static void runs(List<Run> runs, PrintWriter out) {
        Table table = new Table(">offset", ">width", ">accesses");
        runs.forEach(run -> table.row(Quantity.hex(run.offset()), run.width(), run.count()));
        table.print("  ", out);
    }
}
