package org.hostmem;

import java.util.List;
import java.util.Objects;
import org.hostmem.engine.Mover;
import org.hostmem.engine.PartsTransfer;

/**
 * Copies bytes between accessors, or between lists of ranges of them, in a chosen order. The memory may be of any kind:
 * guest RAM and a BAR, two BARs, or one region. A value of this type says how to copy. The parameters of {@link #copy}
 * say what. Immutable.
 *
 * <p>Each source byte is read once and each target byte written once, by the accesses of the bulk plans of both sides
 * (R2, R4). The two plans may differ. Bytes pass through a block of 4 KiB, or go directly from one side to the other if
 * the same accesses are right on both sides. Regions may have any size. Every check comes before the first access.
 *
 * <p><b>Order.</b> {@link TransferOrder#ASCENDING} is the order of the target's units as another CPU or device sees
 * them, and the order of reading the source. It holds on weakly ordered ISAs, too. There are two exceptions. If less
 * than half of the source is overwritten, the bytes that would be lost are read first. In a {@linkplain #copy(List,
 * List) copy between lists}, the source bytes that an earlier piece overwrites are read first. {@link #plan} lists the
 * accesses before they are made.
 *
 * <p><b>Overlap</b> (R7) is found by address: between two views of a region, and between accessors that were opened on
 * the same mapping. It cannot be found between two mappings of the same file or device, nor between decorators of
 * accessors. If the target begins d bytes above the source, and d is less than the length n, an ascending copy needs a
 * buffer. Writing target byte i destroys source byte i + d. So when byte i is written, the source bytes from d to i + d
 * - 1 were overwritten. Those from i on are still needed, and exist only in the buffer. For i &gt;= d these are the
 * bytes i to min(i + d, n) - 1. They are at most min(d, n - d) bytes, and exactly as many at i = d. So no schedule
 * needs less.
 *
 * <p>Such a copy uses min(d, n - d) + 4224 bytes of memory, in whole pages of 4 KiB. The 4224 bytes are the block,
 * because shorter steps would cost more than they copy, and 128 bytes for cuts at multiples of 64, which no plan shows.
 * The budget does not count them, because they depend neither on d nor on n. Nothing is kept for a thread. All threads
 * share a few blocks, and a few buffers of 72 KiB for smaller copies: at least 16 and at most 256 of each. They also
 * share one buffer of up to 16 MiB, as long as the memory is not needed. A copy that finds no idle buffer has memory of
 * its own until it is over. No thread waits. A copy between lists always has a buffer of its own.
 *
 * <p><b>Long copies</b> are cut into calls of some 50 µs, so that they do not delay a safepoint. The cuts change no
 * access.
 */
public final class Transfer {

    /**
     * Copies {@link TransferOrder#ASCENDING}, keeps that order ({@link OverlapPolicy#KEEP_ORDER}) with up to 64 KiB of
     * buffer, and reports no progress.
     */
    public static final Transfer DEFAULT =
            new Transfer(TransferOrder.ASCENDING, OverlapPolicy.KEEP_ORDER, 1 << 16, Progress.NONE);

    private final TransferOrder order;
    private final OverlapPolicy overlap;
    private final long budget;
    private final Progress progress;

    private Transfer(TransferOrder order, OverlapPolicy overlap, long budget, Progress progress) {
        this.order = Objects.requireNonNull(order);
        this.overlap = Objects.requireNonNull(overlap);
        this.budget = budget;
        this.progress = Objects.requireNonNull(progress);
    }

    /**
     * Gets the progress of a transfer. The thread that copies calls it between machine accesses. It may make copies
     * itself, and must not throw.
     */
    @FunctionalInterface
    public interface Progress {
        /** Lets every transfer go on. */
        Progress NONE = (completed, length) -> true;

        /**
         * Called every 64 KiB or so, and at the end of each {@link Piece}.
         *
         * @param completed bytes so far
         * @param length of the whole transfer
         * @return whether to go on
         */
        boolean goOn(long completed, long length);
    }

