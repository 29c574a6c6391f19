package org.hostmem.guest;

import java.util.ArrayList;
import java.util.List;
import org.hostmem.AccessPlan;
import org.hostmem.Direction;
import org.hostmem.HostMemoryException;
import org.hostmem.TransferOrder;
import org.hostmem.engine.Checks;
import org.hostmem.guest.AddressSpace.Range;
import org.hostmem.guest.AddressSpace.Step;
import org.hostmem.spi.AccessPlans;

/** The accesses of requests by guest-physical address, range by range. */
final class Planning {

    private Planning() {}

    @FunctionalInterface
    private interface Planner {
        AccessPlan plan(Range part, long offset, long length);
    }

    static List<Step> scalar(FlatView view, long address, int width) {
        Checks.scalarWidth(width);
        Range range = view.find(address);
        if (width <= range.rest(address)) {
            return steps(view, address, width, (part, offset, n) -> part.accessor.planScalar(offset, width));
        }
        boolean rejected = CrossingScalar.rejection(view, address, width) != null;
        return allOrNothing(
                view,
                address,
                width,
                (part, offset, n) -> rejected
                        ? AccessPlans.rejected(offset)
                        : AccessPlans.asSplit(
                                part.accessor.planBulk(direction(part), offset, n, TransferOrder.ASCENDING)));
    }

    /**
     * A scalar has the same accesses in both directions, except that a write is not widened where nothing may be read.
     */
    private static Direction direction(Range part) {
        return part.accessor.capabilities().readable() ? Direction.READ : Direction.WRITE;
    }

    static List<Step> bulk(FlatView view, Direction direction, long address, long length, TransferOrder order) {
        return allOrNothing(
                view, address, length, (part, offset, n) -> part.accessor.planBulk(direction, offset, n, order));
    }

    /** What one range refuses is refused before the first access of any. */
    private static List<Step> allOrNothing(FlatView view, long address, long length, Planner planner) {
        List<Step> steps = steps(view, address, length, planner);
        boolean isRefused = steps.stream().anyMatch(step -> step.plan().verdict() == AccessPlan.Verdict.REJECTED);
        return isRefused ? steps(view, address, length, (part, offset, n) -> AccessPlans.rejected(offset)) : steps;
    }

    private static List<Step> steps(FlatView view, long address, long length, Planner planner) {
        List<Step> steps = new ArrayList<>();
        view.forEach(address, length, (part, offset, n) -> steps.add(new Step(part, plan(part, offset, n, planner))));
        return steps;
    }

    private static AccessPlan plan(Range part, long offset, long length, Planner planner) {
        try {
            return planner.plan(part, offset, length);
        } catch (HostMemoryException refused) {
            throw GuestAddresses.located(refused, part.start() + offset - part.offset(part.start()));
        }
    }
}
