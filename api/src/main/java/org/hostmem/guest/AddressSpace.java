package org.hostmem.guest;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.hostmem.AccessPlan;
import org.hostmem.Atomics;
import org.hostmem.Barrier;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.HostMemoryException;
import org.hostmem.RegionBoundsException;
import org.hostmem.RegionFaultException;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;
import org.hostmem.UnalignedPolicy;
import org.hostmem.engine.FirstUse;
import org.hostmem.spi.PlainMemory;
import org.hostmem.spi.UnsupportedRequests;
import org.jspecify.annotations.Nullable;

/**
 * A guest's bus: it says which memory or device answers at each guest-physical address, and makes the accesses.
 * Addresses are unsigned, and all 2<sup>64</sup> can be used.
 *
 * <p><b>Changes.</b> The {@linkplain Mapping mappings} are flattened into an immutable snapshot, like QEMU's FlatView,
 * which is swapped in one step. An access or a transfer uses one snapshot from beginning to end. So an access that
 * began before a change may still reach a mapping that the change removed. You may unmap a region and close it at once:
 * the closed accessor refuses a late access. A change takes a few microseconds for any number of mappings, and some
 * time for each lower priority in use. It does not use the accessors of other mappings, so a mapping whose accessor is
 * closed can be unmapped.
 *
 * <p><b>Accesses.</b> Any number of threads may use it. Finding a range allocates nothing. The loads and stores of a
 * virtual CPU are fastest through a handle of its own: {@link #cpu}. Accessors of another byte order than the space's
 * are used through a view, made when they are mapped. An access that crosses from one range to the next is cut there
 * into the aligned accesses of {@link #planScalar}, or refused if either side's policy is
 * {@link UnalignedPolicy#REJECT}. A request that runs past the last address is a {@link RegionBoundsException}, before
 * the first access.
 *
 * <p><b>Faults</b> of memory, and bus errors of a {@link DeviceModel}, throw a {@link RegionFaultException} with the
 * offset in the range's accessor. Every {@link HostMemoryException} of a request by guest-physical address has that
 * address: {@link HostMemoryException#guestAddress}.
 *
 * <p><b>Holes</b> are ranges, too. {@link Holes} says how they answer.
 */
public final class AddressSpace {

    /** How addresses answer where nothing is mapped. */
    public enum Holes {
        /** A read returns all ones, and a write is dropped, as on PCI Express. */
        ALL_ONES,
        /** The request throws a {@link RegionBoundsException} before its first access. */
        ERROR
    }

    /**
     * Addresses in a row that one accessor answers. An emulator may keep it in a TLB of its own until the next change
     * of the mappings: {@link AddressSpace#generation}, {@link MappingListener}. {@link CpuBus} is such a TLB.
     */
    public static final class Range {
        /** Answers nothing. */
        static final Range ENDED = ended();

        final Placed placed;
        private final long start;
        private final long size;
        final HostMemoryAccessor accessor;
        /** From a guest-physical address to the offset in the accessor. */
        private final long shift;

        final @Nullable PlainMemory reads;
        final @Nullable PlainMemory writes;
        /** Until a change takes the range away. Both are false or 0 to who finds it before it is complete. */
        private volatile boolean isLive;
        /** At how many addresses 8 bytes begin that are all inside; 0 once it has ended. */
        private volatile long wide;

        Range(Placed placed, long start, long last) {
            this.placed = placed;
            this.start = start;
            this.size = last - start + 1;
            this.accessor = placed.accessor;
            this.shift = placed.offset(start) - start;
            this.reads = placed.reads;
            this.writes = placed.writes;
            this.isLive = true;
            this.wide = Math.max(0, size - 7);
        }

        /** Whether it answers all bytes of any scalar there, and is seen. One comparison, so its last 7 bytes miss. */
        boolean holds(long address) {
            return Long.compareUnsigned(address - start, wide) < 0;
        }

