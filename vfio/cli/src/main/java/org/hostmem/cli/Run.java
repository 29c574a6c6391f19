package org.hostmem.cli;

import java.util.ArrayList;
import java.util.List;
import org.hostmem.AccessPlan;

/** Accesses of one width in a row. */
record Run(long offset, int width, long count) {

    /** Of a plan with more: halves whose higher one comes first are two runs for every 8 bytes. */
    static final int MOST = 1000;

    /** The first ones. */
    static List<Run> of(AccessPlan plan) {
        List<Run> runs = new ArrayList<>();
        plan.forEachRun((offset, width, count) -> {
            boolean goesOn = !runs.isEmpty()
                    && runs.getLast().width == width
                    && runs.getLast().end() == offset;
            if (!goesOn && runs.size() == MOST) {
                return;
            }
            runs.add(goesOn ? runs.removeLast().and(count) : new Run(offset, width, count));
        });
        return runs;
    }

    private Run and(long more) {
        return new Run(offset, width, count + more);
    }

    long end() {
        return offset + width * count;
    }
}
