package org.hostmem.engine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.hostmem.AccessPlan;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.AccessRules;
import org.hostmem.AccessRules.Unaligned;
import org.hostmem.DeviceLimits;
import org.hostmem.DeviceLimits.Eight;
import org.hostmem.DeviceLimits.Narrower;
import org.hostmem.DeviceLimits.Wider;
import org.hostmem.Direction;
import org.hostmem.TransferOrder;
import org.hostmem.UnalignedPolicy;
import org.hostmem.spi.AccessPlans;

/**
 * For authors of accessors: computes the units of a request from the rules of the memory and the {@link DeviceLimits}.
 * It is immutable and has only numbers. Only plans allocate.
 *
 * <p>Plans and accesses use the same methods, so they cannot differ. {@link org.hostmem.engine.LimitedAccessor} carries
 * them out on any accessor. Emulators need none of this.
 */
public final class LimitedUnits {

    /** Result of {@link #scalar}: {@link #step} splits it, ascending. */
    public static final int LADDER = 0;
    /** Result of {@link #scalar}: it is refused, because it is wider than the widest unit. */
    public static final int TOO_WIDE = -1;
    /** Result of {@link #scalar}: it is refused, because one of its units would be narrower than the least unit. */
    public static final int TOO_NARROW = -2;
    /** Result of {@link #scalar}: {@link UnalignedPolicy#REJECT} refuses it. */
    public static final int UNALIGNED = -3;

    private static final int WIDEST_SCALAR = 8;
    /** The widest unit that is one access of every accessor. A descending move needs such units. */
    private static final int WIDEST_DESCENDING = 4;

    private final DeviceLimits limits;
    private final AccessRules rules;
    private final UnalignedPolicy policy;
    private final int least;
    private final int widestScalar;

    /**
     * Of one region.
     *
     * @param limits of its device
     * @param rules of the host ISA and the region's cache mode, without the limits
     * @param policy for an unaligned scalar that either does not allow
     */
    public LimitedUnits(DeviceLimits limits, AccessRules rules, UnalignedPolicy policy) {
        this.limits = Objects.requireNonNull(limits);
        this.rules = Objects.requireNonNull(rules);
        this.policy = Objects.requireNonNull(policy);
        this.least = limits.least();
        this.widestScalar = widestScalar(limits, rules);
    }

    private static int widestScalar(DeviceLimits limits, AccessRules rules) {
        return Math.min(cap(limits), Math.min(WIDEST_SCALAR, Math.min(rules.widestRead(), rules.widestWrite())));
    }

    private static int cap(DeviceLimits limits) {
        return limits.eight() == Eight.WHOLE ? limits.widest() : Math.min(limits.widest(), 4);
    }

    // ---- scalars

    /**
     * {@return what becomes of a scalar: the bytes of each of its equal pieces, which is the width if it is one access;
     * or {@link #LADDER}; or below 0, why it is refused}
     *
     * @param address of the first byte: its alignment counts
     * @param width 1, 2, 4 or 8
     */
    public int scalar(long address, int width) {
        if (width < least) {
            return narrow(address, width);
        }
        boolean isAligned = (address & width - 1) == 0;
        if (!isAligned && !mayBeUnaligned(width) && policy == UnalignedPolicy.REJECT) {
            return UNALIGNED;
        }
        int piece = Math.min(width, widestScalar);
        if (piece < width && isTooWide(limits, width)) {
            return TOO_WIDE;
        }
        if (piece < least) {
            return TOO_NARROW;
        }
        if ((address & piece - 1) == 0 || mayBeUnaligned(piece)) {
            return piece;
        }
        return policy == UnalignedPolicy.REJECT
                ? UNALIGNED
                : isWhole(address, width, widestScalar) || widens() ? LADDER : TOO_NARROW;
    }

    /** The result for a scalar that is wider than its widest access. The limits may ask for 8 bytes as two halves. */
    private static boolean isTooWide(DeviceLimits limits, int width) {
        return limits.wider() == Wider.REFUSE && (width < WIDEST_SCALAR || limits.eight() == Eight.WHOLE);
    }

    public static boolean isRefusedAcross(DeviceLimits limits, AccessRules rules, int width) {
        return (width == WIDEST_SCALAR && limits.eight() == Eight.HIGH_FIRST)
                || (width > widestScalar(limits, rules) && isTooWide(limits, width));
    }

    private int narrow(long address, int width) {
        if (!widens()) {
            return TOO_NARROW;
        }
        return (address & width - 1) != 0 && policy == UnalignedPolicy.REJECT ? UNALIGNED : LADDER;
    }

    private boolean mayBeUnaligned(int width) {
        return !limits.isAligned() && rules.unaligned(width) == Unaligned.SINGLE;
    }

    /**
     * {@return whether the pieces of a scalar go downwards}
     *
     * @param width of the scalar
     * @param piece from {@link #scalar}
     */
    public boolean isHighFirst(int width, int piece) {
        return width == WIDEST_SCALAR && piece == 4 && limits.eight() == Eight.HIGH_FIRST;
    }

