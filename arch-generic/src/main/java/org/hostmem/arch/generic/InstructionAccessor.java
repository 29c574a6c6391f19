package org.hostmem.arch.generic;

import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Set;
import org.hostmem.AccessRules;
import org.hostmem.Atomics;
import org.hostmem.Barrier;
import org.hostmem.Guarantee;
import org.hostmem.spi.MappedRegion;

/** Every access by the ISA's own instructions, from its listing. */
class InstructionAccessor extends RegionAccessor {

    private static final long EVERY_BYTE = 0x0101_0101_0101_0101L;

    final Code code;
    final Routines routines;

    InstructionAccessor(
            MappedRegion region,
            AccessRules rules,
            Set<Guarantee> guarantees,
            Code code,
            Routines routines,
            RegionAccessor parent) {
        super(region, rules, guarantees, parent);
        this.code = code;
        this.routines = routines;
        if (routines.readPastCache() != 0 && routines.writePastCache() != 0) {
            pastCache = Caches.PAST;
        }
    }

    @Override
    long load(long address, int width) {
        MemorySegment routine = switch (width) {
            case 1 -> routines.load1();
            case 2 -> routines.load2();
            case 4 -> routines.load4();
            default -> routines.load8();
        };
        return lent == null ? Calls.load(routine, address) : words(routine, address, 0, 0);
    }

    @Override
    long store(long address, int width, long value) {
        MemorySegment routine = switch (width) {
            case 1 -> routines.store1();
            case 2 -> routines.store2();
            case 4 -> routines.store4();
            default -> routines.store8();
        };
        return lent == null ? Calls.store(routine, address, value) : words(routine, address, value, 0);
    }

    /** A call on lent memory. */
    private long words(MemorySegment routine, long address, long second, long third) {
        try {
            return HeldCalls.words(routine, address, second, third, lent);
        } catch (IllegalStateException | WrongThreadException ended) {
            throw memoryClosed(ended);
        }
    }

    /** A call with RAM on its other side. */
    private long block(long routine, long address, MemorySegment ram, long ramOffset, long length) {
        try {
            return lent == null
                    ? Calls.bulk(routine, address, ram, ramOffset, length)
                    : HeldCalls.block(routine, address, ram, ramOffset, length, 0, lent);
        } catch (IllegalStateException | WrongThreadException ended) {
            throw eitherClosed(ram, ended);
        }
    }

    @Override
    long readRegion(long address, MemorySegment ram, long ramOffset, long length, Order order) {
        return block(order == Order.ANY ? routines.read() : routines.readAscending(), address, ram, ramOffset, length);
    }

    @Override
    long writeRegion(long address, MemorySegment ram, long ramOffset, long length, Order order) {
        // No switch: a comparison of constants is none, and the ordinal of an enum is not a constant to the JIT.
        return block(
                order == Order.ANY
                        ? routines.write()
                        : order == Order.ASCENDING ? routines.writeAscending() : routines.writeDescending(),
                address,
                ram,
                ramOffset,
                length);
    }

    @Override
    final long readPastCache(long address, MemorySegment ram, long ramOffset, long length) {
        return block(routines.readPastCache(), address, ram, ramOffset, length);
    }

    @Override
    final long writePastCache(long address, MemorySegment ram, long ramOffset, long length) {
        return block(routines.writePastCache(), address, ram, ramOffset, length);
    }

    @Override
    final long copyRegion(
            RegionAccessor source, long address, MemorySegment memory, long offset, long length, Order order) {
        return order == Order.ASCENDING
                ? block(copyAscending(source), address, memory, offset, length)
                : writeRegion(address, memory, offset, length, order);
    }

    /**
     * The routine of the side whose order takes more than the order in the program; if it is neither, one that leaves
     * it at that.
     */
    private long copyAscending(RegionAccessor source) {
        long theirs = source instanceof InstructionAccessor other ? other.routines.copyAscending() : 0;
        return routines.copyAscending() != 0
                ? routines.copyAscending()
                : theirs != 0 ? theirs : routines.writeAscending();
    }

    @Override
    final boolean canExchange(Order order) {
        return ring(order) != 0;
    }

    @Override
    final long exchangeRegion(long address, MemorySegment ring, long place, long length, long distance, Order order) {
        try {
            return lent == null
                    ? Calls.ring(ring(order), address, ring, place, length, distance)
                    : HeldCalls.block(ring(order), address, ring, place, length, distance, lent);
        } catch (IllegalStateException | WrongThreadException ended) {
            throw eitherClosed(ring, ended);
        }
    }

    private long ring(Order order) {
        return order == Order.ANY ? routines.ring() : routines.ringAscending();
    }

    @Override
    final long fillRegion(long address, long length, byte value) {
        if (routines.fill() == null) {
            return writePattern(address, length, value);
        }
        long pattern = (value & 0xff) * EVERY_BYTE;
        return lent == null
                ? Calls.fill(routines.fill(), address, pattern, length)
                : words(routines.fill(), address, pattern, length);
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
    public final void barrier(Barrier purpose) {
        Calls.load(routines.barriers().get(Objects.requireNonNull(purpose)), 0);
    }

    @Override
    final Fault takeFault() {
        return code.takeFault();
    }

    @Override
    final boolean isExactOnBothSides(RegionAccessor source, Order order) {
        return order != Order.ASCENDING || routines.copyAscending() != 0 || source instanceof InstructionAccessor;
    }

    @Override
    RegionAccessor view(MappedRegion part) {
        return of(part, rules(), guarantees(), code, routines, this);
    }

    /** {@code parent} is what this is a view of, or null. */
    static InstructionAccessor of(
            MappedRegion region,
            AccessRules rules,
            Set<Guarantee> guarantees,
            Code code,
            Routines routines,
            RegionAccessor parent) {
        return code == Code.first() && !isLent(region, parent)
                ? new OfFirstCode(region, rules, guarantees, code, routines, parent)
                : new InstructionAccessor(region, rules, guarantees, code, routines, parent);
    }

    /**
     * Of the process's first code, whose scalars are constants to the JIT: a class of its own, so that no access asks
     * which code it is.
     */
    private static final class OfFirstCode extends InstructionAccessor {

        OfFirstCode(
                MappedRegion region,
                AccessRules rules,
                Set<Guarantee> guarantees,
                Code code,
                Routines routines,
                RegionAccessor parent) {
            super(region, rules, guarantees, code, routines, parent);
        }

        @Override
        long load(long address, int width) {
            return Calls.FirstLoads.load(address, width);
        }

        @Override
        long store(long address, int width, long value) {
            return Calls.FirstStores.store(address, width, value);
        }
    }

    @Override
    final Atomics newAtomics() {
        return new InstructionAtomics(this, code, routines.exchange16());
    }
}
