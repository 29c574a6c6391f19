package org.hostmem.arch.generic;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.AccessRules;
import org.hostmem.AccessRules.Unaligned;
import org.hostmem.Atomics;
import org.hostmem.Direction;
import org.hostmem.FaultPolicy;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.MappedAccessor;
import org.hostmem.RegionBoundsException;
import org.hostmem.RegionCapabilities;
import org.hostmem.RegionClosedException;
import org.hostmem.RegionFaultException;
import org.hostmem.RegionFaultException.Side;
import org.hostmem.TransferOrder;
import org.hostmem.UnalignedPolicy;
import org.hostmem.spi.MappedRegion;

/**
 * What every accessor of mapped memory does alike: checks, policies, and cutting transfers into short calls. How bytes really move is the subclass's.
 *
 * <p>A subclass's primitives take addresses that are already checked. A transfer returns its length, or -1 - completed where it faulted.
 */
abstract class RegionAccessor implements MappedAccessor {

    /** A safepoint waits for a call, so a call should take less than this. */
    private static final long LONGEST_CALL_NANOS = 50_000;
    private static final long SHORTEST_CHUNK = 512;
    private static final long LONGEST_CHUNK = 1 << 20;
    private static final int WIDEST_DESCENDING = 8;
    /** Wider units are single shots that gather their RAM side from several loads. */
    private static final int WIDEST_REGISTER = 32;

    private final MappedRegion region;
    private final AccessRules rules;
    private final Set<Guarantee> guarantees;
    private final boolean split;
    private final boolean singleUnaligned;
    final boolean swap;
    final long base;

    // One comparison tells bounds, rights and lifetime: both are -1 once closed or while a fault is foreseen, and one is -1 where there is no such right, so that an empty transfer is
    // refused too.
    private long readLimit;
    private long writeLimit;
    // Learnt from how long calls take; a lost update between threads costs nothing.
    private long readChunk = SHORTEST_CHUNK;
    private long writeChunk = SHORTEST_CHUNK;
    private boolean closed;
    /** What an access would come to; null if nothing is foreseen. */
    private String foreseen;
    /** From how many bytes on a transfer in any order had better go past the caches. */
    long pastCache = Long.MAX_VALUE;
    private Atomics atomics;

    // The accessor of the whole region, which a view keeps reachable, and which ends its views: itself, or what this is a view of.
    private final RegionAccessor whole;
    private final List<WeakReference<RegionAccessor>> views = new ArrayList<>(0);
    private int manyViews = 16;

    /** {@code parent} is what this is a view of, or null. */
    RegionAccessor(MappedRegion region, AccessRules rules, Set<Guarantee> guarantees, RegionAccessor parent) {
        this.region = region;
        this.whole = parent == null ? this : parent.whole;
        this.rules = rules;
        this.guarantees = Set.copyOf(guarantees);
        RegionCapabilities capabilities = region.capabilities();
        this.base = region.memory().address();
        this.readLimit = capabilities.readable() ? capabilities.size() : -1;
        this.writeLimit = capabilities.writable() ? capabilities.size() : -1;
        this.split = region.options().unaligned() == UnalignedPolicy.SPLIT;
        this.singleUnaligned = rules.unaligned(8) == Unaligned.SINGLE;
        this.swap = region.options().byteOrder() != ByteOrder.nativeOrder();
    }

    abstract long load(long address, int width);

    abstract long store(long address, int width, long value);

    abstract long readRegion(long address, MemorySegment ram, long ramOffset, long length, Order order);

    abstract long writeRegion(long address, MemorySegment ram, long ramOffset, long length, Order order);

    /** For parts of a transfer in any order of {@link #pastCache} bytes and more. */
    long readPastCache(long address, MemorySegment ram, long ramOffset, long length) {
        return readRegion(address, ram, ramOffset, length, Order.ANY);
    }

    long writePastCache(long address, MemorySegment ram, long ramOffset, long length) {
        return writeRegion(address, ram, ramOffset, length, Order.ANY);
    }

    /** Whether there is {@link #exchangeRegion}. */
    boolean canExchange() {
        return false;
    }

    /** As {@link MappedAccessor#exchange}. The count of a fault is odd where a unit was read and not written. */
    long exchangeRegion(long address, MemorySegment ring, long place, long length, long distance) {
        throw new UnsupportedOperationException();
    }

    abstract long fillRegion(long address, long length, byte value);

    /** What the thread's last fault was; {@code null} if there was none, so that -1 was the value of an 8-byte load. */
    abstract Fault takeFault();