    /** {@return the widest access of a scalar, in bytes} */
    public int widestScalar() {
        return widestScalar;
    }

    // ---- bulk

    /**
     * {@return the widest unit of a transfer, in bytes; two halves of which the higher one comes first are one unit of
     * 8}
     *
     * @param direction read or write
     * @param order of the transfer
     */
    public int widest(Direction direction, TransferOrder order) {
        int widest = rules.widest(direction, order);
        return switch (limits.eight()) {
            case WHOLE -> below(widest, limits.widest());
            case LOW_FIRST -> below(widest, Math.min(limits.widest(), 4));
            case HIGH_FIRST -> widest < 4 || least > 4 ? Math.min(widest, 4) : WIDEST_SCALAR;
        };
    }

    /** The unit below 64 bytes is 16. */
    private static int below(int widest, int cap) {
        return widest == 64 && cap == 32 ? 16 : Math.min(widest, cap);
    }

    /**
     * {@return whether the rules alone make the same units of a transfer}
     *
     * @param direction read or write
     * @param order of the transfer
     * @param address of the first byte
     * @param length in bytes
     */
    public boolean isUnlimited(Direction direction, TransferOrder order, long address, long length) {
        int widest = widest(direction, order);
        return widest == rules.widest(direction, order)
                && limits.eight() != Eight.HIGH_FIRST
                && isWhole(address, length, widest);
    }

    /**
     * {@return the number of bytes that the next access of an ascending transfer is for: a whole unit, or a part of the
     * least unit}
     *
     * @param address of the next byte
     * @param rest bytes that are left, 1 or more
     * @param widest unit
     */
    public int step(long address, long rest, int widest) {
        int unit = Ladder.unit(address, rest, widest);
        return unit >= least ? unit : (int) Math.min(rest, least - (address & least - 1));
    }

    /**
     * {@return whether a step is a part of a unit}
     *
     * @param step from {@link #step}
     */
    public boolean isPart(int step) {
        return step < least;
    }

    /**
     * {@return whether a unit is carried as two halves, the higher one first}
     *
     * @param unit from {@link #step}
     */
    public boolean isHalved(int unit) {
        return unit == WIDEST_SCALAR && limits.eight() == Eight.HIGH_FIRST;
    }

    /** {@return the least unit in bytes} */
    public int least() {
        return least;
    }

    private boolean widens() {
        return widens(limits, widestScalar);
    }

    private static boolean widens(DeviceLimits limits, int widestScalar) {
        return limits.narrower() == Narrower.READ_MODIFY_WRITE && limits.least() <= widestScalar;
    }

    /** Whether each of its units is at least the least unit. */
    private boolean isWhole(long address, long length, int widest) {
        int needed = wholeUnit(least, widest);
        return ((address | length) & needed - 1) == 0 && (needed <= widest || length == 0);
    }

    /**
     * {@return whether a transfer is within the limits}
     *
     * @param direction read or write
     * @param order of the transfer
     * @param address of the first byte
     * @param length in bytes
     */
    public boolean takes(Direction direction, TransferOrder order, long address, long length) {
        return widens() || isWhole(address, length, widest(direction, order));
    }

    /**
     * {@return how many bytes before an address are the last unit of a descending move, or the part of it that is left}
     *
     * @param limits of the device
     * @param rules of the host ISA and the region's cache mode, with or without the limits
     * @param order of the transfers that the move is made of
     * @param end address behind the last byte
     * @param rest bytes that are left, 1 or more
     */
    public static int stepDownwards(DeviceLimits limits, AccessRules rules, TransferOrder order, long end, long rest) {
        int least = wholeUnit(limits.least(), rules.widest(Direction.WRITE, order));
        int unit = Ladder.unit(end, rest, Math.max(least, Math.min(limits.widest(), WIDEST_DESCENDING)));
        return unit >= limits.least() ? unit : (int) Math.min(rest, (end - 1 & limits.least() - 1) + 1);
    }

    /**
     * {@return the number of bytes at whose multiples a transfer within some limits may be cut, in any direction and
     * order}
     *
     * @param limits of the device
     */
    public static int grain(DeviceLimits limits) {
        return wholeUnit(limits.least(), DeviceLimits.NONE.widest());
    }

    /** The number of bytes that a transfer must be a multiple of. The unit below 64 is 16. */
    private static int wholeUnit(int least, int widest) {
        return least == 32 && widest == 64 ? 64 : least;
    }

    // ---- plans

