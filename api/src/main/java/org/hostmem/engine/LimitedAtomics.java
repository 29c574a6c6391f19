package org.hostmem.engine;

import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.Atomics;
import org.hostmem.DeviceLimits;
import org.hostmem.DeviceLimits.Eight;

/** Atomic accesses behind the limits of a device. Only those that are one unit of the device are allowed. */
final class LimitedAtomics implements Atomics {

    private final Atomics inner;
    private final DeviceLimits limits;

    LimitedAtomics(Atomics inner, DeviceLimits limits) {
        this.inner = inner;
        this.limits = limits;
    }

    private boolean isUnit(int width) {
        return width >= limits.least() && width <= limits.widest() && (width < 8 || limits.eight() == Eight.WHOLE);
    }

    private void check(long offset, int width) {
        if (!isUnit(width)) {
            Checks.scalarWidth(width);
            throw refused(offset, width);
        }
    }

    /** If the ISA has no narrow atomics, they use the 4 bytes around them. */
    private void checkChange(long offset, int width) {
        check(offset, width);
        if (width < 4 && !isUnit(4)) {
            throw refused(offset, width);
        }
    }

    private AccessRejectedException refused(long offset, int width) {
        return new AccessRejectedException(
                Reason.DEVICE_LIMITS,
                "an atomic access of " + width + " bytes at offset 0x" + Long.toHexString(offset)
                        + " cannot be one unit of the device, which accepts " + limits
                        + ": use a width that it accepts, or refuse the guest's instruction");
    }

    @Override
    public boolean supports(int width) {
        return isUnit(width) && (width >= 4 || isUnit(4)) && inner.supports(width);
    }

    @Override
    public long getAcquire(long offset, int width) {
        check(offset, width);
        return inner.getAcquire(offset, width);
    }

    @Override
    public void setRelease(long offset, int width, long value) {
        check(offset, width);
        inner.setRelease(offset, width, value);
    }

    @Override
    public long compareAndExchange(long offset, int width, long expected, long value) {
        checkChange(offset, width);
        return inner.compareAndExchange(offset, width, expected, value);
    }

    @Override
    public boolean compareAndExchange16(long offset, long[] words) {
        if (!isUnit(16)) {
            throw refused(offset, 16);
        }
        return inner.compareAndExchange16(offset, words);
    }

    @Override
    public long getAndSet(long offset, int width, long value) {
        checkChange(offset, width);
        return inner.getAndSet(offset, width, value);
    }

    @Override
    public long getAndAdd(long offset, int width, long operand) {
        checkChange(offset, width);
        return inner.getAndAdd(offset, width, operand);
    }

    @Override
    public long getAndAnd(long offset, int width, long operand) {
        checkChange(offset, width);
        return inner.getAndAnd(offset, width, operand);
    }

    @Override
    public long getAndOr(long offset, int width, long operand) {
        checkChange(offset, width);
        return inner.getAndOr(offset, width, operand);
    }

    @Override
    public long getAndXor(long offset, int width, long operand) {
        checkChange(offset, width);
        return inner.getAndXor(offset, width, operand);
    }
}
