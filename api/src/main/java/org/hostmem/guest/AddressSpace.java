package org.hostmem.guest;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.hostmem.AccessPlan;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.Barrier;
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
        private final Snapshot snapshot;
        private final long start;
        private final long size;
        private final HostMemoryAccessor accessor;
        private final long offset;
        private final Mapping mapping;

        private Range(Snapshot snapshot, long start, long end, HostMemoryAccessor accessor, long offset, Mapping mapping) {
            this.snapshot = snapshot;
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

    /** All addresses, without gaps. */
    private static final class Snapshot {
        private final List<Mapping> mappings;
        private final long[] starts;
        private final Range[] ranges;

        /** Asks for the ranges, so that each can name this. */
        Snapshot(List<Mapping> mappings, Function<Snapshot, Collection<Range>> ranges) {
            this.mappings = mappings;
            this.ranges = ranges.apply(this).toArray(Range[]::new);
            this.starts = Stream.of(this.ranges).mapToLong(Range::start).toArray();
        }

        Range find(long address) {
            int low = 0;
            int high = starts.length - 1;
            while (low < high) {
                int middle = (low + high + 1) >>> 1;
                if (starts[middle] <= address) {
                    low = middle;
                } else {
                    high = middle - 1;
                }
            }
            Range found = ranges[low];
            if (address < 0 || address >= found.end()) {
                throw new RegionBoundsException("0x" + Long.toHexString(address) + " is no guest-physical address: they are in [0, 2^63 - 1)");
            }
            return found;
        }
    }

    /** Bytes of a scalar that crosses ranges, on their way. */
    private static final ThreadLocal<MemorySegment> SCALAR = new ThreadLocal<>();

    private final ByteOrder order;
    private final Holes holes;

    private volatile Snapshot current;
    /** Found last, by any thread, and set without synchronization: whatever is read here is immutable, and says of which snapshot it is. */
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
        this.current = new Snapshot(List.of(), snapshot -> flatten(snapshot, List.of()));
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
        List<Mapping> changed = List.copyOf(change.apply(current.mappings));
        current = new Snapshot(changed, snapshot -> flatten(snapshot, changed));
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

    /** From the highest priority to the lowest, each mapping gets the addresses that are still free; holes get the rest. */
    private Collection<Range> flatten(Snapshot snapshot, List<Mapping> mappings) {
        List<Mapping> sorted = new ArrayList<>(mappings);
        sorted.sort(Comparator.comparingInt(Mapping::priority).reversed().thenComparingLong(Mapping::start));
        TreeMap<Long, Range> seen = new TreeMap<>();
        Mapping previous = null;
        for (Mapping mapping : sorted) {
            if (previous != null && previous.priority() == mapping.priority() && mapping.start() < previous.end()) {
                throw new IllegalArgumentException("two mappings of priority " + mapping.priority() + " overlap: " + previous + " and " + mapping + "; give one a higher priority");
            }
            HostMemoryAccessor accessor = accessor(mapping);
            fillFree(seen, mapping.start(), mapping.end(), (from, to) -> new Range(snapshot, from, to, accessor, mapping.offset() + from - mapping.start(), mapping));
            previous = mapping;
        }
        fillFree(seen, 0, Long.MAX_VALUE, (from, to) -> hole(snapshot, from, to));
        return seen.values();
    }

    @FunctionalInterface
    private interface RangeMaker {
        Range make(long from, long to);
    }

    private static void fillFree(TreeMap<Long, Range> seen, long start, long end, RangeMaker maker) {
        for (long at = start; at < end;) {
            Map.Entry<Long, Range> before = seen.floorEntry(at);
            if (before != null && before.getValue().end() > at) {
                at = before.getValue().end();
            } else {
                Long next = seen.higherKey(at);
                long to = next == null ? end : Math.min(next, end);
                seen.put(at, maker.make(at, to));
                at = to;
            }
        }
    }

    private HostMemoryAccessor accessor(Mapping mapping) {
        if (mapping.model() != null) {
            return new ModelAccessor(mapping.model(), mapping.start(), mapping.size(), order, null);
        }
        return mapping.accessor().options().byteOrder() == order ? mapping.accessor() : mapping.accessor().withByteOrder(order);
    }

    private Range hole(Snapshot snapshot, long from, long to) {
        DeviceModel nobody = new DeviceModel() {
            @Override
            public long read(long offset, int width) {
                return -1;
            }

            @Override
            public void write(long offset, int width, long value) {
                // Dropped.
            }
        };
        return new Range(snapshot, from, to, new ModelAccessor(nobody, from, to - from, order, holes == Holes.ERROR ? "nothing is mapped" : null), 0, null);
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

    private Range find(Snapshot now, long address, int width) {
        Range range = last;
        if (range.snapshot != now || address < range.start || address - range.start > range.size - width) {
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
        Snapshot now = current;
        Range range = find(now, address, width);
        long inside = address - range.start;
        return inside <= range.size - width ? range.accessor.read(range.offset + inside, width) : readAcross(now, address, width);
    }

    /**
     * Writes a scalar.
     *
     * @param address guest-physical
     * @param width 1, 2, 4 or 8 bytes
     * @param value of which the low {@code width} bytes are written
     */
    public void write(long address, int width, long value) {
        Snapshot now = current;
        Range range = find(now, address, width);
        long inside = address - range.start;
        if (inside <= range.size - width) {
            range.accessor.write(range.offset + inside, width, value);
        } else {
            writeAcross(now, address, width, value);
        }
    }

    private long readAcross(Snapshot now, long address, int width) {
        checkAcross(now, address, width);
        MemorySegment bytes = takeScalar();
        try {
            transfer(Direction.READ, now, address, bytes, 0, width, TransferOrder.ASCENDING);
            long value = 0;
            for (int i = 0; i < width; i++) {
                value |= (bytes.get(ValueLayout.JAVA_BYTE, i) & 0xffL) << shift(i, width);
            }
            return value;
        } finally {
            SCALAR.set(bytes);
        }
    }

    private void writeAcross(Snapshot now, long address, int width, long value) {
        checkAcross(now, address, width);
        MemorySegment bytes = takeScalar();
        try {
            for (int i = 0; i < width; i++) {
                bytes.set(ValueLayout.JAVA_BYTE, i, (byte) (value >>> shift(i, width)));
            }
            transfer(Direction.WRITE, now, address, bytes, 0, width, TransferOrder.ASCENDING);
        } finally {
            SCALAR.set(bytes);
        }
    }

    /** Taken away while in use, as a device model may access guest memory, too. */
    private static MemorySegment takeScalar() {
        MemorySegment bytes = SCALAR.get();
        if (bytes == null) {
            return MemorySegment.ofArray(new byte[Long.BYTES]);
        }
        SCALAR.set(null);
        return bytes;
    }

    private int shift(int i, int width) {
        return 8 * (order == ByteOrder.LITTLE_ENDIAN ? i : width - 1 - i);
    }

    private static void checkAcross(Snapshot now, long address, int width) {
        AccessPlan.checkScalarWidth(width);
        checkAddresses(address, width);
        for (long done = 0; done < width;) {
            Range range = now.find(address + done);
            if (range.accessor.options().unaligned() == UnalignedPolicy.REJECT) {
                throw new AccessRejectedException(Reason.UNALIGNED, width + " bytes at guest-physical address 0x" + Long.toHexString(address) + " cross from one range to the next, and the policy of one is REJECT");
            }
            done += Math.min(width - done, range.end() - address - done);
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
        transfer(Direction.READ, current, address, ram, ramOffset, length, order);
    }

    /** Two loops and no visitor, for a transfer allocates nothing (R12). */
    private static void transfer(Direction direction, Snapshot now, long address, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
        Objects.checkFromIndexSize(ramOffset, length, ram.byteSize());
        checkAddresses(address, length);
        for (long done = 0; done < length;) {
            Range range = now.find(address + done);
            long n = Math.min(length - done, range.end() - address - done);
            range.accessor.check(direction, range.offset(address + done), n);
            done += n;
        }
        for (long done = 0; done < length;) {
            Range range = now.find(address + done);
            long n = Math.min(length - done, range.end() - address - done);
            if (done > 0 && order != TransferOrder.RELAXED) {
                range.accessor.barrier(Barrier.FULL); // Ranges may be of different memory, which only a barrier keeps in order.
            }
            try {
                if (direction == Direction.READ) {
                    range.accessor.readBytes(range.offset(address + done), ram, ramOffset + done, n, order);
                } else {
                    range.accessor.writeBytes(range.offset(address + done), ram, ramOffset + done, n, order);
                }
            } catch (RegionFaultException fault) {
                throw fault.within(done + fault.completed());
            }
            done += n;
        }
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
        transfer(Direction.WRITE, current, address, ram, ramOffset, length, order);
    }

    /**
     * {@return the parts of accessors that some addresses are, for a {@link Transfer}: DMA from one guest address to another is
     * {@code how.copy(space.ranges(from, n), space.ranges(to, n))}}
     *
     * @param address guest-physical, of the first byte
     * @param length in bytes
     */
    public List<Transfer.Range> ranges(long address, long length) {
        List<Transfer.Range> all = new ArrayList<>();
        each(current, address, length, (range, offset, done, n) -> all.add(new Transfer.Range(range.accessor, offset, n)));
        return all;
    }

    /**
     * {@return the accesses that a scalar turns into, before it is made: one step, or several if it crosses ranges}
     *
     * @param address guest-physical
     * @param width 1, 2, 4 or 8 bytes
     */
    public List<Step> planScalar(long address, int width) {
        AccessPlan.checkScalarWidth(width);
        Range range = find(address);
        return address - range.start <= range.size - width
                ? List.of(new Step(range, range.accessor.planScalar(range.offset(address), width)))
                : planBulk(Direction.READ, address, width, TransferOrder.ASCENDING);
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
        List<Step> steps = new ArrayList<>();
        each(current, address, length, (range, offset, done, n) -> steps.add(new Step(range, range.accessor.planBulk(direction, offset, n, order))));
        return steps;
    }

    @FunctionalInterface
    private interface Part {
        void visit(Range range, long offset, long done, long length);
    }

    private static void each(Snapshot now, long address, long length, Part part) {
        checkAddresses(address, length);
        for (long done = 0; done < length;) {
            Range range = now.find(address + done);
            long n = Math.min(length - done, range.end() - address - done);
            part.visit(range, range.offset(address + done), done, n);
            done += n;
        }
    }

    private static void checkAddresses(long address, long length) {
        if ((address | length) < 0 || address > Long.MAX_VALUE - length) {
            throw new RegionBoundsException(length + " bytes at 0x" + Long.toHexString(address) + " are not guest-physical addresses: they are in [0, 2^63 - 1)");
        }
    }
}
