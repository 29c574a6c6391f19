package org.hostmem;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.hostmem.engine.Checks;

/**
 * Says which accesses one ISA allows on memory of one {@link CacheMode}: their widths, their alignment, and the
 * barriers. Rules are data: they can be printed for every ISA on any host. Immutable.
 */
public final class AccessRules {
    private final String isa;
    private final CacheMode cacheMode;
    private final AnsweredBy answeredBy;
    private final Map<Integer, Unaligned> unaligned;
    private final int widestRead;
    private final int widestWrite;
    private final int widestAscending;
    private final Map<Barrier, String> barriers;
    private final String unobserved;
    private final List<String> notes;
    private final String source;

    private AccessRules(
            String isa,
            CacheMode cacheMode,
            AnsweredBy answeredBy,
            Map<Integer, Unaligned> unaligned,
            int widestRead,
            int widestWrite,
            int widestAscending,
            Map<Barrier, String> barriers,
            String unobserved,
            List<String> notes,
            String source) {
        Objects.requireNonNull(isa);
        Objects.requireNonNull(cacheMode);
        Objects.requireNonNull(answeredBy);
        unaligned = Map.copyOf(unaligned);
        barriers = Map.copyOf(barriers);
        Objects.requireNonNull(unobserved);
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
        this.isa = isa;
        this.cacheMode = cacheMode;
        this.answeredBy = answeredBy;
        this.unaligned = unaligned;
        this.widestRead = widestRead;
        this.widestWrite = widestWrite;
        this.widestAscending = widestAscending;
        this.barriers = barriers;
        this.unobserved = unobserved;
        this.notes = notes;
        this.source = source;
    }

    /** {@return the host ISA, for example {@code x86_64}} */
    public String isa() {
        return isa;
    }

    /** {@return the mode these rules are for} */
    public CacheMode cacheMode() {
        return cacheMode;
    }

    /**
     * {@return who answers the accesses. Where it may be a hypervisor, device memory has the units that hypervisors
     * decode}
     */
    public AnsweredBy answeredBy() {
        return answeredBy;
    }

    /** {@return what an unaligned scalar of 2, 4 or 8 bytes does: see {@link #unaligned(int)}} */
    public Map<Integer, Unaligned> unaligned() {
        return unaligned;
    }

    /**
     * {@return the widest unit of a bulk read, in bytes, a power of two; legal only at a multiple of itself, and single
     * only up to 8}
     */
    public int widestRead() {
        return widestRead;
    }

    /** {@return the same for a bulk write} */
    public int widestWrite() {
        return widestWrite;
    }

    /**
     * {@return the widest unit of an ASCENDING transfer, if it is less than the others. On NORMAL memory such a unit is
     * single-copy atomic, as the ISA or the vendor documents it}
     */
    public int widestAscending() {
        return widestAscending;
    }

    /** {@return the instructions of each barrier; an empty text means that program order suffices} */
    public Map<Barrier, String> barriers() {
        return barriers;
    }

    /**
     * {@return what an {@link TransferOrder#UNOBSERVED} transfer is made with, for people. An empty text means that it
     * is made as a {@link TransferOrder#RELAXED} one, as on all device memory}
     */
    public String unobserved() {
        return unobserved;
    }

    /** {@return errata and features that went into these rules, for people} */
    public List<String> notes() {
        return notes;
    }

    /** {@return the manual or kernel file these rules come from} */
    public String source() {
        return source;
    }

    /** What happens to an unaligned scalar on this host. */
    public enum Unaligned {
        /** One instruction makes the access. The bus may still divide it. */
        SINGLE,
        /**
         * The hardware, the kernel or the firmware would cut it silently. So Hostmem cuts it itself, as the plan says.
         */
        SPLIT,
        /** It faults. */
        ILLEGAL
    }

    /**
     * {@return the strictest rules of an ISA: an unaligned scalar is illegal, no unit is wider than 8 bytes, and
     * hardware answers}
     *
     * @param isa the host ISA, for example {@code x86_64}
     * @param mode the mode these rules are for
     * @param barriers the instructions of each barrier; an empty text means that program order suffices
     * @param source the manual or kernel file these rules come from
     * @throws IllegalArgumentException if a barrier has no instruction
     */
    public static AccessRules strictest(String isa, CacheMode mode, Map<Barrier, String> barriers, String source) {
        return new AccessRules(
                isa, mode, AnsweredBy.HARDWARE, unaligned(Unaligned.ILLEGAL), 8, 8, 8, barriers, "", List.of(), source);
    }

    private static Map<Integer, Unaligned> unaligned(Unaligned all) {
        return Map.of(2, all, 4, all, 8, all);
    }

    /**
     * {@return the same rules, with another one for an unaligned scalar of each width}
     *
     * @param all the new one
     */
    public AccessRules with(Unaligned all) {
        return withUnaligned(unaligned(all));
    }

    /**
     * {@return the same rules, with others for unaligned scalars}
     *
     * @param unaligned what one of 2, 4 or 8 bytes does
     * @throws IllegalArgumentException if a width has none
     */
    public AccessRules withUnaligned(Map<Integer, Unaligned> unaligned) {
        return new AccessRules(
                isa,
                cacheMode,
                answeredBy,
                unaligned,
                widestRead,
                widestWrite,
                widestAscending,
                barriers,
                unobserved,
                notes,
                source);
    }

