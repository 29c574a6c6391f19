package org.hostmem.arch.generic;

import java.lang.foreign.MemorySegment;
import org.hostmem.Atomics;
import org.hostmem.Barrier;
import org.hostmem.spi.MappedAccessor.Order;
import org.jspecify.annotations.Nullable;

/** A machine that makes every access by the ISA's own instructions, from its listing. */
final class Instructions extends Machine {

    private static final long EVERY_BYTE = 0x0101_0101_0101_0101L;

    /** As in {@link RegionState}. */
    private final @Nullable MemorySegment lent;

    private final Routines routines;
    /** Whether the routines of scalars are those of the process's first code, which are constants to the JIT. */
    private final boolean first;

    Instructions(RegionState state, Routines routines) {
        this.lent = state.lent;
        this.routines = routines;
        this.first = lent == null && routines.areScalarsCommon() && routines.code() == Code.first();
    }

    @Override
    long load(long address, int width) {
        return first ? Calls.FirstLoads.load(address, width) : loadBy(load(width), address);
    }

    @Override
    long store(long address, int width, long value) {
        return first ? Calls.FirstStores.store(address, width, value) : storeBy(store(width), address, value);
    }

    private MemorySegment load(int width) {
        return switch (width) {
            case 1 -> routines.load1();
            case 2 -> routines.load2();
            case 4 -> routines.load4();
            default -> routines.load8();
        };
    }

    private MemorySegment store(int width) {
        return switch (width) {
            case 1 -> routines.store1();
            case 2 -> routines.store2();
            case 4 -> routines.store4();
            default -> routines.store8();
        };
    }

    private long loadBy(MemorySegment routine, long address) {
        return lent == null ? Calls.load(routine, address) : HeldCalls.words(routine, address, 0, 0, lent);
    }

    private long storeBy(MemorySegment routine, long address, long value) {
        return lent == null ? Calls.store(routine, address, value) : HeldCalls.words(routine, address, value, 0, lent);
    }

    /** A call with RAM on its other side. */
    private long block(long routine, long address, MemorySegment ram, long ramOffset, long length) {
        return lent == null
                ? Calls.bulk(routine, address, ram, ramOffset, length)
                : HeldCalls.block(routine, address, ram, ramOffset, length, 0, lent);
    }

    @Override
    long read(long address, MemorySegment ram, long ramOffset, long length, Order order) {
        return block(
                order == Order.ASCENDING
                        ? routines.readAscending()
                        : order == Order.UNOBSERVED ? readUnobserved(length) : routines.read(),
                address,
                ram,
                ramOffset,
                length);
    }

    private long readUnobserved(long length) {
        return length < routines.unobservedBelow()
                ? routines.readUnobservedShort()
                : length >= routines.unobservedFrom() ? routines.readUnobserved() : routines.read();
    }

    private long writeUnobserved(long length) {
        return length < routines.unobservedBelow()
                ? routines.writeUnobservedShort()
                : length >= routines.unobservedFrom() ? routines.writeUnobserved() : routines.write();
    }

    @Override
    long readFreely(long address, MemorySegment ram, long ramOffset, long length) {
        return block(readUnobserved(length), address, ram, ramOffset, length);
    }

    @Override
    long writeFreely(long address, MemorySegment ram, long ramOffset, long length) {
        return block(writeUnobserved(length), address, ram, ramOffset, length);
    }

    @Override
    long jvmBelow() {
        return routines.jvmBelow();
    }

    @Override
    boolean hasLongUnobserved() {
        return routines.writeUnobserved() != 0;
    }

    @Override
    long write(long address, MemorySegment ram, long ramOffset, long length, Order order) {
        // No switch: a comparison of constants is none, and the ordinal of an enum is not a constant to the JIT.
        return block(
                order == Order.ANY
                        ? routines.write()
                        : order == Order.ASCENDING
                                ? routines.writeAscending()
                                : order == Order.DESCENDING ? routines.writeDescending() : writeUnobserved(length),
                address,
                ram,
                ramOffset,
                length);
    }

    @Override
    long readPastCache(long address, MemorySegment ram, long ramOffset, long length) {
        return block(routines.readPastCache(), address, ram, ramOffset, length);
    }

    @Override
    long writePastCache(long address, MemorySegment ram, long ramOffset, long length) {
        return block(routines.writePastCache(), address, ram, ramOffset, length);
    }

    @Override
    long copy(Machine source, long address, MemorySegment memory, long offset, long length, Order order) {
        return order == Order.ASCENDING
                ? block(copyAscending(source), address, memory, offset, length)
                : write(address, memory, offset, length, order);
    }

    /**
     * The routine of the side whose order takes more than the order in the program; if it is neither, one that leaves
     * it at that.
     */
    private long copyAscending(Machine source) {
        long theirs = source instanceof Instructions other ? other.routines.copyAscending() : 0;
        return routines.copyAscending() != 0
                ? routines.copyAscending()
                : theirs != 0 ? theirs : routines.writeAscending();
    }

    @Override
    boolean canMoveThroughRing(Order order) {
        return ring(order) != 0;
    }

    @Override
    long moveThroughRing(long address, MemorySegment ring, long place, long length, long distance, Order order) {
        return lent == null
                ? Calls.ring(ring(order), address, ring, place, length, distance)
                : HeldCalls.block(ring(order), address, ring, place, length, distance, lent);
    }

    private long ring(Order order) {
        return order == Order.ANY ? routines.ring() : routines.ringAscending();
    }

    @Override
    long fill(long address, long length, byte value, Order order) {
        MemorySegment routine = order == Order.UNOBSERVED && length >= routines.unobservedFrom()
                ? routines.fillUnobserved()
                : routines.fill();
        if (routine == null) {
            return writePattern(address, length, value);
        }
        long pattern = (value & 0xff) * EVERY_BYTE;
        return lent == null
                ? Calls.fill(routine, address, pattern, length)
                : HeldCalls.words(routine, address, pattern, length, lent);
    }

    /** Blocks that end at a multiple of the widest unit, so that cutting changes no access. */
    private long writePattern(long address, long length, byte value) {
        Scratch block = Scratch.take();
        try {
            return writePattern(address, length, block.segment.fill(value));
        } finally {
            block.give();
        }
    }

    private long writePattern(long address, long length, MemorySegment pattern) {
        for (long done = 0; done < length; ) {
            long n = Math.min(length - done, (address + done + Scratch.SIZE & -64) - (address + done));
            long written = block(routines.write(), address + done, pattern, 0, n);
            if (written != n) {
                return ~(done + ~written);
            }
            done += n;
        }
        return length;
    }

    @Override
    void barrier(Barrier purpose) {
        Calls.load(routines.barrier(purpose), 0);
    }

    @Override
    @Nullable
    Fault takeFault() {
        return routines.code().takeFault();
    }

    @Override
    boolean canCopy(Machine source, Order order) {
        return order != Order.ASCENDING || routines.copyAscending() != 0 || source instanceof Instructions;
    }

    @Override
    long pastCache() {
        return routines.readPastCache() != 0 && routines.writePastCache() != 0 ? Caches.PAST : Long.MAX_VALUE;
    }

    @Override
    Atomics atomics(Scalars scalars) {
        return new InstructionAtomics(scalars, routines.code(), routines.exchange16());
    }
}