    /**
     * {@return the plan of a scalar}
     *
     * @param address of the first byte: its alignment counts
     * @param offset of the same byte in the region
     * @param width 1, 2, 4 or 8
     * @throws IllegalArgumentException if the width is another
     */
    public AccessPlan planScalar(long address, long offset, int width) {
        Checks.scalarWidth(width);
        int piece = scalar(address, width);
        if (piece < 0) {
            return AccessPlans.rejected(offset);
        }
        PlannedRuns runs = new PlannedRuns();
        if (piece == LADDER) {
            climb(runs, address, width, widestScalar);
        } else if (isHighFirst(width, piece)) {
            runs.addHalves(1);
        } else {
            for (int done = 0; done < width; done += piece) {
                runs.add(piece, 1);
            }
        }
        return runs.plan(
                runs.isWidened()
                        ? AccessPlan.Verdict.WIDENED
                        : piece == width ? AccessPlan.Verdict.SINGLE : AccessPlan.Verdict.SPLIT,
                offset);
    }

    /**
     * {@return the plan of a transfer}
     *
     * @param direction read or write
     * @param order of the transfer
     * @param address of the first byte: its alignment counts
     * @param offset of the same byte in the region
     * @param length in bytes, 0 or more
     * @throws IllegalArgumentException if the length is negative
     */
    public AccessPlan planBulk(Direction direction, TransferOrder order, long address, long offset, long length) {
        Objects.requireNonNull(direction);
        Objects.requireNonNull(order);
        if (length < 0) {
            throw new IllegalArgumentException("a length of " + length + " bytes: a length is 0 or more");
        }
        if (!takes(direction, order, address, length)) {
            return AccessPlans.rejected(offset);
        }
        PlannedRuns runs = new PlannedRuns();
        climb(runs, address, length, widest(direction, order));
        return runs.plan(AccessPlan.Verdict.BULK, offset);
    }

    private void climb(PlannedRuns runs, long address, long length, int widest) {
        for (long done = 0; done < length; ) {
            int step = step(address + done, length - done, widest);
            if (isPart(step)) {
                runs.addAround((int) (address + done & least - 1), least);
                done += step;
                continue;
            }
            long units = step == widest ? (length - done) / step : 1;
            if (isHalved(step)) {
                runs.addHalves(units);
            } else {
                runs.add(step, units);
            }
            done += units * step;
        }
    }

    /** {@return the rules within these limits, for an accessor that obeys them} */
    public AccessRules rules() {
        Map<Integer, Unaligned> unaligned = new HashMap<>();
        for (int width : new int[] {2, 4, 8}) {
            boolean cut = width > widestScalar || limits.isAligned();
            unaligned.put(
                    width,
                    cut && rules.unaligned(width) == Unaligned.SINGLE ? Unaligned.SPLIT : rules.unaligned(width));
        }
        List<String> notes = new ArrayList<>(rules.notes());
        notes.add("device limits: " + limits);
        int read = below(rules.widestRead(), cap(limits));
        int write = below(rules.widestWrite(), cap(limits));
        return rules.withUnaligned(unaligned)
                .withWidest(read, write, Math.min(rules.widestAscending(), Math.max(read, write)))
                .withUnobserved("") // the limits are about units
                .withNotes(notes);
    }

    // ---- what is refused

    public static void checkAligned(DeviceLimits limits, AccessRules rules, long offset, int width) {
        int widest = widestScalar(limits, rules);
        boolean isNarrow = width < limits.least() ? !widens(limits, widest) : widest < limits.least();
        if (isNarrow) {
            throw refused(limits, rules, TOO_NARROW, offset, width);
        }
        if (width > widest && isTooWide(limits, width)) {
            throw refused(limits, rules, TOO_WIDE, offset, width);
        }
    }

    /**
     * {@return the exception that refuses a request}
     *
     * @param why one of the constants below 0
     * @param offset of the first byte in the region
     * @param length in bytes
     */
    public AccessRejectedException refused(int why, long offset, long length) {
        return refused(limits, rules, why, offset, length);
    }

    private static AccessRejectedException refused(
            DeviceLimits limits, AccessRules rules, int why, long offset, long length) {
        String what = "an access of " + length + " bytes at offset 0x" + Long.toHexString(offset);
        String taken =
                ": the device accepts " + limits + ", on " + rules.isa() + " with " + rules.cacheMode() + " memory; ";
        return switch (why) {
            case TOO_WIDE ->
                new AccessRejectedException(
                        Reason.DEVICE_LIMITS,
                        what + " is too wide" + taken + "use " + widestScalar(limits, rules)
                                + " bytes, or DeviceLimits.Wider.CUT");
            case UNALIGNED ->
                new AccessRejectedException(
                        Reason.UNALIGNED,
                        what + " is not aligned" + taken + "align it, or choose UnalignedPolicy.SPLIT");
            default ->
                new AccessRejectedException(
                        Reason.DEVICE_LIMITS,
                        what + " does not fill whole units" + taken + "begin and end at multiples of " + limits.least()
                                + (limits.least() > WIDEST_SCALAR
                                        ? ""
                                        : ", or allow DeviceLimits.Narrower.READ_MODIFY_WRITE"));
        };
    }
}