    /** Whether the RAM side of bulk transfers, too, is one access for each unit where both sides are aligned to it, so that it may be a device. */
    abstract boolean isRamSideExact();

    /** An accessor of the subclass, for a part of the same memory. */
    abstract RegionAccessor view(MappedRegion part);

    /** The routine for 16 bytes; {@code null} if there is none. */
    abstract MemorySegment exchange16();

    // ---- what it is

    @Override
    public final long size() {
        return region.capabilities().size();
    }

    @Override
    public final RegionCapabilities capabilities() {
        return region.capabilities();
    }

    @Override
    public final AccessOptions options() {
        return region.options();
    }

    @Override
    public final AccessRules rules() {
        return rules;
    }

    @Override
    public final Set<Guarantee> guarantees() {
        return guarantees;
    }

    // ---- checks (R10)

    private long checkRead(long offset, long length) {
        if ((offset | length) < 0 || offset > readLimit - length) {
            throw refused(offset, length, Direction.READ);
        }
        return base + offset;
    }

    private long checkWrite(long offset, long length) {
        if ((offset | length) < 0 || offset > writeLimit - length) {
            throw refused(offset, length, Direction.WRITE);
        }
        return base + offset;
    }

    private RuntimeException refused(long offset, long length, Direction direction) {
        if (closed) {
            return new RegionClosedException("the accessor is closed");
        }
        long size = size();
        if ((offset | length) < 0 || offset > size - length) {
            return new RegionBoundsException(length + " bytes at offset " + offset + " leave the region, which has " + size + " bytes (0x" + Long.toHexString(size) + ")");
        }
        if (direction == Direction.READ ? !capabilities().readable() : !capabilities().writable()) {
            return new AccessRejectedException(Reason.noRightTo(direction), "the region may not be " + (direction == Direction.READ ? "read: the host gives no right to" : "written: it is read-only"));
        }
        int width = Math.max(1, AccessPlan.unit(base + offset, length, widest(direction, Order.ASCENDING)));
        synchronized (whole) { // whoever changes the limits holds this, so that the reason is complete
            if (closed) {
                return new RegionClosedException("the accessor is closed");
            }
            return RegionFaultException.foreseen(offset, direction, width, foreseen == null ? "the memory was off until just now: try again" : foreseen);
        }
    }

    /** A Java access after the memory's arena was closed: by {@link #close()} in another thread, or by the owner of borrowed memory. No other way is tried. */
    static RegionClosedException memoryClosed(IllegalStateException ended) {
        RegionClosedException closed = new RegionClosedException("the memory of the region is closed");
        closed.initCause(ended);
        return closed;
    }

    @Override
    public final void check(Direction direction, long offset, long length) {
        if (Objects.requireNonNull(direction) == Direction.READ) {
            checkRead(offset, length);
        } else {
            checkWrite(offset, length);
        }
    }

    private static void checkRam(MemorySegment ram, long ramOffset, long length, boolean written) {
        Objects.checkFromIndexSize(ramOffset, length, ram.byteSize());
        if (written && ram.isReadOnly()) {
            throw new IllegalArgumentException("the segment to read into is read-only");
        }
    }

    // ---- scalars (R1, R5, R6)

