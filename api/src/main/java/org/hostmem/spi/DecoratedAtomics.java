package org.hostmem.spi;

import org.hostmem.Atomics;
import org.hostmem.RegionFaultException;

/** Atomics after each of which somebody is told; a compare-and-exchange counts as a write, whatever it finds. */
final class DecoratedAtomics implements Atomics {

    /** Is told of bytes that were written. */
    interface Told {
        void wrote(long offset, long length);
    }

    private final Atomics inner;
    private final Told told;

    DecoratedAtomics(Atomics inner, Told told) {
        this.inner = inner;
        this.told = told;
    }

    private RegionFaultException faulted(RegionFaultException fault, long offset, int width) {
        told.wrote(offset, width);
        return fault;
    }

    private long wrote(long offset, int width, long before) {
        told.wrote(offset, width);
        return before;
    }

    @Override
    public boolean supports(int width) {
        return inner.supports(width);
    }

    @Override
    public long getAcquire(long offset, int width) {
        return inner.getAcquire(offset, width);
    }

    @Override
    public void setRelease(long offset, int width, long value) {
        try {
            inner.setRelease(offset, width, value);
        } catch (RegionFaultException fault) {
            throw faulted(fault, offset, width);
        }
        told.wrote(offset, width);
    }

    @Override
    public long compareAndExchange(long offset, int width, long expected, long value) {
        try {
            return wrote(offset, width, inner.compareAndExchange(offset, width, expected, value));
        } catch (RegionFaultException fault) {
            throw faulted(fault, offset, width);
        }
    }

    @Override
    public boolean compareAndExchange16(long offset, long[] words) {
        boolean isDone;
        try {
            isDone = inner.compareAndExchange16(offset, words);
        } catch (RegionFaultException fault) {
            throw faulted(fault, offset, 16);
        }
        told.wrote(offset, 16);
        return isDone;
    }

    @Override
    public long getAndSet(long offset, int width, long value) {
        try {
            return wrote(offset, width, inner.getAndSet(offset, width, value));
        } catch (RegionFaultException fault) {
            throw faulted(fault, offset, width);
        }
    }

    @Override
    public long getAndAdd(long offset, int width, long operand) {
        try {
            return wrote(offset, width, inner.getAndAdd(offset, width, operand));
        } catch (RegionFaultException fault) {
            throw faulted(fault, offset, width);
        }
    }

    @Override
    public long getAndAnd(long offset, int width, long operand) {
        try {
            return wrote(offset, width, inner.getAndAnd(offset, width, operand));
        } catch (RegionFaultException fault) {
            throw faulted(fault, offset, width);
        }
    }

    @Override
    public long getAndOr(long offset, int width, long operand) {
        try {
            return wrote(offset, width, inner.getAndOr(offset, width, operand));
        } catch (RegionFaultException fault) {
            throw faulted(fault, offset, width);
        }
    }

    @Override
    public long getAndXor(long offset, int width, long operand) {
        try {
            return wrote(offset, width, inner.getAndXor(offset, width, operand));
        } catch (RegionFaultException fault) {
            throw faulted(fault, offset, width);
        }
    }
}
