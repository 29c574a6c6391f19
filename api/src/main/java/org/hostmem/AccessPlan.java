package org.hostmem;

import java.util.Arrays;
import java.util.Objects;

/**
 * The machine accesses that a request turns into, known <em>before</em> the access. Immutable.
 *
 * <p>Accesses of one width in a row are kept as one run, so that the plan of 128 GiB is as small as that of 100 bytes.
 */
public final class AccessPlan {

    /** What kind of answer a plan is. */
    public enum Verdict {
        /** A scalar, as one access. */
        SINGLE,
        /** A scalar, cut into aligned accesses, ascending. */
        SPLIT,
        /** A bulk transfer: any number of aligned accesses, ascending (RELAXED may do them in any order). */
        BULK,
        /**
         * A scalar, or a piece of one, that is less than the least unit of the device: whole units around it,
         * ascending. See {@link DeviceLimits.Narrower#READ_MODIFY_WRITE}.
         */
        WIDENED,
        /** Refused: no access at all. */
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
         * Accesses of one width in a row.
         *
         * @param offset of the first from the start of the region, in bytes
         * @param width of each in bytes
         * @param count how many
         */
        void run(long offset, int width, long count);
    }

    /** Receives a plan run by run, as long as it wants more. */
    @FunctionalInterface
    interface Runs {
        /** As {@link RunVisitor#run}; returns whether to go on. */
        boolean run(long offset, int width, long count);
    }

    /** What the units of a run are. */
    enum Kind {
        /** The bytes that were asked for. */
        EXACT,
        /** Two halves each, the higher one first. */
        HIGH_HALF_FIRST,
        /** More than what was asked for. */
        WIDENED
    }

    private final Verdict verdict;
    private final long offset;
    private final int[] width;
    private final long[] count;
    private final Kind[] kind;