        /** Whether it answers all bytes of a scalar, and is seen. */
        boolean holds(long address, int width) {
            long inside = address - start; // as a size is below 2^63, what is negative lies outside
            return isLive && inside >= 0 && inside <= size - width;
        }

        boolean isLive() {
            return isLive;
        }

        void markEnded() {
            isLive = false;
            wide = 0;
        }

        private static Range ended() {
            Placed nothing = Placed.holes(ByteOrder.LITTLE_ENDIAN, Holes.ERROR)[0];
            Range range = new Range(nothing, nothing.start, nothing.last);
            range.markEnded();
            return range;
        }

        /** {@return the first guest-physical address} */
        public long start() {
            return start;
        }

        /** {@return how many addresses there are} */
        public long size() {
            return size;
        }

        /** {@return the first guest-physical address after it; 0 if it ends at the last address that there is} */
        public long end() {
            return start + size;
        }

        long last() {
            return start + (size - 1);
        }

        /** How many bytes there are from an address to the end. */
        long rest(long address) {
            return size - (address - start);
        }

        /**
         * {@return the accessor that answers, in the space's byte order: for its atomics, its segment, or a copy. A
         * device model and a hole have one, too}
         */
        public HostMemoryAccessor accessor() {
            return accessor;
        }

        /**
         * {@return the offset in the accessor}
         *
         * @param address guest-physical, in the range
         */
        public long offset(long address) {
            return address + shift;
        }

        /** {@return the mapping here; {@code null} for a hole} */
        @SuppressWarnings("exports") // of JSpecify, which users may leave out
        public @Nullable Mapping mapping() {
            return isHole() ? null : placed.mapping;
        }

        /** Whose memory it is, by whatever view; the accessor itself for a hole or a model. */
        HostMemoryAccessor region() {
            return UnsupportedRequests.wholeRegion(accessor);
        }

        /** {@return whether nothing is mapped here} */
        public boolean isHole() {
            return placed.isHole();
        }