    /**
     * {@return the same rules, with other widest units}
     *
     * @param read of a bulk read, in bytes
     * @param write of a bulk write
     * @param ascending of an ASCENDING transfer, if it is less than the others
     * @throws IllegalArgumentException if one is not a power of two
     */
    public AccessRules withWidest(int read, int write, int ascending) {
        return new AccessRules(
                isa, cacheMode, answeredBy, unaligned, read, write, ascending, barriers, unobserved, notes, source);
    }

    /**
     * {@return the same rules, with other barriers}
     *
     * @param barriers the instructions of each; an empty text means that program order suffices
     * @throws IllegalArgumentException if a barrier has no instruction
     */
    public AccessRules withBarriers(Map<Barrier, String> barriers) {
        return new AccessRules(
                isa,
                cacheMode,
                answeredBy,
                unaligned,
                widestRead,
                widestWrite,
                widestAscending,
                barriers,
                unobserved,
                notes,
                source);
    }

    /**
     * {@return the same rules, with another way to make {@link TransferOrder#UNOBSERVED} transfers}
     *
     * @param how they are made; empty if as RELAXED ones
     * @throws IllegalArgumentException if it is not empty and the rules are of device memory
     */
    public AccessRules withUnobserved(String how) {
        if (!how.isEmpty() && cacheMode.needsExactAccesses()) {
            throw new IllegalArgumentException("an UNOBSERVED transfer of " + cacheMode
                    + " memory is a RELAXED one, because the device sees each access: give an empty text");
        }
        return new AccessRules(
                isa,
                cacheMode,
                answeredBy,
                unaligned,
                widestRead,
                widestWrite,
                widestAscending,
                barriers,
                how,
                notes,
                source);
    }

    /**
     * {@return the same rules, with other notes}
     *
     * @param notes errata and features that went into these rules, for people
     */
    public AccessRules withNotes(List<String> notes) {
        return new AccessRules(
                isa,
                cacheMode,
                answeredBy,
                unaligned,
                widestRead,
                widestWrite,
                widestAscending,
                barriers,
                unobserved,
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
                isa,
                cacheMode,
                who,
                unaligned,
                widestRead,
                widestWrite,
                widestAscending,
                barriers,
                unobserved,
                notes,
                source);
    }

    /**
     * {@return the same rules with no unit wider than a scalar of 8 bytes, for memory that somebody else answers}
     *
     * @param who answers
     */
    public AccessRules scalarsOnly(AnsweredBy who) {
        return answered(who)
                .withWidest(Math.min(8, widestRead), Math.min(8, widestWrite), Math.min(8, widestAscending));
    }

    private static boolean isPowerOfTwo(int width) {
        return width > 0 && Integer.bitCount(width) == 1;
    }

    /**
     * {@return what happens to an unaligned scalar on this host}
     *
     * @param width 1, 2, 4 or 8 bytes; a single byte is always aligned
     * @throws IllegalArgumentException if the width is another
     */
    public Unaligned unaligned(int width) {
        Unaligned rule = width == 1 ? Unaligned.SINGLE : unaligned.get(width);
        if (rule == null) {
            throw Checks.noScalarWidth(width);
        }
        return rule;
    }

    /**
     * {@return the widest unit of a bulk transfer, in bytes; of an UNOBSERVED one, that of a RELAXED one}
     *
     * @param direction read or write
     * @param order of the transfer
     */
    public int widest(Direction direction, TransferOrder order) {
        int widest = direction == Direction.READ ? widestRead : widestWrite;
        return order == TransferOrder.ASCENDING ? Math.min(widest, widestAscending) : widest;
    }

    /**
     * {@return whether the machine chooses the units of a transfer, so that its plan has none: it is
     * {@link TransferOrder#UNOBSERVED}, on NORMAL memory}
     *
     * @param order of the transfer
     */
    public boolean choosesUnits(TransferOrder order) {
        return order == TransferOrder.UNOBSERVED && !unobserved.isEmpty();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AccessRules that
                && isa.equals(that.isa)
                && cacheMode.equals(that.cacheMode)
                && answeredBy.equals(that.answeredBy)
                && unaligned.equals(that.unaligned)
                && widestRead == that.widestRead
                && widestWrite == that.widestWrite
                && widestAscending == that.widestAscending
                && barriers.equals(that.barriers)
                && unobserved.equals(that.unobserved)
                && notes.equals(that.notes)
                && source.equals(that.source);
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                isa,
                cacheMode,
                answeredBy,
                unaligned,
                widestRead,
                widestWrite,
                widestAscending,
                barriers,
                unobserved,
                notes,
                source);
    }

    @Override
    public String toString() {
        return "AccessRules[isa=" + isa + ", cacheMode=" + cacheMode + ", answeredBy=" + answeredBy + ", unaligned="
                + unaligned + ", widestRead=" + widestRead + ", widestWrite=" + widestWrite + ", widestAscending="
                + widestAscending + ", barriers=" + barriers + ", unobserved=" + unobserved + ", notes=" + notes
                + ", source=" + source + "]";
    }
}
