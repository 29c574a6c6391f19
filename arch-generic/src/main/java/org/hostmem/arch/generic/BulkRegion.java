package org.hostmem.arch.generic;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import org.hostmem.AccessRules;
import org.hostmem.Direction;
import org.hostmem.Guarantee;
import org.hostmem.TransferOrder;
import org.hostmem.engine.RamSide;
import org.hostmem.spi.MappedRegion;

/** Bulk transfers between the region and RAM (R2, R3, R4), cut into short calls. */
abstract class BulkRegion extends ScalarRegion {

    // Learnt from how long calls take; a lost update between threads costs nothing.
    long readChunk = Chunks.SHORTEST;
    long writeChunk = Chunks.SHORTEST;
    /** From how many bytes on a transfer in any order had better go past the caches. */
    long pastCache = Long.MAX_VALUE;

    BulkRegion(MappedRegion region, AccessRules rules, Set<Guarantee> guarantees, OpenRegion parent) {
        super(region, rules, guarantees, parent);
    }

    // Addresses and ranges are checked. Each returns the length, or -1 - completed where it faulted.

    abstract long readRegion(long address, MemorySegment ram, long ramOffset, long length, Order order);

    abstract long writeRegion(long address, MemorySegment ram, long ramOffset, long length, Order order);

    /** As {@link #writeRegion}, from another accessor's memory, which is in order too. */
    long copyRegion(RegionAccessor source, long address, MemorySegment memory, long offset, long length, Order order) {
        return writeRegion(address, memory, offset, length, order);
    }

    /** For parts of a transfer in any order of {@link #pastCache} bytes and more. */
    long readPastCache(long address, MemorySegment ram, long ramOffset, long length) {
        return readRegion(address, ram, ramOffset, length, Order.ANY);
    }

    long writePastCache(long address, MemorySegment ram, long ramOffset, long length) {
        return writeRegion(address, ram, ramOffset, length, Order.ANY);
    }

    abstract long fillRegion(long address, long length, byte value);

    @Override
    public final void readBytes(long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
        Objects.requireNonNull(order);
        checkRead(offset, length);
        checkRam(ram, ramOffset, length, true);
        Order how = order == TransferOrder.ASCENDING ? Order.ASCENDING : Order.ANY;
        if (length > readChunk) {
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
        long moved = length > writeChunk
                ? write(null, offset, ram, ramOffset, length, how)
                : writeRegion(base + offset, ram, ramOffset, length, how);
        Reference.reachabilityFence(this);
        if (moved != length) {
            bulkFaulted(offset, Direction.WRITE, length, ~moved, how, ram, ramOffset);
        }
    }

    /**
     * Through a block: a segment of the array would be an object for each call as soon as the JIT has seen other
     * segments.
     */
    @Override
    public final void readBytes(long offset, byte[] ram, int ramOffset, int length) {
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
            long moved = readRegion(address, block.segment, 0, n, Order.ASCENDING);
            int good = (int) (moved == n ? n : ~moved);
            System.arraycopy(block.bytes, 0, ram, ramOffset + done, good);
            if (good < n) {
                bulkFaulted(offset, Direction.READ, length, done + good, Order.ASCENDING);
                Arrays.fill(ram, ramOffset + done + good, ramOffset + length, (byte) -1);
                return;
            }
            done += n;
            readChunk = n < length ? Chunks.next(readChunk, n, start) : readChunk;
        }
        Reference.reachabilityFence(this);
    }

    @Override
    public final void writeBytes(long offset, byte[] ram, int ramOffset, int length) {
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
            long moved = writeRegion(address, block.segment, 0, n, Order.ASCENDING);
            if (moved != n) {
                bulkFaulted(offset, Direction.WRITE, length, done + ~moved, Order.ASCENDING);
                return;
            }
            done += n;
            writeChunk = n < length ? Chunks.next(writeChunk, n, start) : writeChunk;
        }
        Reference.reachabilityFence(this);
    }

    @Override
    public final void fill(long offset, long length, byte value) {
        checkWrite(offset, length);
        for (long done = 0; done < length; ) {
            long address = base + offset + done;
            long n = Chunks.upwards(address, length - done, writeChunk);
            long start = n < length ? System.nanoTime() : 0;
            long moved = fillRegion(address, n, value);
            if (moved != n) {
                bulkFaulted(offset, Direction.WRITE, length, done + ~moved, Order.ANY);
                return;
            }
            done += n;
            writeChunk = n < length ? Chunks.next(writeChunk, n, start) : writeChunk;
        }
        Reference.reachabilityFence(this);
    }

    /** For callers that have checked. */
    private void read(long offset, MemorySegment ram, long ramOffset, long length, Order order) {
        boolean past = order == Order.ANY && length >= pastCache;
        for (long done = 0; done < length; ) {
            long address = base + offset + done;
            long n = Chunks.upwards(address, length - done, readChunk);
            long start = n < length ? System.nanoTime() : 0;
            long moved = past
                    ? readPastCache(address, ram, ramOffset + done, n)
                    : readRegion(address, ram, ramOffset + done, n, order);
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
        bulkFaulted(offset, Direction.READ, length, completed, order, ram, ramOffset);
        RamSide.fillWithOnes(this, offset + completed, completed, ram, ramOffset + completed, length - completed);
    }

    /**
     * For callers that have checked; {@code source} is whose memory {@code ram} is, or null if it is nobody's. Returns
     * the length, or -1 - completed if there is a fault to be taken.
     */
    final long write(RegionAccessor source, long offset, MemorySegment ram, long ramOffset, long length, Order order) {
        boolean descending = order == Order.DESCENDING;
        boolean past = order == Order.ANY && length >= pastCache;
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
                    : source == null
                            ? writeRegion(address, ram, ramOffset + at, n, order)
                            : copyRegion(source, address, ram, ramOffset + at, n, order);
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
}
