package org.hostmem;

import java.util.Arrays;
import java.util.Objects;
import org.hostmem.engine.Checks;
import org.hostmem.engine.PlannedRuns;
import org.hostmem.engine.RunSieve;
import org.hostmem.engine.SharedSecrets;
import org.hostmem.engine.UnitKind;

/**
 * Lists the machine accesses that a request becomes, <em>before</em> the first of them is made.
 * {@link HostMemoryAccessor#planScalar} and {@link HostMemoryAccessor#planBulk} make one. Immutable.
 *
 * <p>Consecutive accesses of one width are kept as one run, so the plan of 128 GiB is as small as that of 100 bytes.
 */
public final class AccessPlan {

    /** What becomes of the request. */
    public enum Verdict {
        /** The request is a scalar and becomes one access. */
        SINGLE,
        /** The request is a scalar and is cut into aligned accesses, ascending. */
        SPLIT,
        /**
         * The request is a bulk transfer and becomes aligned accesses, ascending (RELAXED may make them in any order).
         */
        BULK,
        /**
         * The request is a bulk transfer that nobody looks at ({@link TransferOrder#UNOBSERVED}), of NORMAL memory. The
         * machine chooses the units of all of it, or of a part, and the plan does not list those:
         * {@link AccessPlan#chosen}.
         */
        UNOBSERVED,
        /**
         * The request is a scalar, and it or a piece of it is less than the least unit of the device. It becomes the
         * whole units around it, ascending. See {@link DeviceLimits.Narrower#READ_MODIFY_WRITE}.
         */
        WIDENED,
        /** The request is refused and makes no access. */
        REJECTED
    }

    /** Receives the accesses of a plan, in order. */
    @FunctionalInterface
    public interface Visitor {
        /**
         * One access.
         *
         * @param offset from the start of the region, in bytes
         * @param width in bytes
         */
        void access(long offset, int width);
    }

    /** Receives a plan run by run, in order. */
    @FunctionalInterface
    public interface RunVisitor {
        /**
         * Consecutive accesses of one width.
         *
         * @param offset of the first from the start of the region, in bytes
         * @param width of each in bytes
         * @param count how many
         */
        void run(long offset, int width, long count);
    }

    static {
        SharedSecrets.set(new ForImplementers());
    }

    private final Verdict verdict;
    private final long offset;
    private final int[] width;
    private final long[] count;
    private final UnitKind[] kind;

    private AccessPlan(Verdict verdict, long offset, int[] width, long[] count, UnitKind[] kind) {
        this.verdict = verdict;
        this.offset = offset;
        this.width = width;
        this.count = count;
        this.kind = kind;
    }

    /**
     * {@return the plan of a scalar access (R1, R5)}
     *
     * @param rules of the host ISA and the region's cache mode
     * @param policy for an unaligned access that the rules do not allow
     * @param address of the first byte: its alignment counts
     * @param offset of the same byte in the region
     * @param width 1, 2, 4 or 8
     * @throws IllegalArgumentException if the width is another
     */
    public static AccessPlan scalar(AccessRules rules, UnalignedPolicy policy, long address, long offset, int width) {
        Checks.scalarWidth(width);
        if ((address & (width - 1)) == 0 || rules.unaligned(width) == AccessRules.Unaligned.SINGLE) {
            return one(Verdict.SINGLE, offset, width);
        }
        if (policy == UnalignedPolicy.REJECT) {
            return new PlannedRuns().plan(Verdict.REJECTED, offset);
        }
        return ladder(Verdict.SPLIT, address, offset, width, 8);
    }

    private static AccessPlan one(Verdict verdict, long offset, int width) {
        PlannedRuns runs = new PlannedRuns();
        runs.add(width, 1);
        return runs.plan(verdict, offset);
    }

    /**
     * {@return the plan of a bulk transfer (R2, R4)}
     *
     * @param rules of the host ISA and the region's cache mode
     * @param direction read or write
     * @param order of the transfer
     * @param address of the first byte on the device side: its alignment alone decides
     * @param offset of the same byte in the region
     * @param length in bytes, 0 or more
     * @throws IllegalArgumentException if the length is negative
     */
    public static AccessPlan bulk(
            AccessRules rules, Direction direction, TransferOrder order, long address, long offset, long length) {
        Objects.requireNonNull(direction);
        Objects.requireNonNull(order);
        if (length < 0) {
            throw new IllegalArgumentException("a length of " + length + " bytes: a length is 0 or more");
        }
        return rules.choosesUnits(order)
                ? new PlannedRuns().choose(length).plan(Verdict.UNOBSERVED, offset)
                : ladder(Verdict.BULK, address, offset, length, rules.widest(direction, order));
    }

    private static AccessPlan ladder(Verdict verdict, long address, long offset, long length, int widest) {
        return new PlannedRuns().addLadder(address, length, widest).plan(verdict, offset);
    }

    private AccessPlan then(AccessPlan next) {
        long end = offset;
        for (int run = 0; run < width.length; run++) {
            end += count[run] * width[run];
        }
        if (next.offset != end) {
            throw new IllegalArgumentException("a plan that begins at offset 0x" + Long.toHexString(next.offset)
                    + " cannot follow one that ends at 0x" + Long.toHexString(end)
                    + ": the second must begin where the first ends");
        }
        int runs = width.length;
        int[] widths = Arrays.copyOf(width, runs + next.width.length);
        long[] counts = Arrays.copyOf(count, widths.length);
        UnitKind[] kinds = Arrays.copyOf(kind, widths.length);
        System.arraycopy(next.width, 0, widths, runs, next.width.length);
        System.arraycopy(next.count, 0, counts, runs, next.width.length);
        System.arraycopy(next.kind, 0, kinds, runs, next.width.length);
        boolean unobserved = verdict == Verdict.BULK && next.verdict == Verdict.UNOBSERVED;
        return new AccessPlan(unobserved ? Verdict.UNOBSERVED : verdict, offset, widths, counts, kinds);
    }

