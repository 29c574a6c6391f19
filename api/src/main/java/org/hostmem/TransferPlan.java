package org.hostmem;

import java.util.Objects;
import org.hostmem.engine.Mover;
import org.hostmem.engine.Part;
import org.hostmem.engine.Rehearsal;
import org.hostmem.engine.Saved;
import org.hostmem.engine.SharedSecrets;
import org.hostmem.engine.TransferSteps;
import org.jspecify.annotations.Nullable;

/**
 * Lists the machine accesses that a copy makes on both sides, <em>before</em> the copy begins. {@link Transfer#plan}
 * and {@link HostMemoryAccessor#planMove} make one. Immutable.
 *
 * <p>A plan asks no accessor again, and outlives both. Consecutive blocks of a transfer that make the same accesses are
 * kept once, so the plan of a long transfer is small. If the copy is {@linkplain Course#BUFFERED buffered} or
 * {@linkplain Course#DESCENDING descending}, making the plan takes time for each block of at least 4 KiB.
 *
 * <p><b>Order.</b> The accesses of one side are made in the order of the visits. Between the two sides only this holds:
 * a source byte is read before it is written to the target, and before a target byte overwrites it.
 */
public final class TransferPlan {

    /** How the bytes are copied. */
    public enum Course {
        /**
         * The copy is ascending on both sides, by their bulk plans. Nothing overlaps, or the target begins below the
         * source.
         */
        STRAIGHT,
        /**
         * {@link OverlapPolicy#KEEP_ORDER} with the target above the source: ascending in the target, while
         * {@link #buffer} bytes of the source are kept that it overwrites. A copy between lists also keeps what an
         * earlier piece overwrites: it reads that before it writes the first piece.
         */
        BUFFERED,
        /**
         * {@link OverlapPolicy#MEMMOVE_ORDER} with the target above the source: from the last byte to the first. An
         * {@link TransferOrder#UNOBSERVED} copy of NORMAL memory with such an overlap is descending, too. Its accesses
         * are not listed.
         */
        DESCENDING,
        /** The overlap policy or the budget refuses the copy. It makes no access. */
        REJECTED
    }

    /** Receives one side of a plan run by run, in order. */
    @FunctionalInterface
    public interface TransferRunVisitor {
        /**
         * Consecutive accesses of one width.
         *
         * @param offset of the first from the start of its region, in bytes
         * @param width of each in bytes
         * @param count how many
         * @param descending whether each lies below the one before, instead of above
         */
        void run(long offset, int width, long count, boolean descending);
    }

    private static final int MAX_SHOWN = 16;

    static {
        SharedSecrets.set(new ForImplementers());
    }

    private final Course course;
    private final long buffer;
    private final TransferSteps reads;
    private final TransferSteps writes;

    private TransferPlan(Course course, long buffer, TransferSteps reads, TransferSteps writes) {
        this.course = course;
        this.buffer = buffer;
        this.reads = reads;
        this.writes = writes;
    }

    static TransferPlan of(
            Transfer how, HostMemoryAccessor source, long from, HostMemoryAccessor target, long to, long length) {
        source.check(Direction.READ, from, length, how.order());
        target.check(Direction.WRITE, to, length, how.order());
        long distance = Mover.distance(source, from, target, to, length);
        OverlapPolicy overlap = Mover.overlap(how, source, target);
        boolean isRefused = Mover.isRefused(overlap, how.budget(), distance, length);
        return of(how, overlap, new Part(source, from, target, to, length), null, isRefused);
    }

    private static TransferPlan of(
            Transfer how, OverlapPolicy overlap, Part part, @Nullable Saved saved, boolean isRefused) {
        long distance = part.distance();
        Course course = isRefused || Mover.isRefused(overlap, Long.MAX_VALUE, distance, part.length())
                ? Course.REJECTED
                : course(overlap, distance, saved);
        long buffer = Mover.buffer(overlap, distance, part.length()) + (saved == null ? 0 : saved.bytes());
        if (course == Course.REJECTED || Mover.isFree(how, part.source(), part.target())) {
            return new TransferPlan(course, buffer, TransferSteps.none(), TransferSteps.none());
        }
        if (course == Course.STRAIGHT) {
            AccessPlan reads = part.source().planBulk(Direction.READ, part.from(), part.length(), how.order());
            AccessPlan writes = part.target().planBulk(Direction.WRITE, part.to(), part.length(), how.order());
            return new TransferPlan(course, buffer, TransferSteps.of(reads), TransferSteps.of(writes));
        }
        Rehearsal rehearsal =
                new Rehearsal(how, part.source(), part.from(), part.target(), part.to(), part.length(), saved);
        return new TransferPlan(course, buffer, rehearsal.reads(), rehearsal.writes());
    }

