package org.hostmem;

import java.util.Objects;
import org.hostmem.engine.LimitedUnits;

/**
 * Says which accesses a device accepts: the widths of its units, their alignment, and how 8 bytes reach it. The rules
 * of the ISA hold as well. Immutable and thread-safe.
 *
 * <p>A register block behind a bridge may accept units of 4 bytes only. A counter of 8 bytes may need its low half read
 * first. A server or a kernel may carry at most 4 bytes at once. All of these are limits. The first is
 * {@code DeviceLimits.NONE.withUnits(4, 4).withAlignment()}.
 *
 * <p><b>Units.</b> Every access that reaches the device is a unit: at least {@link #least} and at most {@link #widest}
 * bytes. Bulk transfers, fills and moves have aligned units under any limits (R4). A scalar that is too wide is cut or
 * refused ({@link Wider}), and one that is too narrow is refused or widened ({@link Narrower}). A refused request
 * throws an {@link AccessRejectedException} before the first byte, and its plan is {@link AccessPlan.Verdict#REJECTED}.
 *
 * <p><b>Bulk.</b> If a transfer does not begin and end at multiples of the least unit, its ends are too narrow.
 * {@link HostMemoryAccessor#check} checks limits as for a transfer of that length, not as for a scalar.
 *
 * <p><b>Atomics.</b> Atomics that are wider or narrower than a unit are refused.
 * {@linkplain HostMemoryAccessor#asSegment Segments} are refused too, because they cannot obey limits.
 *
 * <p>Users give them in {@link AccessOptions}, when they open a region or map a {@link org.hostmem.guest.DeviceModel}.
 */
public final class DeviceLimits {

    /** How 8 bytes reach the device. */
    public enum Eight {
        /** 8 bytes are one access, where {@link #widest} allows it. */
        WHOLE,
        /**
         * 8 bytes are two accesses of 4 bytes, the one at the lower offset first: the low half of a little-endian
         * register.
         */
        LOW_FIRST,
        /**
         * 8 bytes are two accesses of 4 bytes, the one at the higher offset first: the high half of a little-endian
         * register.
         */
        HIGH_FIRST
    }

    /** What becomes of a scalar that is wider than the widest unit. */
    public enum Wider {
        /**
         * It is cut into units, ascending or as {@link Eight} says, and its plan is {@link AccessPlan.Verdict#SPLIT}.
         */
        CUT,
        /** It is refused. */
        REFUSE
    }

    /** What becomes of an access that is narrower than the least unit. */
    public enum Narrower {
        /** It is refused. */
        REFUSE,
        /**
         * It is widened to the least unit around it. A read reads the unit and returns its part. A write reads the
         * unit, changes its part and writes all of it. This is wrong for a register whose reads or writes have an
         * effect. The two accesses are not atomic: a write of somebody else to the same unit may be lost.
         */
        READ_MODIFY_WRITE
    }

    /** The widest unit of any ISA, in bytes. */
    static final int WIDEST = 64;

    private static final int WIDEST_SCALAR = 8;

    /** No limits: the device accepts all accesses that the ISA allows. */
    public static final DeviceLimits NONE =
            new DeviceLimits(1, WIDEST, false, Eight.WHOLE, Wider.CUT, Narrower.REFUSE, "");

    private final int least;
    private final int widest;
    private final boolean aligned;
    private final Eight eight;
    private final Wider wider;
    private final Narrower narrower;
    private final String imposedBy;

    private DeviceLimits(
            int least, int widest, boolean aligned, Eight eight, Wider wider, Narrower narrower, String imposedBy) {
        this.least = least;
        this.widest = widest;
        this.aligned = aligned;
        this.eight = Objects.requireNonNull(eight);
        this.wider = Objects.requireNonNull(wider);
        this.narrower = Objects.requireNonNull(narrower);
        this.imposedBy = Objects.requireNonNull(imposedBy);
    }

    private DeviceLimits checked() {
        if (eight != Eight.WHOLE && (least > 4 || widest < 4)) {
            throw new IllegalArgumentException("8 bytes cannot be two halves of 4 if units have " + least + " to "
                    + widest + " bytes: allow units of 4 bytes");
        }
        if (narrower == Narrower.READ_MODIFY_WRITE && least > WIDEST_SCALAR) {
            throw new IllegalArgumentException("a read-modify-write cannot change a least unit of " + least
                    + " bytes: choose a least unit of up to 8 bytes");
        }
        return this;
    }

