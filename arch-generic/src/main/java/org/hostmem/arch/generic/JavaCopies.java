package org.hostmem.arch.generic;

import java.lang.foreign.MemorySegment;
import org.hostmem.FaultPolicy;
import org.hostmem.Permanence;
import org.hostmem.TransferOrder;

/**
 * The JVM's copy, for UNOBSERVED transfers of permanent memory. The JIT inlines it, so that for some hundred bytes no
 * call of machine code is as fast.
 *
 * <p>The mapping of a file on the RAM side is not for it: there the JVM would tell a fault late, by its own error.
 *
 * <p>Where it cannot copy it returns false and throws nothing. Then the caller makes all checks, which say what is
 * wrong, or its own accesses, which tell a fault precisely.
 */
final class JavaCopies implements RegionState.Listener {

    /**
     * Below this the JVM's copy is a loop, maybe of sign-extending loads. HotSpot on x86-64 cannot step over the fault
     * of one.
     */
    private static final int SHORTEST = 64;
    /** What one call may copy, as a safepoint waits for it. */
    private static final int LONGEST_CALL = 1 << 16;

    /**
     * Whether the JVM's copy may move bytes upwards within a region. That of HotSpot 25 on ppc64 reads in front of the
     * source, which may be in front of the mapping.
     */
    static final boolean MAY_OVERLAP = !System.getProperty("os.arch").startsWith("ppc64");

    private final RegionState state;
    /** Whether there are any. */
    private final boolean isOn;

    private final long below;
    private final long belowInOneCall;
    // Empty where there is no such right, once closed, and while a fault is foreseen.
    private MemorySegment readable = MemorySegment.NULL;
    private MemorySegment writable = MemorySegment.NULL;

    /** {@code below} is from how many bytes on others are faster. */
    JavaCopies(RegionState state, long below) {
        this.state = state;
        this.isOn = state.rules.choosesUnits(TransferOrder.UNOBSERVED)
                && state.region.permanence() == Permanence.PERMANENT
                && state.options().fault() == FaultPolicy.THROW;
        this.below = isOn ? below : 0;
        this.belowInOneCall = Math.min(this.below, LONGEST_CALL + 1);
        state.listen(this);
    }

    @Override
    public void limitsChanged() {
        MemorySegment memory = state.region.memory();
        readable = isOn && state.mayRead() ? memory : MemorySegment.NULL;
        writable = isOn && state.mayWrite() ? memory : MemorySegment.NULL;
    }

    boolean isOn() {
        return isOn;
    }

    /** All of a transfer; nothing was checked. */
    boolean reads(long offset, MemorySegment ram, long ramOffset, long length) {
        return length >= SHORTEST
                && length < belowInOneCall
                && !ram.isMapped()
                && isCopied(readable, offset, ram, ramOffset, length);
    }

    /** As {@link #reads}. */
    boolean writes(long offset, MemorySegment ram, long ramOffset, long length) {
        return length >= SHORTEST
                && length < belowInOneCall
                && !ram.isMapped()
                && isCopied(ram, ramOffset, writable, offset, length);
    }

    /** One chunk of a transfer that was checked. */
    boolean readsChunk(long offset, MemorySegment ram, long ramOffset, long length) {
        return length >= SHORTEST
                && length < below
                && !ram.isMapped()
                && isCopied(readable, offset, ram, ramOffset, length);
    }

    /** As {@link #readsChunk}. */
    boolean writesChunk(long offset, MemorySegment ram, long ramOffset, long length) {
        return length >= SHORTEST
                && length < below
                && !ram.isMapped()
                && isCopied(ram, ramOffset, writable, offset, length);
    }

    /** From another region, or within one; the two may overlap. */
    boolean moves(JavaCopies source, long from, long to, long length) {
        return length <= LONGEST_CALL && isCopied(source.readable, from, writable, to, length);
    }

    private static boolean isCopied(MemorySegment source, long from, MemorySegment target, long to, long length) {
        try {
            MemorySegment.copy(source, from, target, to, length);
            return true;
        } catch (IndexOutOfBoundsException
                | IllegalArgumentException
                | IllegalStateException
                | WrongThreadException
                | InternalError refused) {
            return false;
        }
    }
}
