package org.hostmem.arch.generic;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.Objects;
import org.hostmem.Direction;
import org.hostmem.TransferOrder;
import org.hostmem.engine.RamSide;
import org.hostmem.spi.MappedAccessor.Order;
import org.jspecify.annotations.Nullable;

/** Bulk transfers between a region and RAM (R2, R3, R4), cut into short calls. */
final class BlockTransfers extends CheckedAccess {

    private final Machine machine;
    private final FaultReporter faults;
    /** From how many bytes on a transfer in any order had better go past the caches. */
    private final long pastCache;
    /** The same of an UNOBSERVED transfer. */
    private final long unobservedPastCache;
    /** What UNOBSERVED transfers are here. */
    private final Order unobserved;

    final JavaCopies java;

    // Learnt from how long calls take; a lost update between threads costs nothing.
    long readChunk = Chunks.SHORTEST;
    long writeChunk = Chunks.SHORTEST;

    BlockTransfers(RegionState state, Machine machine, FaultReporter faults) {
        super(state);
        this.machine = machine;
        this.faults = faults;
        this.pastCache = machine.pastCache();
        this.unobservedPastCache = machine.hasLongUnobserved() ? Long.MAX_VALUE : pastCache;
        this.unobserved = state.rules.choosesUnits(TransferOrder.UNOBSERVED) ? Order.UNOBSERVED : Order.ANY;
        this.java = new JavaCopies(state, machine.jvmBelow());
    }

    /** No switch: it would load the ordinal. */
    private static Order order(TransferOrder order) {
        return order == TransferOrder.ASCENDING ? Order.ASCENDING : anyUnlessNull(order);
    }

    private static Order anyUnlessNull(TransferOrder order) {
        Objects.requireNonNull(order);
        return Order.ANY;
    }

    private boolean isPastCache(Order order, long length) {
        return order == Order.ANY ? length >= pastCache : order == Order.UNOBSERVED && length >= unobservedPastCache;
    }

    void readBytes(long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
        if (order == TransferOrder.UNOBSERVED) {
            readFreely(offset, ram, ramOffset, length);
            return;
        }
        Order how = order(order);
        checkRead(offset, length);
        checkRam(ram, ramOffset, length, true);
        if (length > readChunk) {
            readInChunks(offset, ram, ramOffset, length, how);
            return;
        }
        // One call, from which there is nothing to learn: a few nanoseconds count here.
        long moved = readBlock(base + offset, ram, ramOffset, length, how);
        Reference.reachabilityFence(this);
        if (moved != length) {
            readFaulted(offset, ram, ramOffset, length, ~moved, how);
        }
    }

    void writeBytes(long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
        if (order == TransferOrder.UNOBSERVED) {
            writeFreely(offset, ram, ramOffset, length);
            return;
        }
        Order how = order(order);
        checkWrite(offset, length);
        checkRam(ram, ramOffset, length, false);
        long moved = length > writeChunk
                ? writeInChunks(null, offset, ram, ramOffset, length, how)
                : writeBlock(base + offset, ram, ramOffset, length, how);
        Reference.reachabilityFence(this);
        if (moved != length) {
            faults.bulkFaulted(offset, Direction.WRITE, length, ~moved, how, ram, ramOffset);
        }
    }

    private void readFreely(long offset, MemorySegment ram, long ramOffset, long length) {
        if (java.reads(offset, ram, ramOffset, length)) {
            return;
        }
        checkRead(offset, length);
        checkRam(ram, ramOffset, length, true);
        if (length > readChunk) {
            readInChunks(offset, ram, ramOffset, length, unobserved);
            return;
        }
        long moved = readFreeBlock(base + offset, ram, ramOffset, length);
        Reference.reachabilityFence(this);
        if (moved != length) {
            readFaulted(offset, ram, ramOffset, length, ~moved, unobserved);
        }
    }

    private void writeFreely(long offset, MemorySegment ram, long ramOffset, long length) {
        if (java.writes(offset, ram, ramOffset, length)) {
            return;
        }
        checkWrite(offset, length);
        checkRam(ram, ramOffset, length, false);
        long moved = length > writeChunk
                ? writeInChunks(null, offset, ram, ramOffset, length, unobserved)
                : writeFreeBlock(base + offset, ram, ramOffset, length);
        Reference.reachabilityFence(this);
        if (moved != length) {
            faults.bulkFaulted(offset, Direction.WRITE, length, ~moved, unobserved, ram, ramOffset);
        }
    }

