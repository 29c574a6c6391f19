package org.hostmem.engine;

import java.util.ArrayList;
import java.util.List;
import org.hostmem.AccessPlan;

/**
 * The accesses of one side of a transfer, in order. Immutable once {@link Rehearsal} has made it. Each block of a
 * transfer is a step. Steps of one shape at one distance are kept as one, so that a long transfer needs little room.
 */
public final class TransferSteps {

    /**
     * Steps of one shape.
     *
     * @param shape the accesses of one step, the first of them at offset 0
     * @param isDescending whether they are made from the last to the first
     * @param start offset of the first access of the first step, in bytes
     * @param stride from one step to the next, in bytes
     * @param times how many steps
     */
    private record Repeated(AccessPlan shape, boolean isDescending, long start, long stride, long times) {

        boolean continues(AccessPlan next, boolean down, long at) {
            return down == isDescending && (times == 1 || at == start + times * stride) && next.equals(shape);
        }

        Repeated andOneAt(long at) {
            return new Repeated(shape, isDescending, start, times == 1 ? at - start : stride, times + 1);
        }

        Repeated movedBy(long distance) {
            return new Repeated(shape, isDescending, start + distance, stride, times);
        }

        void visit(JoinedRuns joined) {
            for (long i = 0; i < times && !joined.isEnough(); i++) {
                long at = start + i * stride;
                if (isDescending) {
                    visitDown(at, joined);
                } else {
                    SharedSecrets.plans()
                            .visitRuns(shape, (offset, width, count) -> joined.add(at + offset, width, count, false));
                }
            }
        }

        private void visitDown(long at, JoinedRuns joined) {
            List<long[]> runs = new ArrayList<>();
            shape.forEachRun((offset, width, count) -> runs.add(new long[] {offset, width, count}));
            for (long[] run : runs.reversed()) {
                joined.add(at + run[0] + (run[2] - 1) * run[1], (int) run[1], run[2], true);
            }
        }
    }

    private final List<Repeated> all;

    private TransferSteps(List<Repeated> all) {
        this.all = all;
    }

    TransferSteps() {
        this(new ArrayList<>());
    }

    /** {@return those of a copy in one step} */
    public static TransferSteps of(AccessPlan plan) {
        TransferSteps steps = new TransferSteps();
        steps.add(plan, false);
        return steps;
    }

    /** {@return those of a copy that is refused} */
    public static TransferSteps none() {
        return new TransferSteps(List.of());
    }

    void add(AccessPlan plan, boolean isDescending) {
        if (plan.accesses() == 0) {
            return;
        }
        long at = start(plan);
        AccessPlan shape = SharedSecrets.plans().movedBy(plan, -at);
        if (!all.isEmpty() && all.getLast().continues(shape, isDescending, at)) {
            all.set(all.size() - 1, all.getLast().andOneAt(at));
        } else {
            all.add(new Repeated(shape, isDescending, at, 0, 1));
        }
    }

    private static long start(AccessPlan plan) {
        long[] start = {0};
        SharedSecrets.plans().visitRuns(plan, (offset, width, count) -> {
            start[0] = offset;
            return false;
        });
        return start[0];
    }

    /** {@return the same accesses in a region that begins {@code distance} bytes lower} */
    public TransferSteps movedBy(long distance) {
        return new TransferSteps(all.stream().map(one -> one.movedBy(distance)).toList());
    }

    /** {@return the number of machine accesses} */
    public long accesses() {
        return all.stream().mapToLong(one -> one.times * one.shape.accesses()).sum();
    }

    /** {@return how many of them are wider than the request} */
    public long widened() {
        return all.stream().mapToLong(one -> one.times * one.shape.widened()).sum();
    }

    /** Visits runs of accesses of one width, each as long as it can be, until the visitor has had enough. */
    public void visitRuns(TransferRunSieve visitor) {
        JoinedRuns joined = new JoinedRuns(visitor);
        all.forEach(one -> one.visit(joined));
        joined.end();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TransferSteps that && all.equals(that.all);
    }

    @Override
    public int hashCode() {
        return all.hashCode();
    }
}
