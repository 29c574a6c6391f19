package org.hostmem.spi;

import org.hostmem.AccessPlan;
import org.hostmem.engine.Ladder;
import org.hostmem.engine.PlannedRuns;
import org.hostmem.engine.SharedSecrets;

/** For authors of accessors: plans made of others, for accessors that pass a request on or cut it. */
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
     * {@return the plan of a scalar that is cut into aligned accesses, none of which is wider than what carries them}
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
     * {@return a plan and then another, for a request that crosses from one kind of memory to the next}
     *
     * @param plan the first
     * @param next begins where the first ends
     * @throws IllegalArgumentException if it begins elsewhere
     */
    public static AccessPlan join(AccessPlan plan, AccessPlan next) {
        return SharedSecrets.plans().then(plan, next);
    }

    /**
     * {@return the same accesses, so many bytes further on: how a larger region sees those of a part}
     *
     * @param plan of the accesses
     * @param distance to be added to each offset, in bytes; negative for a view. A unit that is wider than what was
     *     asked for may then begin before the view
     */
    public static AccessPlan movedBy(AccessPlan plan, long distance) {
        return SharedSecrets.plans().movedBy(plan, distance);
    }

    /**
     * {@return the same accesses as a part of a scalar that is {@linkplain AccessPlan.Verdict#SPLIT split} where one
     * memory ends and another begins, or {@linkplain AccessPlan.Verdict#WIDENED widened} if one of them is; a refused
     * plan itself}
     *
     * @param plan of the accesses
     */
    public static AccessPlan asSplit(AccessPlan plan) {
        return SharedSecrets.plans().asSplit(plan);
    }
}