    AccessPlan(Verdict verdict, long offset, int[] width, long[] count, Kind[] kind) {
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
        checkScalarWidth(width);
        if ((address & (width - 1)) == 0 || rules.unaligned(width) == AccessRules.Unaligned.SINGLE) {
            return one(Verdict.SINGLE, offset, width);
        }
        if (policy == UnalignedPolicy.REJECT) {
            return rejected(offset);
        }
        return ladder(Verdict.SPLIT, address, offset, width, 8);
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
            int unit = unit(offset + done, width - done, widest);
            runs.add(unit, 1);
            done += unit;
        }
        return runs.plan(Verdict.SPLIT, offset);
    }

    private static AccessPlan one(Verdict verdict, long offset, int width) {
        PlannedRuns runs = new PlannedRuns();
        runs.add(width, 1);
        return runs.plan(verdict, offset);
    }

    /**
     * {@return the plan of an access that is refused}
     *
     * @param offset in the region
     */
    public static AccessPlan rejected(long offset) {
        return new PlannedRuns().plan(Verdict.REJECTED, offset);
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
        return ladder(Verdict.BULK, address, offset, length, rules.widest(direction, order));
    }

    /**
     * {@return the width of the next access of an ascending transfer, in bytes: R4}
     *
     * <p>Below a widest unit of 64 bytes follows 16: the single-shot stores and loads (MOVDIR64B, ST64B, LD64B) have no
     * unit of 32 beside them, and there is one ladder for all that are as wide.
     *
     * @param address on the device side, of the next byte
     * @param rest bytes that are left, 1 or more
     * @param widest legal unit, a power of two
     */
    public static int unit(long address, long rest, int widest) {
        int unit = (int) Math.min(Long.lowestOneBit(address | widest), Long.highestOneBit(rest));
        return unit == 32 && widest == 64 ? 16 : unit;
    }

    private static AccessPlan ladder(Verdict verdict, long address, long offset, long length, int widest) {
        PlannedRuns runs = new PlannedRuns();
        for (long done = 0; done < length; ) {
            int unit = unit(address + done, length - done, widest);
            long units = unit == widest ? (length - done) / unit : 1;
            runs.add(unit, units);
            done += units * unit;
        }
        return runs.plan(verdict, offset);
    }

    /**
     * Checks the width of a scalar access.
     *
     * @param width to check
     * @throws IllegalArgumentException unless it is 1, 2, 4 or 8
     */
    public static void checkScalarWidth(int width) {
        if (width != 1 && width != 2 && width != 4 && width != 8) {
            throw new IllegalArgumentException(
                    "scalar width " + width + ": allowed are 1, 2, 4 and 8 bytes; use a bulk transfer for other sizes");
        }
    }

    /**
     * {@return this plan and then another, for a transfer that crosses from one kind of memory to the next}
     *
     * @param next begins where this plan ends
     * @throws IllegalArgumentException if it begins elsewhere
     */
    public AccessPlan then(AccessPlan next) {
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
        Kind[] kinds = Arrays.copyOf(kind, widths.length);
        System.arraycopy(next.width, 0, widths, runs, next.width.length);
        System.arraycopy(next.count, 0, counts, runs, next.width.length);
        System.arraycopy(next.kind, 0, kinds, runs, next.width.length);
        return new AccessPlan(verdict, offset, widths, counts, kinds);
    }

    /**
     * {@return the same accesses, beginning elsewhere: how a view sees them}
     *
     * @param offset of the first access
     */
    public AccessPlan startingAt(long offset) {
        return new AccessPlan(verdict, offset, width, count, kind);
    }

    /**
     * {@return the same accesses, so many bytes further on: how a larger region sees them, or a view}
     *
     * @param distance to be added to each offset, in bytes; negative for a view. A unit that is wider than what was
     *     asked for may then begin before the view
     */
    public AccessPlan movedBy(long distance) {
        return startingAt(offset + distance);
    }

    /**
     * {@return the same accesses as a part of a scalar that is {@linkplain Verdict#SPLIT split} where one memory ends
     * and another begins, or {@linkplain Verdict#WIDENED widened} if one of them is; itself if it is refused}
     */
    public AccessPlan split() {
        Verdict of = widened() > 0 ? Verdict.WIDENED : Verdict.SPLIT;
        return verdict == Verdict.REJECTED ? this : new AccessPlan(of, offset, width, count, kind);
    }

    /** {@return what kind of answer this is} */
    public Verdict verdict() {
        return verdict;
    }

    /** {@return the number of machine accesses; a unit that is {@linkplain #widened widened} counts once} */
    public long accesses() {
        long sum = 0;
        for (int run = 0; run < width.length; run++) {
            sum += kind[run] == Kind.HIGH_HALF_FIRST ? 2 * count[run] : count[run];
        }
        return sum;
    }

    /**
     * {@return how many of the accesses are wider than what was asked for, as the device takes no less: a write makes
     * two of each, a read of the unit and a write of all of it}
     *
     * <p>There are none but under {@link DeviceLimits.Narrower#READ_MODIFY_WRITE}.
     */
    public long widened() {
        long sum = 0;
        for (int run = 0; run < width.length; run++) {
            sum += kind[run] == Kind.WIDENED ? count[run] : 0;
        }
        return sum;
    }

    /**
     * Visits each access, in ascending order but for halves whose {@linkplain DeviceLimits.Eight#HIGH_FIRST higher one
     * comes first}.
     *
     * @param visitor is told offset and width of each
     */
    public void forEach(Visitor visitor) {
        forEachRun((at, each, times) -> {
            for (long i = 0; i < times; i++) {
                visitor.access(at + i * each, each);
            }
        });
    }

    /**
     * Visits the accesses in the order of {@link #forEach}, those of one width in a row together: few visits, however
     * long the transfer, but where each half is a visit of its own.
     *
     * @param visitor is told offset, width and count of each run
     */
    public void forEachRun(RunVisitor visitor) {
        visitRuns((at, each, times) -> {
            visitor.run(at, each, times);
            return true;
        });
    }

    /** As {@link #forEachRun}, until the visitor has had enough. */
    void visitRuns(Runs visitor) {
        boolean more = true;
        long at = offset;
        for (int run = 0; more && run < width.length; run++) {
            more = kind[run] == Kind.HIGH_HALF_FIRST
                    ? visitHalves(visitor, at, count[run])
                    : visitor.run(at, width[run], count[run]);
            at += count[run] * width[run];
        }
    }

    private static boolean visitHalves(Runs visitor, long offset, long units) {
        boolean more = true;
        for (long i = 0; more && i < units; i++) {
            more = visitor.run(offset + 8 * i + 4, 4, 1) && visitor.run(offset + 8 * i, 4, 1);
        }
        return more;
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
     * <p>{@code ~4@8} is a unit that is wider than what was asked for, and {@code 3x(4@12 4@8)} are halves whose higher
     * one comes first.
     */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(verdict.name());
        long at = offset;
        for (int run = 0; run < width.length; run++) {
            text.append(' ');
            if (count[run] > 1) {
                text.append(count[run]).append('x');
            }
            switch (kind[run]) {
                case EXACT -> text.append(width[run]).append('@').append(at);
                case WIDENED -> text.append('~').append(width[run]).append('@').append(at);
                case HIGH_HALF_FIRST ->
                    text.append("(4@").append(at + 4).append(" 4@").append(at).append(')');
            }
            at += count[run] * width[run];
        }
        return text.toString();
    }
}