    /**
     * {@return these limits with units of other widths}
     *
     * @param least unit in bytes: 1, 2, 4, 8, 16, 32 or 64
     * @param widest unit in bytes: one of the same, not less than {@code least}; 64 means no limit
     * @throws IllegalArgumentException if the widths are others
     */
    public DeviceLimits withUnits(int least, int widest) {
        if (!isUnit(least) || !isUnit(widest) || least > widest) {
            throw new IllegalArgumentException("units of " + least + " to " + widest
                    + " bytes: allowed are 1, 2, 4, 8, 16, 32 and 64, and the least must not exceed the widest");
        }
        return new DeviceLimits(least, widest, aligned, eight, wider, narrower, imposedBy).checked();
    }

    private static boolean isUnit(int width) {
        return width > 0 && width <= WIDEST && Integer.bitCount(width) == 1;
    }

    /**
     * {@return these limits for a device that accepts a unit only at a multiple of its width. An unaligned scalar is
     * cut or refused by {@link UnalignedPolicy} on every host}
     */
    public DeviceLimits withAlignment() {
        return new DeviceLimits(least, widest, true, eight, wider, narrower, imposedBy);
    }

    /**
     * {@return these limits with 8 bytes carried in another way}
     *
     * <p>With halves, no unit is wider than 4 bytes. An ascending transfer has its 8-byte units in ascending order, and
     * each of them as two halves.
     *
     * @param eight the new one
     * @throws IllegalArgumentException if they are halves, and the device does not accept 4 bytes
     */
    public DeviceLimits with(Eight eight) {
        return new DeviceLimits(least, widest, aligned, eight, wider, narrower, imposedBy).checked();
    }

    /**
     * {@return these limits with another rule for scalars that are too wide}
     *
     * @param wider the new one
     */
    public DeviceLimits with(Wider wider) {
        return new DeviceLimits(least, widest, aligned, eight, wider, narrower, imposedBy);
    }

    /**
     * {@return these limits with another rule for accesses that are too narrow}
     *
     * @param narrower the new one
     * @throws IllegalArgumentException if it is read-modify-write, and the least unit is wider than 8 bytes
     */
    public DeviceLimits with(Narrower narrower) {
        return new DeviceLimits(least, widest, aligned, eight, wider, narrower, imposedBy).checked();
    }

    /**
     * {@return these limits with the name of what imposes them, for messages and {@link #toString}}
     *
     * @param who for people, for example {@code pread and pwrite}; empty for the device itself
     */
    public DeviceLimits imposedBy(String who) {
        return new DeviceLimits(least, widest, aligned, eight, wider, narrower, who);
    }

    /** {@return the least unit in bytes} */
    public int least() {
        return least;
    }

    /** {@return the widest unit in bytes; 64 means no limit} */
    public int widest() {
        return widest;
    }

    /** {@return whether the device accepts only aligned units} */
    public boolean isAligned() {
        return aligned;
    }

    /** {@return how 8 bytes reach the device} */
    public Eight eight() {
        return eight;
    }

    /** {@return what becomes of a scalar that is wider than the widest unit} */
    public Wider wider() {
        return wider;
    }

    /** {@return what becomes of an access that is narrower than the least unit} */
    public Narrower narrower() {
        return narrower;
    }

    /** {@return whether these limits allow everything} */
    public boolean isNone() {
        return least == 1 && widest == WIDEST && !aligned && eight == Eight.WHOLE;
    }

    /**
     * {@return limits that obey both these and others, for example those of a device and those of the way to it}
     *
     * <p>If no unit is allowed by both, every access is refused.
     *
     * @param other limits to obey as well
     * @throws IllegalArgumentException if one needs the low half first, and the other the high half
     */
    public DeviceLimits and(DeviceLimits other) {
        if (isNone() || other.isNone()) {
            return isNone() ? other : this;
        }
        if (eight != Eight.WHOLE && other.eight != Eight.WHOLE && eight != other.eight) {
            throw new IllegalArgumentException(
                    "these limits need different halves of 8 bytes first: " + this + "; " + other);
        }
        int both = Math.min(widest, other.widest);
        Eight halves = both < 4 ? Eight.WHOLE : eight == Eight.WHOLE ? other.eight : eight;
        boolean refuses =
                (wider == Wider.REFUSE && widest < WIDEST) || (other.wider == Wider.REFUSE && other.widest < WIDEST);
        boolean widens = widens()
                && other.widens()
                && (narrower == Narrower.READ_MODIFY_WRITE || other.narrower == Narrower.READ_MODIFY_WRITE)
                && Math.max(least, other.least) <= WIDEST_SCALAR;
        String who = imposedBy.isEmpty() || imposedBy.equals(other.imposedBy)
                ? other.imposedBy
                : other.imposedBy.isEmpty() ? imposedBy : imposedBy + ", " + other.imposedBy;
        return new DeviceLimits(
                Math.max(least, other.least),
                both,
                aligned || other.aligned,
                halves,
                refuses ? Wider.REFUSE : Wider.CUT,
                widens ? Narrower.READ_MODIFY_WRITE : Narrower.REFUSE,
                who);
    }

