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

    /** A widest unit of 2^30 bytes has 30 below it, each of which comes once before and once after the run of the widest. */
    private static final int MAX_RUNS = 2 * 30 + 1;

    private final Verdict verdict;
    private final long offset;
    private final int runs;
    private final int[] width;
    private final long[] count;

    private AccessPlan(Verdict verdict, long offset, int runs, int[] width, long[] count) {
        this.verdict = verdict;
        this.offset = offset;
        this.runs = runs;
        this.width = width;
        this.count = count;
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
            return new AccessPlan(Verdict.SINGLE, offset, 1, new int[] {width}, new long[] {1});
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
        int[] widths = new int[width];
        int runs = 0;
        for (int done = 0; done < width; done += widths[runs++]) {
            widths[runs] = unit(offset + done, width - done, widest);
        }
        long[] once = new long[runs];
        Arrays.fill(once, 1);
        return new AccessPlan(Verdict.SPLIT, offset, runs, Arrays.copyOf(widths, runs), once);
    }

    /**
     * {@return the plan of an access that is refused}
     *
     * @param offset in the region
     */
    public static AccessPlan rejected(long offset) {
        return new AccessPlan(Verdict.REJECTED, offset, 0, new int[0], new long[0]);
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
    public static AccessPlan bulk(AccessRules rules, Direction direction, TransferOrder order, long address, long offset, long length) {
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
     * <p>Below a widest unit of 64 bytes follows 16: the single-shot stores and loads (MOVDIR64B, ST64B, LD64B) have no unit of 32 beside them, and there is one ladder for all that are as wide.
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
        int[] width = new int[MAX_RUNS];
        long[] count = new long[MAX_RUNS];
        int runs = 0;
        long at = address;
        long rest = length;
        while (rest > 0) {
            int unit = unit(at, rest, widest);
            long units = unit == widest ? rest / unit : 1;
            width[runs] = unit;
            count[runs++] = units;
            at += units * unit;
            rest -= units * unit;
        }
        return new AccessPlan(verdict, offset, runs, Arrays.copyOf(width, runs), Arrays.copyOf(count, runs));
    }

    /**
     * Checks the width of a scalar access.
     *
     * @param width to check
     * @throws IllegalArgumentException unless it is 1, 2, 4 or 8
     */
    public static void checkScalarWidth(int width) {
        if (width != 1 && width != 2 && width != 4 && width != 8) {
            throw new IllegalArgumentException("scalar width " + width + ": allowed are 1, 2, 4 and 8 bytes; use a bulk transfer for other sizes");
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
        for (int run = 0; run < runs; run++) {
            end += count[run] * width[run];
        }
        if (next.offset != end) {
            throw new IllegalArgumentException("a plan that begins at offset 0x" + Long.toHexString(next.offset) + " cannot follow one that ends at 0x" + Long.toHexString(end) + ": the second must begin where the first ends");
        }
        int[] widths = Arrays.copyOf(width, runs + next.runs);
        long[] counts = Arrays.copyOf(count, runs + next.runs);
        System.arraycopy(next.width, 0, widths, runs, next.runs);
        System.arraycopy(next.count, 0, counts, runs, next.runs);
        return new AccessPlan(verdict, offset, runs + next.runs, widths, counts);
    }

    /**
     * {@return the same accesses, beginning elsewhere: how a view sees them}
     *
     * @param offset of the first access
     */
    public AccessPlan startingAt(long offset) {
        return new AccessPlan(verdict, offset, runs, width, count);
    }

    /** {@return the same accesses as a part of a scalar that is {@linkplain Verdict#SPLIT split} where one memory ends and another begins; itself if it is refused} */
    public AccessPlan split() {
        return verdict == Verdict.REJECTED ? this : new AccessPlan(Verdict.SPLIT, offset, runs, width, count);
    }

    /** {@return what kind of answer this is} */
    public Verdict verdict() {
        return verdict;
    }

    /** {@return the number of machine accesses} */
    public long accesses() {
        long sum = 0;
        for (long n : count) {
            sum += n;
        }
        return sum;
    }

    /**
     * Visits each access in ascending order.
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
     * Visits the accesses in ascending order, those of one width in a row together: few visits, however long the transfer.
     *
     * @param visitor is told offset, width and count of each run
     */
    public void forEachRun(RunVisitor visitor) {
        long at = offset;
        for (int run = 0; run < runs; run++) {
            visitor.run(at, width[run], count[run]);
            at += count[run] * width[run];
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AccessPlan that && verdict == that.verdict && offset == that.offset
                && Arrays.equals(width, that.width) && Arrays.equals(count, that.count);
    }

    @Override
    public int hashCode() {
        return 31 * Long.hashCode(offset) + Arrays.hashCode(width);
    }

    /** {@return for example {@code BULK 1@3 4@4 3x8@8}: widths and offsets, with a count where a width repeats} */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(verdict.name());
        long at = offset;
        for (int run = 0; run < runs; run++) {
            text.append(' ');
            if (count[run] > 1) {
                text.append(count[run]).append('x');
            }
            text.append(width[run]).append('@').append(at);
            at += count[run] * width[run];
        }
        return text.toString();
    }
}