    /**
     * How far a transfer came.
     *
     * @param completed bytes that were read and written: the first ones, or the last ones of a descending move. After
     *     an overlap, source bytes that were not copied may be overwritten
     * @param length that was asked for
     */
    public record Result(long completed, long length) {
        /** {@return whether all was done; otherwise the listener stopped it} */
        public boolean isComplete() {
            return completed == length;
        }
    }

    /**
     * A part of a region, to gather from or scatter to.
     *
     * @param accessor of the region
     * @param offset of the first byte
     * @param length in bytes
     */
    public record Span(HostMemoryAccessor accessor, long offset, long length) {
        /**
         * Checks that nothing is negative.
         *
         * @throws IllegalArgumentException if it is
         */
        public Span {
            Objects.requireNonNull(accessor);
            if ((offset | length) < 0) {
                throw new IllegalArgumentException("a range of " + length + " bytes at offset 0x"
                        + Long.toHexString(offset) + ": the length and the offset must be 0 to 0x7fffffffffffffff");
            }
        }
    }

    /** {@return the order of the units} */
    public TransferOrder order() {
        return order;
    }

    /** {@return what becomes of that order where the target overlaps the source} */
    public OverlapPolicy overlap() {
        return overlap;
    }

    /** {@return the most bytes of the source that may be kept in a buffer} */
    public long budget() {
        return budget;
    }

    /** {@return the listener that gets the progress, and may stop the transfer} */
    public Progress progress() {
        return progress;
    }

    /**
     * {@return the same, in another order}
     *
     * @param order the new one
     */
    public Transfer with(TransferOrder order) {
        return new Transfer(order, overlap, budget, progress);
    }

    /**
     * {@return the same, with another policy for an overlap}
     *
     * @param overlap the new one
     */
    public Transfer with(OverlapPolicy overlap) {
        return new Transfer(order, overlap, budget, progress);
    }

    /**
     * {@return the same, with another limit of the buffer} Only {@link OverlapPolicy#KEEP_ORDER} needs a buffer.
     *
     * @param budget the most bytes of the source that may be kept
     */
    public Transfer withBudget(long budget) {
        return new Transfer(order, overlap, budget, progress);
    }

    /**
     * {@return the same, with a listener for the progress}
     *
     * @param progress the listener
     */
    public Transfer with(Progress progress) {
        return new Transfer(order, overlap, budget, progress);
    }

    /**
     * Copies.
     *
     * @param source to read
     * @param from offset of the first source byte
     * @param target to write
     * @param to offset of the first target byte
     * @param length in bytes
     * @return how far it came
     * @throws AccessRejectedException before the first byte, if the ranges overlap and the policy is REJECT, or
     *     KEEP_ORDER needs more than the budget
     * @throws HostMemoryException before the first byte, if the host cannot allocate the buffer that the budget allows
     * @throws RegionFaultException at the access that faulted: a read of the source or a write of the target. Exactly
     *     the bytes that it counts were copied. If an overlap is buffered, some more may have been read
     */
    public Result copy(HostMemoryAccessor source, long from, HostMemoryAccessor target, long to, long length) {
        return Mover.copy(this, source, from, target, to, length);
    }

    /**
     * {@return the machine accesses that {@link #copy(HostMemoryAccessor, long, HostMemoryAccessor, long, long) copy}
     * turns into, before it is made}
     *
     * <p>It checks what the copy would check, with the same exceptions. If the overlap policy refuses the copy, the
     * plan is {@linkplain TransferPlan.Course#REJECTED rejected}.
     *
     * @param source to read
     * @param from offset of the first source byte
     * @param target to write
     * @param to offset of the first target byte
     * @param length in bytes
     */
    public TransferPlan plan(HostMemoryAccessor source, long from, HostMemoryAccessor target, long to, long length) {
        return TransferPlan.of(this, source, from, target, to, length);
    }

