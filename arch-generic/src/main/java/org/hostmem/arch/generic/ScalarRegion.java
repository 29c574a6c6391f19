package org.hostmem.arch.generic;

import java.lang.ref.Reference;
import java.nio.ByteOrder;
import java.util.Set;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.AccessRules;
import org.hostmem.AccessRules.Unaligned;
import org.hostmem.Atomics;
import org.hostmem.Direction;
import org.hostmem.Guarantee;
import org.hostmem.UnalignedPolicy;
import org.hostmem.engine.Ladder;
import org.hostmem.spi.MappedRegion;

/** Scalars (R1, R5, R6): one access, or those that the policy for unaligned ones makes of it; and what is atomic. */
abstract class ScalarRegion extends FaultingRegion {

    final boolean swap;
    private final boolean split;
    private final boolean singleUnaligned;
    private Atomics atomics;

    ScalarRegion(MappedRegion region, AccessRules rules, Set<Guarantee> guarantees, OpenRegion parent) {
        super(region, rules, guarantees, parent);
        this.split = region.options().unaligned() == UnalignedPolicy.SPLIT;
        this.singleUnaligned = rules.unaligned(8) == Unaligned.SINGLE;
        this.swap = region.options().byteOrder() != ByteOrder.nativeOrder();
    }

    // The address is checked. Narrow values are zero-extended; -1 is a fault, or eight bytes of ones.

    abstract long load(long address, int width);

    abstract long store(long address, int width, long value);

    abstract Atomics newAtomics();

    /** In the host's byte order. */
    final long readScalar(long offset, int width) {
        long address = checkRead(offset, width);
        if ((address & width - 1) != 0 && !singleUnaligned) {
            return readSplit(offset, width);
        }
        long value = load(address, width);
        Reference.reachabilityFence(this);
        return value == -1 ? allOnesOrFault(offset, Direction.READ, width, 0) : value;
    }

    /** The read of a read-modify-write, whose faults are a write's; checked and aligned. In the host's byte order. */
    final long readToChange(long offset, int width) {
        long value = load(base + offset, width);
        Reference.reachabilityFence(this);
        return value == -1 ? allOnesOrFault(offset, Direction.WRITE, width, 0) : value;
    }

    /** In the host's byte order. */
    final void writeScalar(long offset, int width, long value) {
        long address = checkWrite(offset, width);
        if ((address & width - 1) != 0 && !singleUnaligned) {
            writeSplit(offset, width, value);
            return;
        }
        long result = store(address, width, value);
        Reference.reachabilityFence(this);
        if (result != 0) {
            faulted(offset, Direction.WRITE, width, 0, takeFault());
        }
    }

    private long readSplit(long offset, int width) {
        checkSplit(offset, width);
        long value = 0;
        for (int done = 0; done < width; ) {
            int unit = Ladder.unit(base + offset + done, width - done, 8);
            long piece = load(base + offset + done, unit);
            if (piece == -1) { // never eight bytes of ones: those of a split scalar are fewer
                allOnesOrFault(offset + done, Direction.READ, unit, done);
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
                faulted(offset + done, Direction.WRITE, unit, done, takeFault());
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
                            + " is not one access on " + rules.isa() + " with " + rules.cacheMode()
                            + " memory, and the policy is REJECT: align it, or open the region with"
                            + " UnalignedPolicy.SPLIT");
        }
    }

    /** Where a piece of a scalar in the host's byte order lies in it. */
    private static int shift(int done, int unit, int width) {
        return 8 * (ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? done : width - done - unit);
    }

    @Override
    public byte readByte(long offset) {
        return (byte) readScalar(offset, 1);
    }

    @Override
    public short readShort(long offset) {
        short value = (short) readScalar(offset, 2);
        return swap ? Short.reverseBytes(value) : value;
    }

    @Override
    public int readInt(long offset) {
        int value = (int) readScalar(offset, 4);
        return swap ? Integer.reverseBytes(value) : value;
    }

    @Override
    public long readLong(long offset) {
        long value = readScalar(offset, 8);
        return swap ? Long.reverseBytes(value) : value;
    }

    @Override
    public void writeByte(long offset, byte value) {
        writeScalar(offset, 1, value);
    }

    @Override
    public void writeShort(long offset, short value) {
        writeScalar(offset, 2, swap ? Short.reverseBytes(value) : value);
    }

    @Override
    public void writeInt(long offset, int value) {
        writeScalar(offset, 4, swap ? Integer.reverseBytes(value) : value);
    }

    @Override
    public void writeLong(long offset, long value) {
        writeScalar(offset, 8, swap ? Long.reverseBytes(value) : value);
    }

    /** What -1 of a routine means; returns -1 if it was the value, or the policy is to go on. */
    final long allOnesOrFault(long offset, Direction direction, int width, long completed) {
        Fault fault = takeFault();
        if (width < 8 || (fault != null && fault.isNear(base + offset))) {
            faulted(offset, direction, width, completed, fault);
        }
        return -1;
    }

    /** Whether memory answers, asked by a load; if not, throws, or returns false under a policy that goes on. */
    final boolean isThere(long offset, Direction direction, int width) {
        if (load(base + offset, width) != -1) {
            return true;
        }
        Fault fault = takeFault();
        if (width == 8 && (fault == null || !fault.isNear(base + offset))) {
            return true;
        }
        faulted(offset, direction, width, 0, fault);
        return false;
    }

    @Override
    public final Atomics atomics() {
        if (capabilities().cacheMode().isDevice()) {
            return super.atomics();
        }
        if (atomics == null) {
            atomics = newAtomics();
        }
        return atomics;
    }
}