    private boolean widens() {
        return least == 1 || narrower == Narrower.READ_MODIFY_WRITE;
    }

    /**
     * {@return the rules of memory behind these limits. No unit is wider than the widest, and an unaligned scalar is
     * one access only if the device accepts it}
     *
     * @param rules of the ISA
     */
    public AccessRules within(AccessRules rules) {
        return isNone() ? rules : new LimitedUnits(this, rules, UnalignedPolicy.SPLIT).rules();
    }

    /**
     * {@return the plan of a scalar within these limits: what an accessor of these limits does}
     *
     * @param rules of the host ISA and the region's cache mode
     * @param policy for an unaligned access that the rules or these limits do not allow
     * @param address of the first byte: its alignment counts
     * @param offset of the same byte in the region
     * @param width 1, 2, 4 or 8
     * @throws IllegalArgumentException if the width is another
     */
    public AccessPlan planScalar(AccessRules rules, UnalignedPolicy policy, long address, long offset, int width) {
        Objects.requireNonNull(policy);
        return isNone()
                ? AccessPlan.scalar(rules, policy, address, offset, width)
                : new LimitedUnits(this, rules, policy).planScalar(address, offset, width);
    }

    /**
     * {@return the plan of a bulk transfer within these limits: what an accessor of these limits does}
     *
     * @param rules of the host ISA and the region's cache mode
     * @param direction read or write
     * @param order of the transfer
     * @param address of the first byte on the device side: its alignment alone decides
     * @param offset of the same byte in the region
     * @param length in bytes, 0 or more
     * @throws IllegalArgumentException if the length is negative
     */
    public AccessPlan planBulk(
            AccessRules rules, Direction direction, TransferOrder order, long address, long offset, long length) {
        return isNone()
                ? AccessPlan.bulk(rules, direction, order, address, offset, length)
                : new LimitedUnits(this, rules, UnalignedPolicy.SPLIT)
                        .planBulk(direction, order, address, offset, length);
    }

    /**
     * Checks whether these limits allow an aligned scalar. Allocates nothing.
     *
     * @param rules of the host ISA and the region's cache mode
     * @param offset of the first byte, for the message
     * @param width 1, 2, 4 or 8
     * @throws AccessRejectedException if the limits refuse it
     */
    public void checkAligned(AccessRules rules, long offset, int width) {
        if (!isNone()) {
            LimitedUnits.checkAligned(this, rules, offset, width);
        }
    }

    /**
     * {@return whether a scalar is refused if it crosses from this device's memory to another one: because it is too
     * wide, or because two memories cannot keep the order of its halves}
     *
     * @param rules of the host ISA and the region's cache mode
     * @param width 1, 2, 4 or 8
     */
    public boolean refusesAcross(AccessRules rules, int width) {
        return !isNone() && LimitedUnits.isRefusedAcross(this, rules, width);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DeviceLimits that
                && least == that.least
                && widest == that.widest
                && aligned == that.aligned
                && eight == that.eight
                && wider == that.wider
                && narrower == that.narrower
                && imposedBy.equals(that.imposedBy);
    }

    @Override
    public int hashCode() {
        return Objects.hash(least, widest, aligned, eight, wider, narrower, imposedBy);
    }

    /** {@return for example {@code units of 4 to 8 bytes, aligned, 8 bytes high half first}} */
    @Override
    public String toString() {
        return (least == widest ? "units of " + least : "units of " + least + " to " + widest)
                + (widest == 1 ? " byte" : " bytes")
                + (aligned ? ", aligned" : "")
                + (eight == Eight.WHOLE
                        ? ""
                        : eight == Eight.LOW_FIRST ? ", 8 bytes low half first" : ", 8 bytes high half first")
                + (wider == Wider.CUT ? "" : ", wider refused")
                + (narrower == Narrower.REFUSE ? "" : ", less by read-modify-write")
                + (imposedBy.isEmpty() ? "" : " (" + imposedBy + ")");
    }
}
