package org.hostmem.arch.generic;

import java.lang.ref.Reference;
import java.nio.ByteOrder;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.AccessRules.Unaligned;
import org.hostmem.Direction;
import org.hostmem.UnalignedPolicy;
import org.hostmem.engine.Ladder;

/**
 * Scalars in the host's byte order, zero-extended (R1, R5, R6). Each is one access of the machine, or those that the
 * policy for unaligned ones makes of it.
 */
final class Scalars extends CheckedAccess {

    final FaultReporter faults;
    private final Machine machine;
    private final boolean split;
    private final boolean singleUnaligned;

    Scalars(RegionState state, Machine machine, FaultReporter faults) {
        super(state);
        this.machine = machine;
        this.faults = faults;
        this.split = state.options().unaligned() == UnalignedPolicy.SPLIT;
        this.singleUnaligned = state.rules.unaligned(8) == Unaligned.SINGLE;
    }

    private long load(long address, int width) {
        try {
            return machine.load(address, width);
        } catch (IllegalStateException | WrongThreadException ended) {
            throw state.memoryClosed(ended);
        }
    }

    private long store(long address, int width, long value) {
        try {
            return machine.store(address, width, value);
        } catch (IllegalStateException | WrongThreadException ended) {
            throw state.memoryClosed(ended);
        }
    }

    long read(long offset, int width) {
        long address = checkRead(offset, width);
        if ((address & width - 1) != 0 && !singleUnaligned) {
            return readSplit(offset, width);
        }
        long value = load(address, width);
        Reference.reachabilityFence(this);
        return value == -1 ? faults.allOnesOrFault(offset, Direction.READ, width, 0) : value;
    }

    /** The read of a read-modify-write, whose faults are a write's; checked and aligned. In the host's byte order. */
    long readToChange(long offset, int width) {
        long value = load(base + offset, width);
        Reference.reachabilityFence(this);
        return value == -1 ? faults.allOnesOrFault(offset, Direction.WRITE, width, 0) : value;
    }

    void write(long offset, int width, long value) {
        long address = checkWrite(offset, width);
        if ((address & width - 1) != 0 && !singleUnaligned) {
            writeSplit(offset, width, value);
            return;
        }
        long result = store(address, width, value);
        Reference.reachabilityFence(this);
        if (result != 0) {
            faults.faulted(offset, Direction.WRITE, width, 0, machine.takeFault());
        }
    }

    private long readSplit(long offset, int width) {
        checkSplit(offset, width);
        long value = 0;
        for (int done = 0; done < width; ) {
            int unit = Ladder.unit(base + offset + done, width - done, 8);
            long piece = load(base + offset + done, unit);
            if (piece == -1) { // never eight bytes of ones: those of a split scalar are fewer
                faults.allOnesOrFault(offset + done, Direction.READ, unit, done);
                unit = width - done; // an unsupported request, from here on
                piece = -1L >>> (64 - 8 * unit);
            }
            value |= piece << shift(done, unit, width);
            done += unit;
        }
        Reference.reachabilityFence(this);
        return value;
    }

    private void writeSplit(long offset, int width, long value) {
        checkSplit(offset, width);
        for (int done = 0; done < width; ) {
            int unit = Ladder.unit(base + offset + done, width - done, 8);
            if (store(base + offset + done, unit, value >>> shift(done, unit, width)) != 0) {
                faults.faulted(offset + done, Direction.WRITE, unit, done, machine.takeFault());
                break;
            }
            done += unit;
        }
        Reference.reachabilityFence(this);
    }

    private void checkSplit(long offset, int width) {
        if (!split) {
            throw new AccessRejectedException(
                    Reason.UNALIGNED,
                    "an unaligned " + width + "-byte access at offset 0x" + Long.toHexString(offset)
                            + " is not one access on " + state.rules.isa() + " with " + state.rules.cacheMode()
                            + " memory, and the policy is REJECT: align it, or open the region with"
                            + " UnalignedPolicy.SPLIT");
        }
    }

    /** Where a piece of a scalar in the host's byte order lies in it. */
    private static int shift(int done, int unit, int width) {
        return 8 * (ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? done : width - done - unit);
    }

    /** Whether memory answers, asked by a load; if not, throws, or returns false under a policy that goes on. */
    boolean isThere(long offset, Direction direction, int width) {
        if (load(base + offset, width) != -1) {
            return true;
        }
        Fault fault = machine.takeFault();
        if (width == 8 && (fault == null || !fault.isNear(base + offset))) {
            return true;
        }
        faults.faulted(offset, direction, width, 0, fault);
        return false;
    }
}
