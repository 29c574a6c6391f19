package org.hostmem.guest;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.hostmem.AccessPlan;
import org.hostmem.AccessRejectedException;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionBoundsException;
import org.hostmem.RegionFaultException;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;
import org.hostmem.UnalignedPolicy;

/**
 * The guest-physical addresses of a guest: which memory or device answers where.
 *
 * <p><b>Changes.</b> What is seen is computed from the {@linkplain Mapping mappings} into an immutable snapshot, as QEMU's FlatView is, and swapped in one step. An access, or a transfer, uses one
 * snapshot from beginning to end; so after a change one that began before it may still reach what is mapped no more. Who unmaps to close a region may close it at once: a late access is
 * refused by the closed accessor.
 *
 * <p><b>Accesses.</b> Any number of threads may use it. Finding a range allocates nothing. Accessors of another byte order than the space's are used through a view. An access that crosses from one
 * range to the next is cut there into the aligned accesses of {@link #planScalar}, or refused if either side's policy is {@link UnalignedPolicy#REJECT}.
 *
 * <p><b>Holes</b> are ranges, too, and answer as {@link Holes} says. Addresses are in [0, 2<sup>63</sup> - 1).
 */
public final class AddressSpace {

    /** What an access finds where nothing is mapped. */
    public enum Holes {
        /** As on PCI Express: a read gives all ones, a write is dropped. */
        ALL_ONES,
        /** {@link RegionBoundsException}, before the first access of the whole request. */
        ERROR
    }

    /** Addresses in a row that one accessor answers. Immutable; an emulator may keep it in a TLB until the next change of the mappings. */
    public static final class Range {
        private final FlatView view;
        private final long start;
        private final long size;
        final HostMemoryAccessor accessor;
        private final long offset;
        private final Mapping mapping;

        Range(FlatView view, long start, long end, HostMemoryAccessor accessor, long offset, Mapping mapping) {
            this.view = view;
            this.start = start;
            this.size = end - start;
            this.accessor = accessor;
            this.offset = offset;
            this.mapping = mapping;
        }

        /** {@return the first guest-physical address} */
        public long start() {
            return start;
        }

        /** {@return the first guest-physical address after it} */
        public long end() {
            return start + size;
        }

        /** {@return what answers, in the space's byte order: for its atomics, its segment, or a copy. A device model and a hole have one, too} */
        public HostMemoryAccessor accessor() {
            return accessor;
        }

        /**
         * {@return the offset in the accessor}
         *
         * @param address guest-physical, in the range
         */
        public long offset(long address) {
            return offset + address - start;
        }

        /** {@return whether nothing is mapped here} */
        public boolean isHole() {
            return mapping == null;
        }

        @Override
        public String toString() {
            return "[0x" + Long.toHexString(start) + ", 0x" + Long.toHexString(end()) + ")" + (isHole() ? " hole" : " in " + mapping);
        }
    }

    /**
     * The part of a request that one range answers.
     *
     * @param range which
     * @param plan accesses, at offsets of the range's accessor
     */
    public record Step(Range range, AccessPlan plan) {}

    private final ByteOrder order;
    private final Holes holes;

    private volatile FlatView current;
    /** Found last, by any thread, and set without synchronization: whatever is read here is immutable, and says of which view it is. */
    private Range last;

    /**
     * A space in which nothing is mapped.
     *
     * @param order in which the guest's CPU sees the bytes of a scalar
     * @param holes what answers where nothing is mapped
     */
    public AddressSpace(ByteOrder order, Holes holes) {
        this.order = Objects.requireNonNull(order);
        this.holes = Objects.requireNonNull(holes);
        this.current = new FlatView(List.of(), order, holes);
        this.last = current.find(0);
    }

    // ---- changes

    /** {@return the mappings, in the order they were given} */
    public List<Mapping> mappings() {
        return current.mappings;
    }

    /**
     * Replaces all mappings in one step, computed from those that are there: {@code space.update(all -> List.of(...))}.
     *
     * @param change gives the new list; runs under a lock
     * @throws IllegalArgumentException if two of the same priority overlap; then nothing is changed
     */
    public synchronized void update(UnaryOperator<List<Mapping>> change) {
        current = new FlatView(List.copyOf(change.apply(current.mappings)), order, holes);
    }

    /**
     * Adds a mapping.
     *
     * @param mapping to add
     * @throws IllegalArgumentException if it overlaps another of its priority; then nothing is changed
     */
    public void map(Mapping mapping) {
        update(all -> {
            List<Mapping> more = new ArrayList<>(all);
            more.add(mapping);
            return more;
        });
    }

    /**
     * Takes a mapping away.
     *
     * @param mapping one of {@link #mappings}
     * @return whether it was there
     */
    public boolean unmap(Mapping mapping) {
        boolean[] found = new boolean[1];
        update(all -> {
            List<Mapping> fewer = new ArrayList<>(all);
            found[0] = fewer.remove(mapping);
            return fewer;
        });
        return found[0];
    }

