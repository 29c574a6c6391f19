package org.hostmem.arch.generic;

import java.lang.foreign.MemorySegment;
import org.hostmem.Atomics;
import org.hostmem.Barrier;
import org.hostmem.spi.MappedAccessor.Order;
import org.jspecify.annotations.Nullable;

/**
 * Carries out the accesses of one region or view: by {@link Instructions} of the ISA, or in {@link PureJava}. There are
 * only these two, so the JIT can inline a call of either. It is a class and not an interface, because the JIT checks no
 * type at a call where only one of them is loaded.
 *
 * <p>The caller checks addresses and ranges before, and knows what a result means. A block access returns its length,
 * or {@code -1 - completed} where it faulted. Where the arena of the memory, or of the RAM side, is closed or another
 * thread's, an access throws what the JVM says: an IllegalStateException or a WrongThreadException.
 */
abstract class Machine {

    /** How a region, or a view of it, gets its own. */
    @FunctionalInterface
    interface Type {
        Machine of(RegionState state);
    }

    /** Returns the value, zero-extended; or -1, which is a fault or eight bytes of ones. */
    abstract long load(long address, int width);

    /** Returns 0, or -1 if it faulted. */
    abstract long store(long address, int width, long value);

    abstract long read(long address, MemorySegment ram, long ramOffset, long length, Order order);

    abstract long write(long address, MemorySegment ram, long ramOffset, long length, Order order);

    abstract long fill(long address, long length, byte value, Order order);

    /** As {@link #read}, for {@link Order#UNOBSERVED} by a short way. */
    long readFreely(long address, MemorySegment ram, long ramOffset, long length) {
        return read(address, ram, ramOffset, length, Order.UNOBSERVED);
    }

    /** As {@link #readFreely}. */
    long writeFreely(long address, MemorySegment ram, long ramOffset, long length) {
        return write(address, ram, ramOffset, length, Order.UNOBSERVED);
    }

    /** Below how many bytes the JVM had better copy for {@link Order#UNOBSERVED}. */
    long jvmBelow() {
        return Long.MAX_VALUE;
    }

    /** Whether {@link Order#UNOBSERVED} has a routine for the longest transfers. */
    boolean hasLongUnobserved() {
        return false;
    }

    /** From how many bytes on a transfer in any order had better go past the caches. */
    long pastCache() {
        return Long.MAX_VALUE;
    }

    /** For a part of a transfer in any order of {@link #pastCache} bytes or more. */
    long readPastCache(long address, MemorySegment ram, long ramOffset, long length) {
        return read(address, ram, ramOffset, length, Order.ANY);
    }

    /** As {@link #readPastCache}. */
    long writePastCache(long address, MemorySegment ram, long ramOffset, long length) {
        return write(address, ram, ramOffset, length, Order.ANY);
    }

    /**
     * Whether {@link #copy} makes one access for each unit on both sides, where both are aligned to it, and keeps both
     * in order.
     */
    boolean canCopy(Machine source, Order order) {
        return false;
    }

    /** As {@link #write}, from the memory of another region, whose accesses are in order too. */
    long copy(Machine source, long address, MemorySegment memory, long offset, long length, Order order) {
        return write(address, memory, offset, length, order);
    }

    /** Whether there is {@link #moveThroughRing} for an order. */
    boolean canMoveThroughRing(Order order) {
        return false;
    }

    /**
     * As {@link org.hostmem.spi.MappedAccessor#moveThroughRing}. The count of a fault is odd where a unit was read and
     * not written.
     */
    long moveThroughRing(long address, MemorySegment ring, long place, long length, long distance, Order order) {
        throw new UnsupportedOperationException();
    }

    abstract void barrier(Barrier purpose);

    /** What the thread's last fault was; {@code null} if there was none, so that -1 was the value of an 8-byte load. */
    abstract @Nullable Fault takeFault();

    /** {@code scalars} are those of this machine. */
    abstract Atomics atomics(Scalars scalars);
}