    private static Course course(OverlapPolicy overlap, long distance, @Nullable Saved saved) {
        if (saved != null) {
            return Course.BUFFERED;
        }
        if (!Mover.isUpwards(distance)) {
            return Course.STRAIGHT;
        }
        return overlap == OverlapPolicy.MEMMOVE_ORDER ? Course.DESCENDING : Course.BUFFERED;
    }

    private static final class ForImplementers implements SharedSecrets.TransferPlans {

        @Override
        public TransferPlan ofPart(Transfer how, Part part, @Nullable Saved saved, boolean isRefused) {
            return of(how, how.overlap(), part, saved, isRefused);
        }

        @Override
        public TransferPlan seenFrom(TransferPlan plan, long more) {
            return new TransferPlan(plan.course, plan.buffer, plan.reads.movedBy(-more), plan.writes.movedBy(-more));
        }
    }

    /** {@return how the bytes are copied} */
    public Course course() {
        return course;
    }

    /**
     * {@return how many bytes of buffer an overlap needs. For {@link Course#BUFFERED} it is min(distance, n -
     * distance). In a copy between lists it is what earlier pieces overwrite. If the budget was too small, it is what
     * the copy would have needed. Otherwise it is 0}
     */
    public long buffer() {
        return buffer;
    }

    /**
     * {@return the number of machine accesses on one side}
     *
     * @param side the reads of the source, or the writes of the target
     */
    public long accesses(Direction side) {
        return steps(side).accesses();
    }

    private TransferSteps steps(Direction side) {
        return Objects.requireNonNull(side) == Direction.READ ? reads : writes;
    }

    /**
     * {@return how many of the accesses on one side are wider than the request, because the device accepts no narrower
     * ones. On the target each is a read of the unit, and a write of all of it}
     *
     * @param side the reads of the source, or the writes of the target
     */
    public long widened(Direction side) {
        return steps(side).widened();
    }

    /**
     * Visits each access of one side, in order.
     *
     * @param side the reads of the source, or the writes of the target
     * @param visitor is told offset and width of each
     */
    public void forEach(Direction side, AccessPlan.Visitor visitor) {
        forEachRun(side, (offset, width, count, descending) -> {
            for (long i = 0; i < count; i++) {
                visitor.access(offset + (descending ? -i : i) * width, width);
            }
        });
    }

    /**
     * Visits the accesses of one side in order, with one visit for each run of one width. There are few visits for
     * {@link Course#STRAIGHT}, and otherwise a few for each 4 KiB.
     *
     * @param side the reads of the source, or the writes of the target
     * @param visitor is told offset, width, count and direction of each run
     */
    public void forEachRun(Direction side, TransferRunVisitor visitor) {
        steps(side).visitRuns((offset, width, count, descending) -> {
            visitor.run(offset, width, count, descending);
            return true;
        });
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TransferPlan that
                && course == that.course
                && buffer == that.buffer
                && reads.equals(that.reads)
                && writes.equals(that.writes);
    }

    @Override
    public int hashCode() {
        return Objects.hash(course, buffer, reads, writes);
    }

    /**
     * {@return for example {@code BUFFERED 3, reads 1@3 4x8@8, writes 2@6 4x8@8}: widths and offsets as
     * {@link AccessPlan#toString} has them, {@code 4x8@32..8} where they descend; the first ones of a long plan}
     */
    @Override
    public String toString() {
        return course
                + (buffer > 0 ? " " + buffer : "")
                + (course == Course.REJECTED
                        ? ""
                        : ", reads" + runs(Direction.READ) + ", writes" + runs(Direction.WRITE) + widened());
    }

    private String widened() {
        long reads = widened(Direction.READ);
        long writes = widened(Direction.WRITE);
        return reads + writes == 0
                ? ""
                : ", of which " + reads + " reads and " + writes
                        + " writes are widened to the least unit of the device";
    }

    private String runs(Direction side) {
        StringBuilder text = new StringBuilder();
        int[] shown = {0};
        steps(side).visitRuns((offset, width, count, descending) -> {
            boolean more = shown[0]++ < MAX_SHOWN;
            if (more) {
                text.append(' ')
                        .append(count > 1 ? count + "x" : "")
                        .append(width)
                        .append('@')
                        .append(offset)
                        .append(descending ? ".." + (offset - (count - 1) * width) : "");
            }
            return more;
        });
        return text.append(shown[0] > MAX_SHOWN ? " …" : "").toString();
    }
}
