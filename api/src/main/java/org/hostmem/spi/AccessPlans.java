package org.hostmem.spi;

import org.hostmem.AccessPlan;
import org.hostmem.engine.Ladder;
import org.hostmem.engine.PlannedRuns;
import org.hostmem.engine.SharedSecrets;

/** For authors of accessors that pass a request on or cut it: makes plans of other plans. */
public final class AccessPlans {

    private AccessPlans() {}

    /**
     * {@return the plan of an access that is refused}
     *
     * @param offset in the region
     */
    public static AccessPlan rejected(long offset) {
        return new PlannedRuns().plan(AccessPlan.Verdict.REJECTED, offset);
    }

    /**
     * {@return the plan of a scalar that is cut into aligned accesses, none wider than the widest}
     *
     * @param offset in the region: its alignment counts
     * @param width in bytes, 0 to 8
     * @param widest access, a power of two
     */
    public static AccessPlan split(long offset, int width, int widest) {
        PlannedRuns runs = new PlannedRuns();
        for (int done = 0; done < width; ) {
            int unit = Ladder.unit(offset + done, width - done, widest);
            runs.add(unit, 1);
            done += unit;
        }
        return runs.plan(AccessPlan.Verdict.SPLIT, offset);
    }

    /**
     * {@return one plan followed by another, for a request that crosses from one kind of memory to the next}
     *
     * @param plan the first
     * @param next begins where the first ends
     * @throws IllegalArgumentException if it begins elsewhere
     */
    public static AccessPlan join(AccessPlan plan, AccessPlan next) {
        return SharedSecrets.plans().then(plan, next);
    }

    /**
     * {@return the same accesses at offsets that are larger by a distance: a plan of a view becomes one of its region}
     *
     * @param plan of the accesses
     * @param distance to add to each offset, in bytes; negative from a region to a view. A unit that is wider than the
     *     request may then begin before the view
     */
    public static AccessPlan movedBy(AccessPlan plan, long distance) {
        return SharedSecrets.plans().movedBy(plan, distance);
    }

    /**
     * {@return the same accesses as a part of a scalar that crosses from one memory to another: the verdict becomes
     * {@link AccessPlan.Verdict#SPLIT SPLIT}; WIDENED and REJECTED stay}
     *
     * @param plan of the accesses
     */
    public static AccessPlan asSplit(AccessPlan plan) {
        return SharedSecrets.plans().asSplit(plan);
    }
}
