package org.hostmem.arch.generic;

import org.hostmem.Direction;

/**
 * What checks each access (R10). One comparison covers bounds, right and lifetime; where it refuses,
 * {@link RegionState} says why.
 *
 * <p>The limits stand in the object that makes the access. If it asked the state for them, row P2 would be 1.36 in
 * place of 1.28, and P8 0.78 in place of 0.88.
 */
abstract class CheckedAccess implements RegionState.Listener {

    final RegionState state;
    /** The host address of offset 0. */
    final long base;

    // A limit is the size of the region. It is -1 if there is no such right, once closed, and while a fault is
    // foreseen, so that an empty transfer is refused as well. It is always -1 for lent memory: there each access makes
    // all checks. Volatile, so that a loop that does nothing else sees the close.
    private volatile long readLimit;
    private volatile long writeLimit;

    CheckedAccess(RegionState state) {
        this.state = state;
        this.base = state.base;
        state.listen(this);
    }

    @Override
    public final void limitsChanged() {
        readLimit = state.lent == null && state.mayRead() ? state.size() : -1;
        writeLimit = state.lent == null && state.mayWrite() ? state.size() : -1;
    }

    /** Returns the address. */
    final long checkRead(long offset, long length) {
        if ((offset | length) < 0 || offset > readLimit - length) {
            state.checkAll(offset, length, Direction.READ);
        }
        return base + offset;
    }

    /** Returns the address. */
    final long checkWrite(long offset, long length) {
        if ((offset | length) < 0 || offset > writeLimit - length) {
            state.checkAll(offset, length, Direction.WRITE);
        }
        return base + offset;
    }
}