    /**
     * Through a block: a segment of the array would be an object for each call as soon as the JIT has seen other
     * segments.
     */
    void readBytes(long offset, byte[] ram, int ramOffset, int length) {
        checkRead(offset, length);
        Objects.checkFromIndexSize(ramOffset, length, ram.length);
        Scratch block = Scratch.take();
        try {
            readThrough(block, offset, ram, ramOffset, length);
        } finally {
            block.give();
        }
    }

    private void readThrough(Scratch block, long offset, byte[] ram, int ramOffset, int length) {
        for (int done = 0; done < length; ) {
            long address = base + offset + done;
            int n = (int) Chunks.upwards(address, length - done, Math.min(readChunk, Scratch.SIZE));
            long start = n < length ? System.nanoTime() : 0;
            long moved = readBlock(address, block.segment, 0, n, Order.ASCENDING);
            int good = (int) (moved == n ? n : ~moved);
            System.arraycopy(block.bytes, 0, ram, ramOffset + done, good);
            if (good < n) {
                faults.bulkFaulted(offset, Direction.READ, length, done + good, Order.ASCENDING);
                Arrays.fill(ram, ramOffset + done + good, ramOffset + length, (byte) -1);
                return;
            }
            done += n;
            readChunk = n < length ? Chunks.next(readChunk, n, start) : readChunk;
        }
        Reference.reachabilityFence(this);
    }

    void writeBytes(long offset, byte[] ram, int ramOffset, int length) {
        checkWrite(offset, length);
        Objects.checkFromIndexSize(ramOffset, length, ram.length);
        Scratch block = Scratch.take();
        try {
            writeThrough(block, offset, ram, ramOffset, length);
        } finally {
            block.give();
        }
    }

    private void writeThrough(Scratch block, long offset, byte[] ram, int ramOffset, int length) {
        for (int done = 0; done < length; ) {
            long address = base + offset + done;
            int n = (int) Chunks.upwards(address, length - done, Math.min(writeChunk, Scratch.SIZE));
            System.arraycopy(ram, ramOffset + done, block.bytes, 0, n);
            long start = n < length ? System.nanoTime() : 0;
            long moved = writeBlock(address, block.segment, 0, n, Order.ASCENDING);
            if (moved != n) {
                faults.bulkFaulted(offset, Direction.WRITE, length, done + ~moved, Order.ASCENDING);
                return;
            }
            done += n;
            writeChunk = n < length ? Chunks.next(writeChunk, n, start) : writeChunk;
        }
        Reference.reachabilityFence(this);
    }

    void fill(long offset, long length, byte value) {
        fill(offset, length, value, Order.ANY);
    }

    void fillUnobserved(long offset, long length, byte value) {
        fill(offset, length, value, unobserved);
    }

    private void fill(long offset, long length, byte value, Order order) {
        checkWrite(offset, length);
        for (long done = 0; done < length; ) {
            long address = base + offset + done;
            long n = Chunks.upwards(address, length - done, writeChunk);
            long start = n < length ? System.nanoTime() : 0;
            long moved = fillBlock(address, n, value, order);
            if (moved != n) {
                faults.bulkFaulted(offset, Direction.WRITE, length, done + ~moved, order);
                return;
            }
            done += n;
            writeChunk = n < length ? Chunks.next(writeChunk, n, start) : writeChunk;
        }
        Reference.reachabilityFence(this);
    }

    /** For callers that have checked. */
    private void readInChunks(long offset, MemorySegment ram, long ramOffset, long length, Order order) {
        boolean past = isPastCache(order, length);
        for (long done = 0; done < length; ) {
            long address = base + offset + done;
            long n = Chunks.upwards(address, length - done, readChunk);
            long start = n < length ? System.nanoTime() : 0;
            long moved = past
                    ? readPastCache(address, ram, ramOffset + done, n)
                    : order == Order.UNOBSERVED && java.readsChunk(offset + done, ram, ramOffset + done, n)
                            ? n
                            : readBlock(address, ram, ramOffset + done, n, order);
            if (moved != n) {
                readFaulted(offset, ram, ramOffset, length, done + ~moved, order);
                return;
            }
            done += n;
            readChunk = n < length ? Chunks.next(readChunk, n, start) : readChunk;
        }
        Reference.reachabilityFence(this);
    }

