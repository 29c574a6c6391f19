package org.hostmem.guest;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.hostmem.HostMemoryException;
import org.hostmem.RegionClosedException;
import org.hostmem.guest.AddressSpace.Range;
import org.hostmem.spi.PlainMemory;

/**
 * Loads and stores of one virtual CPU, by guest-physical address: the hot path of an emulator. {@link AddressSpace#cpu}
 * makes one. It does the same as the {@linkplain AddressSpace#read space}, and remembers the range of a page, as a TLB
 * does.
 *
 * <p><b>Fast.</b> An aligned scalar of permanent {@link org.hostmem.CacheMode#NORMAL} memory is an opaque Java access,
 * which the JIT inlines down to the load or store. It stays fast where a call site has seen every kind of accessor,
 * because it calls none. The accessor of the range makes all other accesses: those to a BAR, a device model or memory
 * that may vanish, unaligned scalars, scalars that cross ranges, and the writes of a {@link DirtyLog} or a
 * {@link RomDevice}. Nothing allocates.
 *
 * <p><b>Changes.</b> After {@link AddressSpace#map}, {@link AddressSpace#unmap}, {@link AddressSpace#remap} or
 * {@link AddressSpace#update} has returned, an access that begins finds the new mappings, in any thread. An access that
 * began before may still reach the old ones. After the {@code close} of a region or a view has returned, an access that
 * begins is refused ({@link RegionClosedException}). An access that began before completes or is refused. No access
 * reaches memory outside the region.
 *
 * <p><b>Threads.</b> Make one for each virtual CPU, and use it in the thread of that CPU. If two threads use the same
 * one, each access is still right, but they replace each other's remembered ranges and become slow. After a change no
 * handle keeps an old mapping reachable.
 */
public final class CpuBus {

    private static final VarHandle BYTE = JAVA_BYTE.varHandle();
    private static final VarHandle SHORT = JAVA_SHORT.varHandle();
    private static final VarHandle INT = JAVA_INT.varHandle();
    private static final VarHandle LONG = JAVA_LONG.varHandle();

    private static final int PAGE_SHIFT = 12;
    private static final int FEWEST_SLOTS = 1 << 8;
    private static final int MOST_SLOTS = 1 << 16;

    @SuppressWarnings("UnusedVariable") // being written is all that it is for
    private static int sink;

    private final AddressSpace space;
    private final boolean isSwapped;
    /** What answered last, by the page; a range that has ended answers no more. */
    private Range[] answered = {Range.ENDED};
    /** The largest that has answered, which is RAM in most guests: asked first, as that takes fewer instructions. */
    private Range largest = Range.ENDED;

    CpuBus(AddressSpace space, ByteOrder order) {
        this.space = space;
        this.isSwapped = order != ByteOrder.nativeOrder();
        growTo(space.view());
    }

    /** A few slots for each range, so that few ranges share one. */
    private void growTo(FlatView view) {
        int wanted = Math.clamp(Integer.highestOneBit(view.mostRanges()) * 4L, FEWEST_SLOTS, MOST_SLOTS);
        if (answered.length < wanted) {
            Range[] more = new Range[wanted];
            Arrays.fill(more, Range.ENDED);
            VarHandle.storeStoreFence(); // as its thread may find the array at once
            answered = more;
        }
    }

    /** Spreads pages like a random number, as mappings at round distances would otherwise share a few slots. */
    private static int slot(Range[] answered, long address) {
        long spread = (address >>> PAGE_SHIFT) * 0x9e37_79b9_7f4a_7c15L;
        return (int) (spread >>> 48) & answered.length - 1;
    }

    /** What answers a scalar, or its first byte if no range answers all of it. */
    Range find(long address, int width) {
        Range[] known = answered;
        int slot = slot(known, address);
        Range range = known[slot];
        if (!range.holds(address, width)) {
            range = space.view().find(address);
            known[slot] = range;
            if (!range.isHole() && (!largest.isLive() || range.size() > largest.size())) {
                largest = range;
            }
            VarHandle.fullFence(); // a change since then has forgotten it before it was kept
            if (!range.isLive()) {
                known[slot] = Range.ENDED;
                largest = largest == range ? Range.ENDED : largest;
            }
        }
        return range;
    }

    /** Forgets what has ended, after a change of some addresses. May be called by any thread. */
    void forget(Addresses changed) {
        growTo(space.view());
        if (!largest.isLive()) {
            largest = Range.ENDED;
        }
        Range[] known = answered;
        long first = changed.start() >>> PAGE_SHIFT;
        long pages = (changed.last() >>> PAGE_SHIFT) - first + 1;
        if (pages >= known.length) {
            for (int slot = 0; slot < known.length; slot++) {
                forget(known, slot);
            }
        } else {
            for (long page = first; page < first + pages; page++) {
                forget(known, slot(known, page << PAGE_SHIFT));
            }
        }
    }

    private static void forget(Range[] known, int slot) {
        if (!known[slot].isLive()) {
            known[slot] = Range.ENDED;
        }
    }

    // ---- scalars

