package org.hostmem.arch.generic;

import java.lang.invoke.VarHandle;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.Atomics;
import org.hostmem.engine.Checks;

/**
 * Atomics made of two things: scalars of the region, between the fences of Java's memory model, and a
 * compare-and-exchange, which is the subclass's.
 */
abstract class NormalAtomics implements Atomics {

    enum Change {
        SET,
        ADD,
        AND,
        OR,
        XOR
    }

    final Scalars scalars;
    final RegionState state;
    private final boolean swap;
    // All of the region, not just the view: the 4 bytes around a narrow access may leave the view.
    private final long regionStart;
    private final long regionEnd;

    NormalAtomics(Scalars scalars) {
        this.scalars = scalars;
        this.state = scalars.state;
        this.swap = state.isSwapped();
        RegionState whole = state.lifetime.whole();
        this.regionStart = whole.base;
        this.regionEnd = regionStart + whole.size();
    }

    /**
     * Both checked and aligned; values are in the host's byte order, and of the result the low bytes count. A fault is
     * taken, and is all ones where the policy is to go on.
     */
    abstract long exchange(long offset, int width, long expected, long value);

    @Override
    public final long getAcquire(long offset, int width) {
        Checks.scalarWidth(width);
        checkAligned(scalars.checkRead(offset, width), offset, width);
        long value = scalars.read(offset, width);
        VarHandle.acquireFence();
        return ordered(value, width);
    }

    @Override
    public final void setRelease(long offset, int width, long value) {
        Checks.scalarWidth(width);
        checkAligned(scalars.checkWrite(offset, width), offset, width);
        VarHandle.releaseFence();
        scalars.write(offset, width, ordered(value, width));
    }

    @Override
    public final long compareAndExchange(long offset, int width, long expected, long value) {
        Checks.scalarWidth(width);
        checkChange(offset, width);
        return ordered(exchange(offset, width, ordered(expected, width), ordered(value, width)), width);
    }

    @Override
    public final long getAndSet(long offset, int width, long value) {
        return update(offset, width, Change.SET, value);
    }

    @Override
    public final long getAndAdd(long offset, int width, long operand) {
        return update(offset, width, Change.ADD, operand);
    }

    @Override
    public final long getAndAnd(long offset, int width, long operand) {
        return update(offset, width, Change.AND, operand);
    }

    @Override
    public final long getAndOr(long offset, int width, long operand) {
        return update(offset, width, Change.OR, operand);
    }

    @Override
    public final long getAndXor(long offset, int width, long operand) {
        return update(offset, width, Change.XOR, operand);
    }

    /**
     * Where memory is gone and the policy is to go on, ones are exchanged for something once, as they are there twice.
     */
    private long update(long offset, int width, Change change, long operand) {
        Checks.scalarWidth(width);
        checkChange(offset, width);
        long seen = ordered(scalars.readToChange(offset, width), width);
        while (true) {
            long next = switch (change) {
                case SET -> operand;
                case ADD -> seen + operand;
                case AND -> seen & operand;
                case OR -> seen | operand;
                case XOR -> seen ^ operand;
            };
            long witness = ordered(exchange(offset, width, ordered(seen, width), ordered(next, width)), width);
            if (witness == seen) {
                return seen;
            }
            seen = witness;
        }
    }

    /** A read-modify-write needs both rights. Returns the address. */
    final long checkChange(long offset, int width) {
        scalars.checkRead(offset, width);
        long address = scalars.checkWrite(offset, width);
        checkAligned(address, offset, width);
        return address;
    }

    private static void checkAligned(long address, long offset, int width) {
        if ((address & width - 1) != 0) {
            throw new AccessRejectedException(
                    Reason.UNALIGNED,
                    "an atomic access of " + width + " bytes at offset 0x" + Long.toHexString(offset)
                            + " must be at a multiple of its width");
        }
    }

    /** For who exchanges a narrow value together with the rest of its word. */
    final void checkWord(long address, int width) {
        long word = address & -4;
        if (word < regionStart || word + 4 > regionEnd) {
            throw new AccessRejectedException(
                    Reason.UNSUPPORTED,
                    "an atomic access of " + width
                            + " bytes at the edge of the region is not possible: the 4 bytes around it must all be in"
                            + " the region");
        }
    }

    /** From the region's byte order to the host's and back. */
    final long ordered(long value, int width) {
        return swap ? Long.reverseBytes(value) >>> (64 - 8 * width) : value & -1L >>> (64 - 8 * width);
    }
}