    /**
     * Gathers and scatters: copies the bytes of some ranges, one range after the other, to other ranges of the same
     * total length. The target gets what the source had before the first byte was written (R7), whatever overlaps:
     * views, accessors of the same memory, and a range that comes twice. Where targets overlap each other, the last one
     * counts.
     *
     * <p>Each piece that lies in one source and one target range is a copy of its own, in the order of the lists.
     * Consecutive ranges of one accessor are one piece. Under {@link OverlapPolicy#KEEP_ORDER} that is the order of the
     * target's bytes. If an earlier piece overwrites source bytes of a later one, these bytes are read before the first
     * byte is written. The budget counts them, and the buffer of the piece that needs the largest one. It counts
     * neither the block nor up to 128 more bytes for each stretch. {@link OverlapPolicy#MEMMOVE_ORDER} goes through the
     * pieces forwards, or backwards if only that is right. {@link OverlapPolicy#REJECT} refuses if any source overlaps
     * any target.
     *
     * @param sources to read
     * @param targets to write
     * @return how far it came
     * @throws IllegalArgumentException if the total lengths differ, or are 2<sup>63</sup> or more
     * @throws AccessRejectedException before the first byte, if the policy is REJECT and there is an overlap, if
     *     KEEP_ORDER needs more than the budget, if MEMMOVE_ORDER is right in neither direction, or if a piece is not
     *     within the {@linkplain AccessOptions#limits limits} of its region
     * @throws HostMemoryException before the first byte, if the host cannot allocate the buffer that the budget allows
     * @throws RegionFaultException as {@link #copy(HostMemoryAccessor, long, HostMemoryAccessor, long, long)}, with the
     *     bytes of all pieces before it
     */
    public Result copy(List<Span> sources, List<Span> targets) {
        sources = List.copyOf(sources);
        targets = List.copyOf(targets);
        long length = checkedLength(sources, targets);
        return new Result(new PartsTransfer(this, sources, targets).copy(length), length);
    }

    /**
     * A piece of a {@linkplain #copy(List, List) copy between lists}. It lies in one source range and in one target
     * range.
     *
     * @param source the part of the source range
     * @param target the part of the target range
     * @param plan of the bytes from the one to the other
     */
    public record Piece(Span source, Span target, TransferPlan plan) {}

    /**
     * {@return the machine accesses that {@link #copy(List, List) copy} turns into, before it is made, piece by piece
     * in the order that they are written in}
     *
     * <p>If a piece is {@linkplain TransferPlan.Course#BUFFERED buffered} because an earlier piece would overwrite its
     * source, the reads of these bytes come first in its plan. They are made before the first piece. The ranges are
     * checked as by the copy, with the same exceptions. A piece is {@linkplain TransferPlan.Course#REJECTED rejected}
     * if the overlap policy refuses it, or if a device accepts its range but not the piece of it. If one piece is
     * rejected, the copy is refused before its first byte.
     *
     * @param sources to read
     * @param targets to write
     * @throws IllegalArgumentException if the total lengths differ, or are 2<sup>63</sup> or more
     */
    public List<Piece> plan(List<Span> sources, List<Span> targets) {
        sources = List.copyOf(sources);
        targets = List.copyOf(targets);
        checkedLength(sources, targets);
        return new PartsTransfer(this, sources, targets).plan();
    }

    private long checkedLength(List<Span> sources, List<Span> targets) {
        long length = checked(sources, Direction.READ);
        long room = checked(targets, Direction.WRITE);
        if (length != room) {
            throw new IllegalArgumentException(
                    "the sources have " + length + " bytes and the targets " + room + ": give both the same length");
        }
        return length;
    }

    private long checked(List<Span> ranges, Direction direction) {
        long length = 0;
        for (Span range : ranges) {
            range.accessor.check(direction, range.offset, range.length, order);
            length += range.length;
            if (length < 0) {
                throw new IllegalArgumentException("the ranges to " + (direction == Direction.READ ? "read" : "write")
                        + " have 2^63 bytes or more together: copy fewer at once");
            }
        }
        return length;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Transfer that
                && order == that.order
                && overlap == that.overlap
                && budget == that.budget
                && progress.equals(that.progress);
    }

    @Override
    public int hashCode() {
        return Objects.hash(order, overlap, budget, progress);
    }

    /** {@return for example {@code ASCENDING, KEEP_ORDER with a budget of 65536 bytes}} */
    @Override
    public String toString() {
        return order + ", " + overlap + " with a budget of " + budget + " bytes";
    }
}