    /** In the host's byte order. */
    final long readScalar(long offset, int width) {
        long address = checkRead(offset, width);
        if ((address & width - 1) != 0 && !singleUnaligned) {
            return readSplit(offset, width);
        }
        long value = load(address, width);
        Reference.reachabilityFence(this);
        return value == -1 ? allOnesOrFault(offset, width, 0) : value;
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
            scalarFaulted(offset, Direction.WRITE, width, 0, takeFault());
        }
    }

    private long readSplit(long offset, int width) {
        checkSplit(offset, width);
        long value = 0;
        for (int done = 0; done < width;) {
            int unit = AccessPlan.unit(base + offset + done, width - done, 8);
            long piece = load(base + offset + done, unit);
            if (piece == -1) {
                piece = allOnesOrFault(offset + done, unit, done) & -1L >>> 64 - 8 * unit;
            }
            value |= piece << shift(done, unit, width);
            done += unit;
        }
        Reference.reachabilityFence(this);
        return value;
    }

    private void writeSplit(long offset, int width, long value) {
        checkSplit(offset, width);
        for (int done = 0; done < width;) {
            int unit = AccessPlan.unit(base + offset + done, width - done, 8);
            if (store(base + offset + done, unit, value >>> shift(done, unit, width)) != 0) {
                scalarFaulted(offset + done, Direction.WRITE, unit, done, takeFault());
            }
            done += unit;
        }
        Reference.reachabilityFence(this);
    }

    private void checkSplit(long offset, int width) {
        if (!split) {
            throw new AccessRejectedException(Reason.UNALIGNED, "an unaligned " + width + "-byte access at offset 0x" + Long.toHexString(offset) + " is not one access on " + rules.isa() + " with "
                    + rules.cacheMode() + " memory, and the policy is REJECT: align it, or open the region with UnalignedPolicy.SPLIT");
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

    // ---- bulk (R2, R3, R4)

    @Override
    public final void readBytes(long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
        Objects.requireNonNull(order);
        checkRead(offset, length);
        checkRam(ram, ramOffset, length, true);
        Order how = order == TransferOrder.ASCENDING ? Order.ASCENDING : Order.ANY;
        if (length > SHORTEST_CHUNK) {
            read(offset, ram, ramOffset, length, how);
            return;
        }
        // One call, from which there is nothing to learn: a few nanoseconds count here.
        long moved = readRegion(base + offset, ram, ramOffset, length, how);
        Reference.reachabilityFence(this);
        if (moved != length) {
            readFaulted(offset, ram, ramOffset, length, ~moved, how);
        }
    }

    @Override
    public final void writeBytes(long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
        Objects.requireNonNull(order);
        checkWrite(offset, length);
        checkRam(ram, ramOffset, length, false);
        Order how = order == TransferOrder.ASCENDING ? Order.ASCENDING : Order.ANY;
        long moved = length > SHORTEST_CHUNK ? write(offset, ram, ramOffset, length, how) : writeRegion(base + offset, ram, ramOffset, length, how);
        Reference.reachabilityFence(this);
        if (moved != length) {
            bulkFaulted(offset, Direction.WRITE, length, ~moved, how);
        }
    }

    /** Through the thread's block: a segment of the array would be an object for each call as soon as the JIT has seen other segments. */
    @Override
    public final void readBytes(long offset, byte[] ram, int ramOffset, int length) {
        checkRead(offset, length);
        Objects.checkFromIndexSize(ramOffset, length, ram.length);
        Scratch block = Scratch.get();
        for (int done = 0; done < length;) {
            long address = base + offset + done;
            int n = (int) chunk(address, length - done, Math.min(readChunk, Scratch.SIZE));
            long start = n < length ? System.nanoTime() : 0;
            long moved = readRegion(address, block.segment, 0, n, Order.ASCENDING);
            int good = (int) (moved == n ? n : ~moved);
            System.arraycopy(block.bytes, 0, ram, ramOffset + done, good);
            if (good < n) {
                bulkFaulted(offset, Direction.READ, length, done + good, Order.ASCENDING);
                Arrays.fill(ram, ramOffset + done + good, ramOffset + length, (byte) -1);
                return;
            }
            done += n;
            readChunk = n < length ? next(readChunk, n, start) : readChunk;
        }
        Reference.reachabilityFence(this);
    }

    @Override
    public final void writeBytes(long offset, byte[] ram, int ramOffset, int length) {
        checkWrite(offset, length);
        Objects.checkFromIndexSize(ramOffset, length, ram.length);
        Scratch block = Scratch.get();
        for (int done = 0; done < length;) {
            long address = base + offset + done;
            int n = (int) chunk(address, length - done, Math.min(writeChunk, Scratch.SIZE));
            System.arraycopy(ram, ramOffset + done, block.bytes, 0, n);
            long start = n < length ? System.nanoTime() : 0;
            long moved = writeRegion(address, block.segment, 0, n, Order.ASCENDING);
            if (moved != n) {
                bulkFaulted(offset, Direction.WRITE, length, done + ~moved, Order.ASCENDING);
                return;
            }
            done += n;
            writeChunk = n < length ? next(writeChunk, n, start) : writeChunk;
        }
        Reference.reachabilityFence(this);
    }

    @Override
    public final void fill(long offset, long length, byte value) {
        checkWrite(offset, length);
        for (long done = 0; done < length;) {
            long address = base + offset + done;
            long n = chunk(address, length - done, writeChunk);
            long start = n < length ? System.nanoTime() : 0;
            long moved = fillRegion(address, n, value);
            if (moved != n) {
                bulkFaulted(offset, Direction.WRITE, length, done + ~moved, Order.ANY);
                return;
            }
            done += n;
            writeChunk = n < length ? next(writeChunk, n, start) : writeChunk;
        }
        Reference.reachabilityFence(this);
    }

    /** For callers that have checked. */
    private void read(long offset, MemorySegment ram, long ramOffset, long length, Order order) {
        boolean past = order == Order.ANY && length >= pastCache;
        for (long done = 0; done < length;) {
            long address = base + offset + done;
            long n = chunk(address, length - done, readChunk);
            long start = n < length ? System.nanoTime() : 0;
            long moved = past ? readPastCache(address, ram, ramOffset + done, n) : readRegion(address, ram, ramOffset + done, n, order);
            if (moved != n) {
                readFaulted(offset, ram, ramOffset, length, done + ~moved, order);
                return;
            }
            done += n;
            readChunk = n < length ? next(readChunk, n, start) : readChunk;
        }
        Reference.reachabilityFence(this);
    }

    private void readFaulted(long offset, MemorySegment ram, long ramOffset, long length, long completed, Order order) {
        bulkFaulted(offset, Direction.READ, length, completed, order);
        ram.asSlice(ramOffset + completed, length - completed).fill((byte) -1);
    }

    /** For callers that have checked. Returns the length, or -1 - completed if there is a fault to be taken. */
    private long write(long offset, MemorySegment ram, long ramOffset, long length, Order order) {
        boolean descending = order == Order.DESCENDING;
        boolean past = order == Order.ANY && length >= pastCache;
        for (long done = 0; done < length;) {
            long rest = length - done;
            long n = descending ? chunkBelow(base + offset + rest, rest, writeChunk) : chunk(base + offset + done, rest, writeChunk);
            long at = descending ? rest - n : done;
            long start = n < length ? System.nanoTime() : 0;
            long moved = past ? writePastCache(base + offset + at, ram, ramOffset + at, n) : writeRegion(base + offset + at, ram, ramOffset + at, n, order);
            if (moved != n) {
                return ~(done + ~moved);
            }
            done += n;
            writeChunk = n < length ? next(writeChunk, n, start) : writeChunk;
        }
        Reference.reachabilityFence(this);
        return length;
    }

    // ---- for transfers between two accessors (R7)

    @Override
    public final long address() {
        return base;
    }

    @Override
    public final void writeDescending(long offset, MemorySegment ram, long ramOffset, long length) {
        checkWrite(offset, length);
        checkRam(ram, ramOffset, length, false);
        long moved = write(offset, ram, ramOffset, length, Order.DESCENDING);
        if (moved != length) {
            bulkFaulted(offset, Direction.WRITE, length, ~moved, Order.DESCENDING);
        }
    }

    @Override
    public final boolean copyDirectly(MappedAccessor source, long from, long to, long length, Order order) {
        if (!(source instanceof RegionAccessor other) || !agrees(other, from, to, order)) {
            return false;
        }
        other.checkRead(from, length);
        checkWrite(to, length);
        try {
            long moved = write(to, other.region.memory(), from, length, order);
            if (moved != length) {
                directFaulted(other, from, to, length, ~moved, order);
            }
        } catch (IllegalStateException ended) {
            throw memoryClosed(ended);
        } finally {
            Reference.reachabilityFence(other);
        }
        return true;
    }

    @Override
    public final boolean exchange(MappedAccessor source, long from, long to, MemorySegment ring, long place, long distance, long length) {
        if (!canExchange() || !(source instanceof RegionAccessor other) || other.rules != rules || other.base + from != base + to || ((base + to | length) & 63) != 0 || distance < 64
                || options().fault() != FaultPolicy.THROW || other.options().fault() != FaultPolicy.THROW) {
            return false;
        }
        other.checkRead(from, length);
        checkWrite(to, length);
        long capacity = distance + RING_BLOCK + 63 & -64;
        for (long done = 0; done < length;) {
            long n = Math.min(length - done, Math.min(readChunk, writeChunk));
            long start = n < length ? System.nanoTime() : 0;
            long moved = exchangeRegion(base + to + done, ring, (place + done) % capacity, n, distance);
            if (moved != n) {
                exchangeFaulted(other, from + done, to + done, done, ~moved);
            }
            done += n;
            if (n < length && readChunk < writeChunk) {
                readChunk = next(readChunk, n, start);
            } else if (n < length) {
                writeChunk = next(writeChunk, n, start);
            }
        }
        Reference.reachabilityFence(other);
        Reference.reachabilityFence(this);
        return true;
    }

    /** An odd count: the unit was read, and the write faulted. */
    private void exchangeFaulted(RegionAccessor source, long from, long to, long done, long count) {
        boolean reading = (count & 1) == 0;
        long at = (count & -2) + (reading ? from : to);
        (reading ? source : this).faulted(at, reading ? Direction.READ : Direction.WRITE, rules.widest(Direction.WRITE, TransferOrder.ASCENDING), done + (count & -2), takeFault());
    }

    /** Whether the target's routine makes the accesses of the source's plan, too. */
    private boolean agrees(RegionAccessor source, long from, long to, Order order) {
        int unit = widest(Direction.WRITE, order);
        return isRamSideExact() && ((source.base + from ^ base + to) & unit - 1) == 0
                && unit == source.widest(Direction.READ, order) && unit <= WIDEST_REGISTER
                && options().fault() == FaultPolicy.THROW && source.options().fault() == FaultPolicy.THROW;
    }

    private int widest(Direction direction, Order order) {
        return switch (order) {
            case ANY -> rules.widest(direction, TransferOrder.RELAXED);
            case ASCENDING -> rules.widest(direction, TransferOrder.ASCENDING);
            case DESCENDING -> WIDEST_DESCENDING;
        };
    }

    /** The fault's address is the kernel's word, and may be some bytes off: the side that it is nearer to. Without one the side is unknown, and the write is named. */
    private void directFaulted(RegionAccessor source, long from, long to, long length, long completed, Order order) {
        Fault fault = takeFault();
        int width = faultingWidth(to, Direction.WRITE, length, completed, order);
        long at = order == Order.DESCENDING ? length - completed - width : completed;
        if (fault != null && fault.address() != 0 && Math.abs(fault.address() - (source.base + from + at)) < Math.abs(fault.address() - (base + to + at))) {
            source.faulted(from + at, Direction.READ, width, completed, fault);
        }
        faulted(to + at, Direction.WRITE, width, completed, fault);
    }

    /** A chunk ends at a multiple of 64, so that cutting a transfer changes none of its accesses. */
    private static long chunk(long address, long rest, long chunk) {
        return rest <= chunk ? rest : (address + chunk & -64) - address;
    }

    private static long chunkBelow(long end, long rest, long chunk) {
        return rest <= chunk ? rest : end - (end - chunk + 63 & -64);
    }

    private static long next(long chunk, long moved, long start) {
        long nanos = System.nanoTime() - start;
        if (nanos > LONGEST_CALL_NANOS) {
            return Math.max(SHORTEST_CHUNK, chunk / 2);
        }
        return moved > chunk / 2 && nanos < LONGEST_CALL_NANOS / 4 ? Math.min(LONGEST_CHUNK, chunk * 2) : chunk;
    }

    // ---- faults (R9)

    private long allOnesOrFault(long offset, int width, long completed) {
        Fault fault = takeFault();
        if (width < 8 || fault != null && fault.isNear(base + offset)) {
            scalarFaulted(offset, Direction.READ, width, completed, fault);
        }
        return -1;
    }

    private void bulkFaulted(long offset, Direction direction, long length, long completed, Order order) {
        int width = faultingWidth(offset, direction, length, completed, order);
        faulted(order == Order.DESCENDING ? offset + length - completed - width : offset + completed, direction, width, completed, takeFault());
    }

    private int faultingWidth(long offset, Direction direction, long length, long completed, Order order) {
        long rest = length - completed;
        return AccessPlan.unit(base + offset + (order == Order.DESCENDING ? rest : completed), rest, widest(direction, order));
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
        scalarFaulted(offset, direction, width, 0, fault);
        return false;
    }

    final void faulted(long offset, Direction direction, int width) {
        faulted(offset, direction, width, 0, takeFault());
    }

    /** A scalar has no other side, wherever the kernel says that the fault was: it may be some bytes off. */
    private void scalarFaulted(long offset, Direction direction, int width, long completed, Fault recorded) {
        faulted(offset, direction, width, completed, recorded, recorded == null || recorded.address() == 0 ? Side.UNKNOWN : Side.REGION);
    }

    private void faulted(long offset, Direction direction, int width, long completed, Fault recorded) {
        faulted(offset, direction, width, completed, recorded, side(recorded));
    }

    /** Returns if the policy is to go on as after an unsupported request. */
    private void faulted(long offset, Direction direction, int width, long completed, Fault recorded, Side side) {
        if (closed) {
            throw new RegionClosedException("the accessor was closed during the access, after " + completed + " bytes");
        }
        if (side == Side.RAM || options().fault() == FaultPolicy.THROW) {
            throw new RegionFaultException(offset, direction, width, completed, side, (recorded == null ? Fault.UNRECORDED : recorded).cause());
        }
    }

    @Override
    public final void foresee(String cause) {
        synchronized (whole) {
            limit(cause);
            for (WeakReference<RegionAccessor> known : views) {
                RegionAccessor view = known.get();
                if (view != null) {
                    view.limit(cause);
                }
            }
        }
    }

    /** Refuses every access, if there is a cause to and the policy is to throw; else allows those that there is a right to. */
    void limit(String cause) {
        if (closed) {
            return;
        }
        boolean refuse = cause != null && options().fault() == FaultPolicy.THROW;
        foreseen = refuse ? cause : null;
        readLimit = !refuse && capabilities().readable() ? size() : -1;
        writeLimit = !refuse && capabilities().writable() ? size() : -1;
    }

    final boolean mayRead() {
        return readLimit >= 0;
    }

    final boolean mayWrite() {
        return writeLimit >= 0;
    }

    private Side side(Fault fault) {
        if (fault == null || fault.address() == 0) {
            return Side.UNKNOWN;
        }
        return fault.address() >= base && fault.address() < base + size() ? Side.REGION : Side.RAM;
    }

    // ---- views, and what only NORMAL memory has

    @Override
    public final HostMemoryAccessor slice(long offset, long size) {
        if ((offset | size) < 0 || offset > size() - size) {
            throw refused(offset, size, Direction.READ);
        }
        return adopted(region.memory().asSlice(offset, size), capabilities().slice(offset, size), options());
    }

    @Override
    public final HostMemoryAccessor readOnly() {
        return adopted(region.memory(), capabilities().readOnly(), options());
    }

    @Override
    public final HostMemoryAccessor withByteOrder(ByteOrder order) {
        return adopted(region.memory(), capabilities(), options().with(order));
    }

    private RegionAccessor adopted(MemorySegment memory, RegionCapabilities capabilities, AccessOptions options) {
        RegionAccessor view = view(MappedRegion.borrowed(memory, capabilities, options));
        synchronized (whole) {
            if (closed || whole.closed) {
                throw new RegionClosedException("the accessor is closed");
            }
            if (whole.views.size() >= whole.manyViews) {
                whole.views.removeIf(known -> known.get() == null || known.get().closed);
                whole.manyViews = Math.max(16, 2 * whole.views.size());
            }
            whole.views.add(new WeakReference<>(view));
            view.limit(whole.foreseen);
        }
        return view;
    }

    @Override
    public final MemorySegment asSegment() {
        if (capabilities().cacheMode().isDevice()) {
            return MappedAccessor.super.asSegment();
        }
        check(capabilities().readable() ? Direction.READ : Direction.WRITE, 0, size());
        return capabilities().writable() ? region.memory() : region.memory().asReadOnly();
    }

    @Override
    public final Atomics atomics() {
        if (capabilities().cacheMode().isDevice()) {
            return MappedAccessor.super.atomics();
        }
        if (atomics == null) {
            atomics = new NormalAtomics(this, whole.region.memory(), exchange16());
        }
        return atomics;
    }

    // ---- plans and the end

    @Override
    public final String toString() {
        return capabilities().cacheMode() + " memory of " + size() + " bytes, " + rules.isa() + (capabilities().writable() ? "" : ", read-only") + (closed ? ", closed" : "");
    }

    @Override
    public final AccessPlan planScalar(long offset, int width) {
        AccessPlan.checkScalarWidth(width);
        checkInside(offset, width);
        return AccessPlan.scalar(rules, options().unaligned(), base + offset, offset, width);
    }

    @Override
    public final AccessPlan planBulk(Direction direction, long offset, long length, TransferOrder order) {
        checkInside(offset, length);
        return AccessPlan.bulk(rules, direction, order, base + offset, offset, length);
    }

    private void checkInside(long offset, long length) {
        if ((offset | length) < 0 || offset > size() - length) {
            throw refused(offset, length, Direction.READ);
        }
    }

    @Override
    public final void close() {
        synchronized (whole) {
            if (closed) {
                return;
            }
            end();
            for (WeakReference<RegionAccessor> known : views) {
                RegionAccessor view = known.get();
                if (view != null) {
                    view.end();
                }
            }
            views.clear();
        }
        region.release().run();
    }

    /** No access begins after this. */
    void end() {
        closed = true;
        readLimit = -1;
        writeLimit = -1;
    }
}