        @Override
        public String toString() {
            return Mapping.span(start, end()) + (isHole() ? " hole" : " in " + placed.mapping);
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
    private final Placed[] holes;

    private volatile FlatView current;
    private Layers layers = new Layers();
    /** The mappings as a list; null after a change that nobody has asked about. */
    private volatile @Nullable List<Mapping> listed = List.of();

    private boolean changing;
    private final Atomics atomics = new GuestAtomics(this);
    /** Of all threads that have no handle of their own. */
    private final CpuBus shared;

    /** Under this space's lock; those that are still used. */
    private final Set<CpuBus> cpus = Collections.newSetFromMap(new WeakHashMap<>());

    private final List<MappingListener> listeners = new CopyOnWriteArrayList<>();
    private volatile long generation;

    /**
     * Makes a space without mappings.
     *
     * @param order in which the guest's CPU sees the bytes of a scalar
     * @param holes what answers where nothing is mapped
     */
    public AddressSpace(ByteOrder order, Holes holes) {
        FirstUse.prepare();
        this.order = Objects.requireNonNull(order);
        this.holes = Placed.holes(order, Objects.requireNonNull(holes));
        this.current = FlatView.of(this.holes);
        this.shared = cpu();
    }

    /**
     * {@return a handle for one virtual CPU, which makes its loads and stores faster than the space can: see
     * {@link CpuBus}}
     */
    public synchronized CpuBus cpu() {
        CpuBus cpu = new CpuBus(this, order);
        cpus.add(cpu);
        return cpu;
    }

    FlatView view() {
        return current;
    }

    ByteOrder order() {
        return order;
    }

    // ---- changes

    /** {@return the mappings, in the order in which they were added} */
    public List<Mapping> mappings() {
        List<Mapping> all = listed;
        return all == null ? list() : all;
    }

    private synchronized List<Mapping> list() {
        if (listed == null) {
            listed = layers.mappings();
        }
        return listed;
    }

    /**
     * Replaces all mappings in one step, computed from those that are there: {@code space.update(all -> List.of(...))}.
     * Takes time for each mapping of the new list. To change a few of many, {@link #map}, {@link #unmap} and
     * {@link #remap} are faster.
     *
     * @param change gives the new list; runs under a lock, for which the changes of other threads wait, and must not
     *     change the space itself
     * @throws IllegalArgumentException if two of the same priority overlap; then nothing is changed
     * @throws IllegalStateException if {@code change} changes this space by {@code update}, {@link #map},
     *     {@link #unmap} or {@link #remap}; whatever it throws comes out of here, and nothing is changed
     */
    public synchronized void update(UnaryOperator<List<Mapping>> change) {
        begin();
        try {
            Layers next = new Layers();
            for (Mapping mapping : List.copyOf(change.apply(mappings()))) {
                next.checkFree(mapping, null);
                Placed known = layers.find(mapping);
                next.add(known == null ? Placed.of(mapping, order, next.neighbour(mapping)) : known);
            }
            FlatView view = FlatView.of(holes);
            for (Placed placed : next.upwards()) {
                view = view.with(placed);
            }
            announce(Addresses.ALL);
            layers = next;
            publish(view, Addresses.ALL);
        } finally {
            changing = false;
        }
    }

    /**
     * Adds a mapping.
     *
     * @param mapping to add
     * @throws IllegalArgumentException if it overlaps another of its priority; then nothing is changed
     * @throws IllegalStateException if it is called from within an {@link #update}
     */
    public synchronized void map(Mapping mapping) {
        begin();
        try {
            layers.checkFree(mapping, null);
            Placed placed = Placed.of(mapping, order, layers.neighbour(mapping));
            FlatView view = current.with(placed);
            announce(placed.addresses());
            layers.add(placed);
            publish(view, placed.addresses());
        } finally {
            changing = false;
        }
    }

    /**
     * Removes a mapping, also if its accessor is closed.
     *
     * @param mapping one of {@link #mappings}
     * @return whether it was there
     * @throws IllegalStateException if it is called from within an {@link #update}
     */
    public synchronized boolean unmap(Mapping mapping) {
        begin();
        try {
            Placed placed = layers.find(mapping);
            if (placed == null) {
                return false;
            }
            FlatView view = current.without(placed, layers, holes);
            announce(placed.addresses());
            layers.remove(placed);
            publish(view, placed.addresses());
            return true;
        } finally {
            changing = false;
        }
    }

    /**
     * Replaces a mapping by another in one step, such as a BAR that the guest moves. No access finds both or neither.
     *
     * @param old one of {@link #mappings}; its accessor may be closed
     * @param next takes its place; it may overlap {@code old}
     * @return whether {@code old} was there; if not, nothing is changed
     * @throws IllegalArgumentException if {@code next} overlaps another of its priority; then nothing is changed
     * @throws IllegalStateException if it is called from within an {@link #update}
     */
    public synchronized boolean remap(Mapping old, Mapping next) {
        begin();
        try {
            Placed gone = layers.find(old);
            if (gone == null) {
                return false;
            }
            layers.checkFree(next, gone);
            Placed neighbour = old.accessor() == next.accessor() ? gone : layers.neighbour(next);
            Placed placed = Placed.of(next, order, neighbour);
            FlatView view = current.without(gone, layers, holes).with(placed);
            announce(gone.addresses(), placed.addresses());
            layers.remove(gone);
            layers.add(placed);
            publish(view, gone.addresses(), placed.addresses());
            return true;
        } finally {
            changing = false;
        }
    }

    /** Only the thread that holds the lock can find it changing. */
    private void begin() {
        if (changing) {
            throw new IllegalStateException(
                    "the mappings of this space are being changed by this thread: return the new list from the"
                            + " function that update was given");
        }
        changing = true;
    }

    private void announce(Addresses... changed) {
        for (Addresses some : changed) {
            listeners.forEach(listener -> listener.beforeChange(some.start(), some.last()));
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // changes hold the lock
    private void publish(FlatView view, Addresses... changed) {
        FlatView before = current;
        listed = null;
        current = view;
        for (Addresses some : changed) {
            before.endAllBut(view, some.start(), some.last());
        }
        generation++;
        for (Addresses some : changed) {
            cpus.forEach(cpu -> cpu.forget(some));
        }
        RuntimeException failure = null;
        for (Addresses some : changed) {
            for (MappingListener listener : listeners) {
                try {
                    listener.afterChange(some.start(), some.last());
                } catch (RuntimeException thrown) {
                    failure = failure == null ? thrown : failure;
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /**
     * {@return the number of changes so far}
     *
     * <p>Use it for a TLB of your own: read this number, then {@link #find} a range, and use the range as long as the
     * number is the same. So no access that begins after a change has returned uses an old mapping.
     */
    public long generation() {
        return generation;
    }

    /**
     * Adds a listener of changes.
     *
     * @param listener gets each change that begins from now on
     */
    public void addListener(MappingListener listener) {
        listeners.add(Objects.requireNonNull(listener));
    }

    /**
     * Removes a listener.
     *
     * @param listener that was added
     * @return whether it was there
     */
    public boolean removeListener(MappingListener listener) {
        return listeners.remove(listener);
    }

    // ---- accesses

    /**
     * {@return the range of an address. This allocates nothing}
     *
     * @param address guest-physical, any
     */
    public Range find(long address) {
        return shared.find(address, 1);
    }

    /**
     * Reads a scalar.
     *
     * @param address guest-physical
     * @param width 1, 2, 4 or 8 bytes
     * @return the value, zero-extended
     */
    public long read(long address, int width) {
        return shared.read(address, width);
    }

    /**
     * Writes a scalar.
     *
     * @param address guest-physical
     * @param width 1, 2, 4 or 8 bytes
     * @param value of which the low {@code width} bytes are written
     */
    public void write(long address, int width, long value) {
        shared.write(address, width, value);
    }

    /**
     * Reads one byte.
     *
     * @param address guest-physical
     * @return the byte
     */
    public byte readByte(long address) {
        return shared.readByte(address);
    }

    /**
     * Reads 2 bytes in the byte order of the space.
     *
     * @param address guest-physical
     * @return the value
     */
    public short readShort(long address) {
        return shared.readShort(address);
    }

    /**
     * Reads 4 bytes in the byte order of the space.
     *
     * @param address guest-physical
     * @return the value
     */
    public int readInt(long address) {
        return shared.readInt(address);
    }

    /**
     * Reads 8 bytes in the byte order of the space.
     *
     * @param address guest-physical
     * @return the value
     */
    public long readLong(long address) {
        return shared.readLong(address);
    }

    /**
     * Writes one byte.
     *
     * @param address guest-physical
     * @param value to write
     */
    public void writeByte(long address, byte value) {
        shared.writeByte(address, value);
    }

    /**
     * Writes 2 bytes in the byte order of the space.
     *
     * @param address guest-physical
     * @param value to write
     */
    public void writeShort(long address, short value) {
        shared.writeShort(address, value);
    }

    /**
     * Writes 4 bytes in the byte order of the space.
     *
     * @param address guest-physical
     * @param value to write
     */
    public void writeInt(long address, int value) {
        shared.writeInt(address, value);
    }

    /**
     * Writes 8 bytes in the byte order of the space.
     *
     * @param address guest-physical
     * @param value to write
     */
    public void writeLong(long address, long value) {
        shared.writeLong(address, value);
    }

    /**
     * Copies from guest memory to RAM of the emulator, for example for a device model. It crosses ranges. Every check
     * comes before the first access.
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
     * Copies from RAM of the emulator to guest memory, for example for a device model. It crosses ranges. Every check
     * comes before the first access.
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
     * Copies to an array, {@link TransferOrder#ASCENDING}. Crosses ranges, as a copy to a segment does.
     *
     * @param address guest-physical, of the first byte
     * @param ram the other end
     * @param ramOffset of the first byte in {@code ram}
     * @param length in bytes
     */
    public void readBytes(long address, byte[] ram, int ramOffset, int length) {
        Crossing.transfer(Direction.READ, current, address, ram, ramOffset, length);
    }

    /**
     * Copies from an array, {@link TransferOrder#ASCENDING}. Crosses ranges, as a copy from a segment does.
     *
     * @param address guest-physical, of the first byte
     * @param ram the other end
     * @param ramOffset of the first byte in {@code ram}
     * @param length in bytes
     */
    public void writeBytes(long address, byte[] ram, int ramOffset, int length) {
        Crossing.transfer(Direction.WRITE, current, address, ram, ramOffset, length);
    }

    /**
     * Writes the same byte to a range, {@link TransferOrder#RELAXED}. It crosses ranges. Every check comes before the
     * first access.
     *
     * @param address guest-physical, of the first byte
     * @param length in bytes
     * @param value of every byte
     * @throws RegionFaultException with the bytes of the whole request before the fault
     */
    public void fill(long address, long length, byte value) {
        Crossing.fill(current, address, length, value, TransferOrder.RELAXED);
    }

    /**
     * As {@link #fill}, {@link TransferOrder#UNOBSERVED}: nobody looks until it is over.
     *
     * @param address guest-physical, of the first byte
     * @param length in bytes
     * @param value of every byte
     * @throws RegionFaultException with the bytes of the whole request before the fault
     */
    public void fillUnobserved(long address, long length, byte value) {
        Crossing.fill(current, address, length, value, TransferOrder.UNOBSERVED);
    }

    /**
     * Carries out a barrier of the memory at an address. The cache mode of that memory decides the instruction. It is
     * not an access, and orders the accesses of this thread to any memory.
     *
     * @param address guest-physical, of the memory to order, such as a doorbell
     * @param purpose what it is for
     */
    public void barrier(long address, Barrier purpose) {
        find(address).accessor.barrier(purpose);
    }

    /**
     * {@return read-modify-write accesses by guest-physical address, which is what the parameter {@code offset} is}
     *
     * <p>Each is made by the range's accessor. It is refused if the range has no atomics, such as a device, or if the
     * access crosses two ranges ({@link org.hostmem.AccessRejectedException.Reason#UNALIGNED}). For 16 bytes,
     * {@link Atomics#supports} says whether any memory that is mapped now has them.
     */
    public Atomics atomics() {
        return atomics;
    }

    /**
     * {@return the parts of accessors at some addresses, for a {@link Transfer}. DMA from one guest address to another
     * is {@code how.copy(space.ranges(from, n), space.ranges(to, n))}; {@code how.plan} of the same lists its accesses}
     *
     * @param address guest-physical, of the first byte
     * @param length in bytes
     */
    public List<Transfer.Span> ranges(long address, long length) {
        List<Transfer.Span> all = new ArrayList<>();
        current.forEach(address, length, (range, offset, n) -> all.add(new Transfer.Span(range.accessor, offset, n)));
        return all;
    }

    /**
     * {@return the accesses that a scalar becomes, before it is made: one step, or several
     * {@linkplain AccessPlan.Verdict#SPLIT split} ones if it crosses ranges. All are
     * {@linkplain AccessPlan.Verdict#REJECTED rejected} if the policy of one rejects it}
     *
     * @param address guest-physical
     * @param width 1, 2, 4 or 8 bytes
     */
    public List<Step> planScalar(long address, int width) {
        return Planning.scalar(current, address, width);
    }

    /**
     * {@return the accesses that a transfer becomes, before it is made, range by range. All are
     * {@linkplain AccessPlan.Verdict#REJECTED rejected} if one is}
     *
     * @param direction read or write
     * @param address guest-physical, of the first byte
     * @param length in bytes
     * @param order of the transfer
     */
    public List<Step> planBulk(Direction direction, long address, long length, TransferOrder order) {
        return Planning.bulk(current, direction, address, length, order);
    }
}
