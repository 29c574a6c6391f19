package org.hostmem.engine;

import java.util.Arrays;
import org.hostmem.AccessPlan;

/** The runs of a plan while it is made. */
public final class PlannedRuns {

    /**
     * A widest unit of 2^30 bytes has 30 below it, each of which comes once before and once after the run of the
     * widest; and a part of a unit at each end.
     */
    private static final int MAX_RUNS = 2 * 30 + 3;

    private final int[] width = new int[MAX_RUNS];
    private final long[] count = new long[MAX_RUNS];
    private final UnitKind[] kind = new UnitKind[MAX_RUNS];
    private int runs;
    private int before;

    public void add(int unit, long units) {
        add(unit, units, UnitKind.EXACT);
    }

    /** The fewest units: each is the widest that the address and the rest allow. */
    public PlannedRuns addLadder(long address, long length, int widest) {
        for (long done = 0; done < length; ) {
            int unit = Ladder.unit(address + done, length - done, widest);
            long units = unit == widest ? (length - done) / unit : 1;
            add(unit, units);
            done += units * unit;
        }
        return this;
    }

    /** Units of 8 bytes, each as two halves with the higher one first. */
    void addHalves(long units) {
        add(8, units, UnitKind.HIGH_HALF_FIRST);
    }

    /** A unit of which the request needs only some bytes: those from {@code skipped} on. */
    void addAround(int skipped, int unit) {
        before = runs == 0 ? skipped : before;
        add(unit, 1, UnitKind.WIDENED);
    }

    /** Bytes whose units the machine chooses. */
    public PlannedRuns choose(long bytes) {
        if (bytes > 0) {
            add(1, bytes, UnitKind.CHOSEN);
        }
        return this;
    }

    private void add(int unit, long units, UnitKind how) {
        width[runs] = unit;
        count[runs] = units;
        kind[runs++] = how;
    }

    boolean isWidened() {
        return Arrays.asList(kind).contains(UnitKind.WIDENED);
    }

    /** {@code offset} is that of the first byte of the request. */
    public AccessPlan plan(AccessPlan.Verdict verdict, long offset) {
        return SharedSecrets.plans()
                .make(
                        verdict,
                        offset - before,
                        Arrays.copyOf(width, runs),
                        Arrays.copyOf(count, runs),
                        Arrays.copyOf(kind, runs));
    }
}