    private void readFaulted(long offset, MemorySegment ram, long ramOffset, long length, long completed, Order order) {
        faults.bulkFaulted(offset, Direction.READ, length, completed, order, ram, ramOffset);
        RamSide.fillWithOnes(
                state.accessor, offset + completed, completed, ram, ramOffset + completed, length - completed);
    }

    /**
     * For callers that have checked; {@code source} is whose memory {@code ram} is, or null if it is nobody's. Returns
     * the length, or -1 - completed if there is a fault to be taken.
     */
    long writeInChunks(
            @Nullable Machine source, long offset, MemorySegment ram, long ramOffset, long length, Order order) {
        boolean descending = order == Order.DESCENDING;
        boolean past = isPastCache(order, length);
        for (long done = 0; done < length; ) {
            long rest = length - done;
            long n = descending
                    ? Chunks.downwards(base + offset + rest, rest, writeChunk)
                    : Chunks.upwards(base + offset + done, rest, writeChunk);
            long at = descending ? rest - n : done;
            long start = n < length ? System.nanoTime() : 0;
            long address = base + offset + at;
            long moved = past
                    ? writePastCache(address, ram, ramOffset + at, n)
                    : order == Order.UNOBSERVED && java.writesChunk(offset + at, ram, ramOffset + at, n)
                            ? n
                            : source == null
                                    ? writeBlock(address, ram, ramOffset + at, n, order)
                                    : copyBlock(source, address, ram, ramOffset + at, n, order);
            if (moved != n) {
                return ~(done + ~moved);
            }
            done += n;
            writeChunk = n < length ? Chunks.next(writeChunk, n, start) : writeChunk;
        }
        Reference.reachabilityFence(this);
        return length;
    }

    /** The length is known to be 0 or more, which saves a few instructions. */
    static void checkRam(MemorySegment ram, long ramOffset, long length, boolean written) {
        if (ramOffset < 0 || ramOffset > ram.byteSize() - length || (written && ram.isReadOnly())) {
            RamSide.check(ram, ramOffset, length, written);
        }
    }

    // ---- blocks, for which the machine says as the JVM does that memory has ended

    private long readBlock(long address, MemorySegment ram, long ramOffset, long length, Order order) {
        try {
            return machine.read(address, ram, ramOffset, length, order);
        } catch (IllegalStateException | WrongThreadException ended) {
            throw state.eitherClosed(ram, ended);
        }
    }

    private long writeBlock(long address, MemorySegment ram, long ramOffset, long length, Order order) {
        try {
            return machine.write(address, ram, ramOffset, length, order);
        } catch (IllegalStateException | WrongThreadException ended) {
            throw state.eitherClosed(ram, ended);
        }
    }

    private long readFreeBlock(long address, MemorySegment ram, long ramOffset, long length) {
        try {
            return machine.readFreely(address, ram, ramOffset, length);
        } catch (IllegalStateException | WrongThreadException ended) {
            throw state.eitherClosed(ram, ended);
        }
    }

    private long writeFreeBlock(long address, MemorySegment ram, long ramOffset, long length) {
        try {
            return machine.writeFreely(address, ram, ramOffset, length);
        } catch (IllegalStateException | WrongThreadException ended) {
            throw state.eitherClosed(ram, ended);
        }
    }

    private long readPastCache(long address, MemorySegment ram, long ramOffset, long length) {
        try {
            return machine.readPastCache(address, ram, ramOffset, length);
        } catch (IllegalStateException | WrongThreadException ended) {
            throw state.eitherClosed(ram, ended);
        }
    }

    private long writePastCache(long address, MemorySegment ram, long ramOffset, long length) {
        try {
            return machine.writePastCache(address, ram, ramOffset, length);
        } catch (IllegalStateException | WrongThreadException ended) {
            throw state.eitherClosed(ram, ended);
        }
    }

    private long copyBlock(Machine source, long address, MemorySegment ram, long ramOffset, long length, Order order) {
        try {
            return machine.copy(source, address, ram, ramOffset, length, order);
        } catch (IllegalStateException | WrongThreadException ended) {
            throw state.eitherClosed(ram, ended);
        }
    }

    private long fillBlock(long address, long length, byte value, Order order) {
        try {
            return machine.fill(address, length, value, order);
        } catch (IllegalStateException | WrongThreadException ended) {
            throw state.memoryClosed(ended);
        }
    }
}