    // ---- accesses

    /**
     * {@return what answers at an address; allocates nothing}
     *
     * @param address guest-physical
     * @throws RegionBoundsException if the address is negative
     */
    public Range find(long address) {
        return find(current, address, 1);
    }

    private Range find(FlatView now, long address, int width) {
        Range range = last;
        if (range.view != now || address < range.start || address - range.start > range.size - width) {
            range = now.find(address);
            last = range;
        }
        return range;
    }

    /**
     * Reads a scalar.
     *
     * @param address guest-physical
     * @param width 1, 2, 4 or 8 bytes
     * @return the value, zero-extended
     */
    public long read(long address, int width) {
        FlatView now = current;
        Range range = find(now, address, width);
        long inside = address - range.start;
        return inside <= range.size - width ? range.accessor.read(range.offset + inside, width) : CrossingScalar.read(now, order, address, width);
    }

    /**
     * Writes a scalar.
     *
     * @param address guest-physical
     * @param width 1, 2, 4 or 8 bytes
     * @param value of which the low {@code width} bytes are written
     */
    public void write(long address, int width, long value) {
        FlatView now = current;
        Range range = find(now, address, width);
        long inside = address - range.start;
        if (inside <= range.size - width) {
            range.accessor.write(range.offset + inside, width, value);
        } else {
            CrossingScalar.write(now, order, address, width, value);
        }
    }

    /**
     * Copies to RAM of the emulator's own, as a device model does that reads guest memory. Crosses ranges; everything is checked before the first access.
     *
     * @param address guest-physical, of the first byte
     * @param ram the other end: heap or native, at any alignment
     * @param ramOffset of the first byte in {@code ram}
     * @param length in bytes
     * @param order in which the guest's addresses are read
     * @throws RegionFaultException with the bytes of the whole request before the fault
     */
    public void readBytes(long address, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
        Crossing.transfer(Direction.READ, current, address, ram, ramOffset, length, order);
    }

    /**
     * Copies from RAM of the emulator's own, as a device model does that writes guest memory. Crosses ranges; everything is checked before the first access.
     *
     * @param address guest-physical, of the first byte
     * @param ram the other end: heap or native, at any alignment
     * @param ramOffset of the first byte in {@code ram}
     * @param length in bytes
     * @param order in which the guest's addresses are written
     * @throws RegionFaultException with the bytes of the whole request before the fault
     */
    public void writeBytes(long address, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
        Crossing.transfer(Direction.WRITE, current, address, ram, ramOffset, length, order);
    }

    /**
     * {@return the parts of accessors that some addresses are, for a {@link Transfer}: DMA from one guest address to another is
     * {@code how.copy(space.ranges(from, n), space.ranges(to, n))}, and its accesses are {@code how.plan} of the same}
     *
     * @param address guest-physical, of the first byte
     * @param length in bytes
     */
    public List<Transfer.Range> ranges(long address, long length) {
        List<Transfer.Range> all = new ArrayList<>();
        current.forEach(address, length, (range, offset, n) -> all.add(new Transfer.Range(range.accessor, offset, n)));
        return all;
    }

    /**
     * {@return the accesses that a scalar turns into, before it is made: one step, or several if it crosses ranges: all {@linkplain AccessPlan.Verdict#REJECTED rejected} if the policy of one is}
     *
     * @param address guest-physical
     * @param width 1, 2, 4 or 8 bytes
     */
    public List<Step> planScalar(long address, int width) {
        AccessPlan.checkScalarWidth(width);
        FlatView now = current;
        Range range = find(now, address, width);
        if (address - range.start <= range.size - width) {
            return List.of(new Step(range, range.accessor.planScalar(range.offset(address), width)));
        }
        boolean rejected = CrossingScalar.isRejected(now, address, width);
        return steps(now, address, width, (part, offset, n) -> rejected ? AccessPlan.rejected(offset) : part.accessor.planBulk(Direction.READ, offset, n, TransferOrder.ASCENDING));
    }

    /**
     * {@return the accesses that a transfer turns into, before it is made, range by range}
     *
     * @param direction read or write
     * @param address guest-physical, of the first byte
     * @param length in bytes
     * @param order of the transfer
     */
    public List<Step> planBulk(Direction direction, long address, long length, TransferOrder order) {
        return steps(current, address, length, (part, offset, n) -> part.accessor.planBulk(direction, offset, n, order));
    }

    @FunctionalInterface
    private interface Planner {
        AccessPlan plan(Range part, long offset, long length);
    }

    private static List<Step> steps(FlatView view, long address, long length, Planner planner) {
        List<Step> steps = new ArrayList<>();
        view.forEach(address, length, (part, offset, n) -> steps.add(new Step(part, planner.plan(part, offset, n))));
        return steps;
    }
}
