package org.hostmem;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What one ISA allows on memory of one {@link CacheMode}, whoever answers: data that can be printed for every ISA on
 * any host. Immutable.
 *
 * @param isa the host ISA, for example {@code x86_64}
 * @param cacheMode the mode these rules are for
 * @param answeredBy who answers the accesses that these rules are for: where it may be a hypervisor, device memory has
 *     the units that hypervisors decode
 * @param unaligned what an unaligned scalar of 2, 4 or 8 bytes does: see {@link #unaligned(int)}
 * @param widestRead the widest unit of a bulk read, in bytes, a power of two; legal only at a multiple of itself, and
 *     single only up to 8
 * @param widestWrite the same for a bulk write
 * @param widestAscending the widest unit of an ASCENDING transfer, if it is less than the others: on NORMAL memory no
 *     more than what the ISA or the vendor documents as single-copy atomic, so that no part of a unit is seen before
 *     another
 * @param barriers the instructions of each barrier; an empty text means that program order suffices
 * @param notes errata and features that went into these rules, for people
 * @param source the manual or kernel file these rules come from
 */
public record AccessRules(
        String isa,
        CacheMode cacheMode,
        AnsweredBy answeredBy,
        Map<Integer, Unaligned> unaligned,
        int widestRead,
        int widestWrite,
        int widestAscending,
        Map<Barrier, String> barriers,
        List<String> notes,
        String source) {

    /** What the host makes of an unaligned scalar access. */
    public enum Unaligned {
        /** One instruction does it; the bus may still carry it in pieces. */
        SINGLE,
        /** The hardware, the kernel or the firmware would cut it up silently: software does it in the open instead. */
        SPLIT,
        /** It faults. */
        ILLEGAL
    }

    /**
     * Checks that the widths are powers of two and every scalar width has a rule.
     *
     * @throws IllegalArgumentException if not
     */
    public AccessRules {
        Objects.requireNonNull(isa);
        Objects.requireNonNull(cacheMode);
        Objects.requireNonNull(answeredBy);
        unaligned = Map.copyOf(unaligned);
        barriers = Map.copyOf(barriers);
        notes = List.copyOf(notes);
        Objects.requireNonNull(source);
        if (!isPowerOfTwo(widestRead) || !isPowerOfTwo(widestWrite) || !isPowerOfTwo(widestAscending)) {
            throw new IllegalArgumentException("widest units " + widestRead + ", " + widestWrite + " and "
                    + widestAscending + " must be powers of two");
        }
        for (int width : new int[] {2, 4, 8}) {
            if (!unaligned.containsKey(width)) {
                throw new IllegalArgumentException("no rule for an unaligned access of " + width + " bytes");
            }
        }
        for (Barrier purpose : Barrier.values()) {
            if (!barriers.containsKey(purpose)) {
                throw new IllegalArgumentException("no instruction for the barrier " + purpose);
            }
        }
    }

    /**
     * Rules of what hardware answers.
     *
     * @param isa the host ISA
     * @param cacheMode the mode these rules are for
     * @param unaligned what an unaligned scalar of 2, 4 or 8 bytes does
     * @param widestRead the widest unit of a bulk read
     * @param widestWrite the widest unit of a bulk write
     * @param widestAscending the widest unit of an ASCENDING transfer
     * @param barriers the instructions of each barrier
     * @param notes errata and features, for people
     * @param source the manual or kernel file these rules come from
     * @throws IllegalArgumentException as of all components
     */
    public AccessRules(
            String isa,
            CacheMode cacheMode,
            Map<Integer, Unaligned> unaligned,
            int widestRead,
            int widestWrite,
            int widestAscending,
            Map<Barrier, String> barriers,
            List<String> notes,
            String source) {
        this(
                isa,
                cacheMode,
                AnsweredBy.HARDWARE,
                unaligned,
                widestRead,
                widestWrite,
                widestAscending,
                barriers,
                notes,
                source);
    }

    /**
     * {@return the same rules, for memory that somebody else answers}
     *
     * @param who answers
     */
    public AccessRules answered(AnsweredBy who) {
        return new AccessRules(
                isa, cacheMode, who, unaligned, widestRead, widestWrite, widestAscending, barriers, notes, source);
    }

    /**
     * {@return the same rules with no unit wider than a scalar of 8 bytes, for memory that somebody else answers}
     *
     * @param who answers
     */
    public AccessRules scalarsOnly(AnsweredBy who) {
        return new AccessRules(
                isa,
                cacheMode,
                who,
                unaligned,
                Math.min(8, widestRead),
                Math.min(8, widestWrite),
                Math.min(8, widestAscending),
                barriers,
                notes,
                source);
    }

    private static boolean isPowerOfTwo(int width) {
        return width > 0 && Integer.bitCount(width) == 1;
    }

    /**
     * {@return what the host makes of an unaligned scalar}
     *
     * @param width 1, 2, 4 or 8 bytes; a single byte is always aligned
     */
    public Unaligned unaligned(int width) {
        return width == 1 ? Unaligned.SINGLE : unaligned.get(width);
    }

    /**
     * {@return the widest unit of a bulk transfer, in bytes}
     *
     * @param direction read or write
     * @param order of the transfer
     */
    public int widest(Direction direction, TransferOrder order) {
        int widest = direction == Direction.READ ? widestRead : widestWrite;
        return order == TransferOrder.ASCENDING ? Math.min(widest, widestAscending) : widest;
    }
}