    /** {@return what becomes of the request} */
    public Verdict verdict() {
        return verdict;
    }

    /**
     * {@return the number of machine accesses; a unit that is {@linkplain #widened widened} counts once, and
     * {@linkplain #chosen units that the machine chooses} do not count}
     */
    public long accesses() {
        long sum = 0;
        for (int run = 0; run < width.length; run++) {
            sum += kind[run].accesses() * count[run];
        }
        return sum;
    }

    /**
     * {@return how many bytes are transferred in units that the machine chooses: it may access a byte more than once,
     * in any order, and no visitor is told}
     *
     * <p>It is 0 except under {@link Verdict#UNOBSERVED}.
     */
    public long chosen() {
        long sum = 0;
        for (int run = 0; run < width.length; run++) {
            sum += kind[run] == UnitKind.CHOSEN ? count[run] : 0;
        }
        return sum;
    }

    /**
     * {@return how many of the accesses are wider than the request, because the device accepts no narrower ones. A
     * write makes two accesses of each: it reads the unit, and writes all of it}
     *
     * <p>It is 0 except under {@link DeviceLimits.Narrower#READ_MODIFY_WRITE}.
     */
    public long widened() {
        long sum = 0;
        for (int run = 0; run < width.length; run++) {
            sum += kind[run] == UnitKind.WIDENED ? count[run] : 0;
        }
        return sum;
    }

    /**
     * Visits each access in ascending order, except halves whose {@linkplain DeviceLimits.Eight#HIGH_FIRST higher one
     * comes first}.
     *
     * @param visitor gets offset and width of each
     */
    public void forEach(Visitor visitor) {
        forEachRun((at, each, times) -> {
            for (long i = 0; i < times; i++) {
                visitor.access(at + i * each, each);
            }
        });
    }

    /**
     * Visits the accesses in the order of {@link #forEach}, with one visit for each run of one width. There are few
     * visits even for a long transfer, except where each half is a visit of its own.
     *
     * @param visitor gets offset, width and count of each run
     */
    public void forEachRun(RunVisitor visitor) {
        visitRuns((at, each, times) -> {
            visitor.run(at, each, times);
            return true;
        });
    }

    private void visitRuns(RunSieve visitor) {
        boolean more = true;
        long at = offset;
        for (int run = 0; more && run < width.length; run++) {
            if (kind[run] == UnitKind.HIGH_HALF_FIRST) {
                more = visitHalves(visitor, at, count[run]);
            } else if (kind[run] != UnitKind.CHOSEN) {
                more = visitor.run(at, width[run], count[run]);
            }
            at += count[run] * width[run];
        }
    }

    private static boolean visitHalves(RunSieve visitor, long offset, long units) {
        boolean more = true;
        for (long i = 0; more && i < units; i++) {
            more = visitor.run(offset + 8 * i + 4, 4, 1) && visitor.run(offset + 8 * i, 4, 1);
        }
        return more;
    }

    private AccessPlan with(Verdict verdict, long offset) {
        return new AccessPlan(verdict, offset, width, count, kind);
    }

    private static final class ForImplementers implements SharedSecrets.Plans {

        @Override
        public AccessPlan make(Verdict verdict, long offset, int[] width, long[] count, UnitKind[] kind) {
            return new AccessPlan(verdict, offset, width, count, kind);
        }

        @Override
        public AccessPlan then(AccessPlan plan, AccessPlan next) {
            return plan.then(next);
        }

        @Override
        public AccessPlan movedBy(AccessPlan plan, long distance) {
            return plan.with(plan.verdict, plan.offset + distance);
        }

        @Override
        public AccessPlan asSplit(AccessPlan plan) {
            Verdict of = plan.widened() > 0 ? Verdict.WIDENED : Verdict.SPLIT;
            return plan.verdict == Verdict.REJECTED ? plan : plan.with(of, plan.offset);
        }

        @Override
        public void visitRuns(AccessPlan plan, RunSieve visitor) {
            plan.visitRuns(visitor);
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AccessPlan that
                && verdict == that.verdict
                && offset == that.offset
                && Arrays.equals(width, that.width)
                && Arrays.equals(count, that.count)
                && Arrays.equals(kind, that.kind);
    }

    @Override
    public int hashCode() {
        return 31 * Long.hashCode(offset) + Arrays.hashCode(width);
    }

    /**
     * {@return for example {@code BULK 1@3 4@4 3x8@8}: widths and offsets, with a count where a width repeats}
     *
     * <p>{@code ~4@8} is a unit that is wider than the request. {@code 3x(4@12 4@8)} are halves whose higher one comes
     * first. {@code 4096 bytes@0} are bytes whose units the machine chooses.
     */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(verdict.name());
        long at = offset;
        for (int run = 0; run < width.length; run++) {
            text.append(' ');
            if (count[run] > 1 && kind[run] != UnitKind.CHOSEN) {
                text.append(count[run]).append('x');
            }
            switch (kind[run]) {
                case EXACT -> text.append(width[run]).append('@').append(at);
                case WIDENED -> text.append('~').append(width[run]).append('@').append(at);
                case HIGH_HALF_FIRST ->
                    text.append("(4@").append(at + 4).append(" 4@").append(at).append(')');
                case CHOSEN -> text.append(count[run]).append(" bytes@").append(at);
            }
            at += count[run] * width[run];
        }
        return text.toString();
    }
}