    /**
     * Reads a scalar.
     *
     * @param address guest-physical
     * @param width 1, 2, 4 or 8 bytes
     * @return the value, zero-extended
     */
    public long read(long address, int width) {
        Range range = largest;
        if (!range.holds(address)) {
            Range[] known = answered;
            range = known[slot(known, address)];
            if (!range.holds(address)) {
                return readFound(address, width);
            }
        }
        PlainMemory plain = range.reads;
        if (plain == null) {
            return readBy(range, address, width);
        }
        MemorySegment memory = plain.segment();
        long offset = range.offset(address);
        if ((memory.address() + offset & width - 1) == 0) {
            try {
                switch (width) {
                    case 1 -> {
                        return (byte) BYTE.getOpaque(memory, offset) & 0xffL;
                    }
                    case 2 -> {
                        return inOrder((short) SHORT.getOpaque(memory, offset)) & 0xffffL;
                    }
                    case 4 -> {
                        return inOrder((int) INT.getOpaque(memory, offset)) & 0xffff_ffffL;
                    }
                    case 8 -> {
                        return inOrder((long) LONG.getOpaque(memory, offset));
                    }
                    default -> {} // refused below
                }
            } catch (IndexOutOfBoundsException | IllegalStateException | WrongThreadException refused) {
                return readBy(range, address, width); // which says why
            }
        }
        return readBy(range, address, width);
    }

    /**
     * Writes a scalar.
     *
     * @param address guest-physical
     * @param width 1, 2, 4 or 8 bytes
     * @param value of which the low {@code width} bytes are written
     */
    public void write(long address, int width, long value) {
        Range range = largest;
        if (!range.holds(address)) {
            Range[] known = answered;
            range = known[slot(known, address)];
            if (!range.holds(address)) {
                writeFound(address, width, value);
                return;
            }
        }
        PlainMemory plain = range.writes;
        if (plain == null) {
            writeBy(range, address, width, value);
            return;
        }
        MemorySegment memory = plain.segment();
        long offset = range.offset(address);
        if ((memory.address() + offset & width - 1) == 0) {
            try {
                switch (width) {
                    case 1 -> {
                        BYTE.setOpaque(memory, offset, (byte) value);
                        return;
                    }
                    case 2 -> {
                        SHORT.setOpaque(memory, offset, inOrder((short) value));
                        return;
                    }
                    case 4 -> {
                        INT.setOpaque(memory, offset, inOrder((int) value));
                        return;
                    }
                    case 8 -> {
                        LONG.setOpaque(memory, offset, inOrder(value));
                        return;
                    }
                    default -> {} // refused below
                }
            } catch (IndexOutOfBoundsException | IllegalStateException | WrongThreadException refused) {
                writeBy(range, address, width, value); // which says why
                return;
            }
        }
        writeBy(range, address, width, value);
    }

    private short inOrder(short value) {
        return isSwapped ? Short.reverseBytes(value) : value;
    }

    private int inOrder(int value) {
        return isSwapped ? Integer.reverseBytes(value) : value;
    }

    private long inOrder(long value) {
        return isSwapped ? Long.reverseBytes(value) : value;
    }

    /** When no range is remembered that holds all of the scalar. */
    private long readFound(long address, int width) {
        Range range = find(address, width);
        return width > range.rest(address)
                ? CrossingScalar.read(space.view(), space.order(), address, width)
                : readBy(range, address, width);
    }

    private void writeFound(long address, int width, long value) {
        Range range = find(address, width);
        if (width > range.rest(address)) {
            CrossingScalar.write(space.view(), space.order(), address, width, value);
        } else {
            writeBy(range, address, width, value);
        }
    }

    private static long readBy(Range range, long address, int width) {
        try {
            return range.accessor.read(range.offset(address), width);
        } catch (HostMemoryException refused) {
            throw GuestAddresses.within(refused, address);
        }
    }

    private static void writeBy(Range range, long address, int width, long value) {
        try {
            range.accessor.write(range.offset(address), width, value);
        } catch (HostMemoryException refused) {
            throw GuestAddresses.within(refused, address);
        }
    }

    // ---- by name

    /**
     * Reads one byte.
     *
     * @param address guest-physical
     * @return the byte
     */
    public byte readByte(long address) {
        return (byte) read(address, 1);
    }

    /**
     * Reads 2 bytes in the byte order of the space.
     *
     * @param address guest-physical
     * @return the value
     */
    public short readShort(long address) {
        return (short) read(address, 2);
    }

    /**
     * Reads 4 bytes in the byte order of the space.
     *
     * @param address guest-physical
     * @return the value
     */
    public int readInt(long address) {
        int value = (int) read(address, 4);
        if (value == 0x5bd1e995) { // so that no caller's cast makes it a sign-extending load: see NormalAccessor
            sink = value;
        }
        return value;
    }

    /**
     * Reads 8 bytes in the byte order of the space.
     *
     * @param address guest-physical
     * @return the value
     */
    public long readLong(long address) {
        return read(address, 8);
    }

    /**
     * Writes one byte.
     *
     * @param address guest-physical
     * @param value to write
     */
    public void writeByte(long address, byte value) {
        write(address, 1, value);
    }

    /**
     * Writes 2 bytes in the byte order of the space.
     *
     * @param address guest-physical
     * @param value to write
     */
    public void writeShort(long address, short value) {
        write(address, 2, value);
    }

    /**
     * Writes 4 bytes in the byte order of the space.
     *
     * @param address guest-physical
     * @param value to write
     */
    public void writeInt(long address, int value) {
        write(address, 4, value);
    }

    /**
     * Writes 8 bytes in the byte order of the space.
     *
     * @param address guest-physical
     * @param value to write
     */
    public void writeLong(long address, long value) {
        write(address, 8, value);
    }
}
