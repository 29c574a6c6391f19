package org.hostmem.spi;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.EnumSet;
import java.util.Set;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.AccessRules;
import org.hostmem.Atomics;
import org.hostmem.Barrier;
import org.hostmem.Direction;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionCapabilities;
import org.hostmem.RegionFaultException;
import org.hostmem.TransferOrder;
import org.jspecify.annotations.Nullable;

/**
 * Base class for an accessor that adds something to another one. Reads go to one accessor, and writes to another or to
 * the same. {@link #afterWrite} is called after each write of any kind.
 *
 * <p>It makes no checks of its own: the two accessors make them. For memory that is mapped as a whole, extend
 * {@link MappedDecorator}, which keeps direct copies. Its segment is read-only, because the decorator does not see a
 * store through a segment.
 */
public abstract class AccessorDecorator implements ScalarsByWidth, SharedMemory, UnsupportedRequests {

    private final HostMemoryAccessor reads;
    private final HostMemoryAccessor writes;
    private final Object memory;
    private @Nullable Atomics atomics;
    private @Nullable AccessorDecorator throwing;

    /**
     * Decorates one accessor.
     *
     * @param inner for reads and writes
     */
    protected AccessorDecorator(HostMemoryAccessor inner) {
        this(inner, inner);
    }

    /**
     * Decorates two accessors of the same size, alignment and byte order. They are closed with this one.
     *
     * @param reads for reads
     * @param writes for writes
     */
    protected AccessorDecorator(HostMemoryAccessor reads, HostMemoryAccessor writes) {
        this.reads = reads;
        this.writes = writes;
        this.memory = SharedMemory.memory(reads);
    }

    /**
     * Called after each request that writes, by the thread that made it, also if it ended with a fault. It is not
     * called for a request that was refused before its first access.
     *
     * @param offset of the first byte
     * @param length in bytes, 1 or more; after a fault less may have been written
     */
    protected void afterWrite(long offset, long length) {}

    private void wrote(long offset, long length) {
        if (length > 0) {
            afterWrite(offset, length);
        }
    }

    private RegionFaultException told(RegionFaultException fault, long offset, long length) {
        wrote(offset, length);
        return fault;
    }

    @Override
    public final Object memory() {
        return memory;
    }

    @Override
    public final long size() {
        return reads.size();
    }

    @Override
    public final RegionCapabilities capabilities() {
        RegionCapabilities all = reads.capabilities();
        return all.writable() == writes.capabilities().writable()
                ? all
                : all.withRights(all.readable(), !all.writable());
    }

    @Override
    public final AccessOptions options() {
        return reads.options();
    }

    @Override
    public final AccessRules rules() {
        return reads.rules();
    }

    @Override
    public final Set<Guarantee> guarantees() {
        Set<Guarantee> both = EnumSet.allOf(Guarantee.class);
        both.retainAll(reads.guarantees());
        both.retainAll(writes.guarantees());
        return Set.copyOf(both);
    }

    private HostMemoryAccessor side(Direction direction) {
        return direction == Direction.READ ? reads : writes;
    }

    @Override
    public final void check(Direction direction, long offset, long length) {
        side(direction).check(direction, offset, length);
    }

    @Override
    public final void check(Direction direction, long offset, long length, TransferOrder order) {
        side(direction).check(direction, offset, length, order);
    }

    @Override
    public final long read(long offset, int width) {
        return reads.read(offset, width);
    }

    @Override
    public final void write(long offset, int width, long value) {
        try {
            writes.write(offset, width, value);
        } catch (RegionFaultException fault) {
            throw told(fault, offset, width);
        }
        wrote(offset, width);
    }

    @Override
    public final void readBytes(long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
        reads.readBytes(offset, ram, ramOffset, length, order);
    }

    @Override
    public final void writeBytes(long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
        try {
            writes.writeBytes(offset, ram, ramOffset, length, order);
        } catch (RegionFaultException fault) {
            throw told(fault, offset, length);
        }
        wrote(offset, length);
    }

    @Override
    public final void fill(long offset, long length, byte value) {
        try {
            writes.fill(offset, length, value);
        } catch (RegionFaultException fault) {
            throw told(fault, offset, length);
        }
        wrote(offset, length);
    }

    @Override
    public final void fillUnobserved(long offset, long length, byte value) {
        try {
            writes.fillUnobserved(offset, length, value);
        } catch (RegionFaultException fault) {
            throw told(fault, offset, length);
        }
        wrote(offset, length);
    }

    @Override
    public final void barrier(Barrier purpose) {
        reads.barrier(purpose);
    }

    @Override
    public final AccessPlan planScalar(long offset, int width) {
        return reads.planScalar(offset, width);
    }

    @Override
    public final AccessPlan planBulk(Direction direction, long offset, long length, TransferOrder order) {
        return side(direction).planBulk(direction, offset, length, order);
    }

    @Override
    public final MemorySegment asSegment() {
        return reads.asSegment().asReadOnly();
    }

    /** Memory whose writes go elsewhere has none, because an atomic access is a read and a write. */
    @Override
    public final Atomics atomics() {
        if (reads != writes) {
            return ScalarsByWidth.super.atomics();
        }
        if (atomics == null) {
            atomics = new DecoratedAtomics(reads.atomics(), this::wrote);
        }
        return atomics;
    }

    @Override
    public final HostMemoryAccessor wholeRegion() {
        return UnsupportedRequests.wholeRegion(reads);
    }

    @Override
    public final long regionOffset() {
        return UnsupportedRequests.regionOffset(reads);
    }

    @Override
    public final HostMemoryAccessor throwing() {
        HostMemoryAccessor read = UnsupportedRequests.throwing(reads);
        HostMemoryAccessor written = UnsupportedRequests.throwing(writes);
        if (read == reads && written == writes) {
            return this;
        }
        if (throwing == null || throwing.reads != read || throwing.writes != written) {
            throwing = twin(read, written, 0);
        }
        return throwing;
    }

    @Override
    public final HostMemoryAccessor slice(long offset, long size) {
        HostMemoryAccessor part = reads.slice(offset, size);
        return twin(part, reads == writes ? part : writes.slice(offset, size), offset);
    }

    @Override
    public final HostMemoryAccessor readOnly() {
        HostMemoryAccessor same = reads.readOnly();
        return twin(same, reads == writes ? same : writes.readOnly(), 0);
    }

    @Override
    public final HostMemoryAccessor withByteOrder(ByteOrder order) {
        HostMemoryAccessor same = reads.withByteOrder(order);
        return twin(same, reads == writes ? same : writes.withByteOrder(order), 0);
    }

    private AccessorDecorator twin(HostMemoryAccessor read, HostMemoryAccessor written, long base) {
        return this instanceof MappedDecorator && read instanceof MappedAccessor
                ? new MappedTwin(read, written, this, base)
                : new Twin(read, written, this, base);
    }

    /** Other accessors of the same memory, or of a part of it, with the same decoration. */
    private static final class Twin extends AccessorDecorator {
        private final AccessorDecorator told;
        private final long base;

        Twin(HostMemoryAccessor reads, HostMemoryAccessor writes, AccessorDecorator told, long base) {
            super(reads, writes);
            this.told = told;
            this.base = base;
        }

        @Override
        protected void afterWrite(long offset, long length) {
            told.afterWrite(base + offset, length);
        }
    }

    private static final class MappedTwin extends MappedDecorator {
        private final AccessorDecorator told;
        private final long base;

        MappedTwin(HostMemoryAccessor reads, HostMemoryAccessor writes, AccessorDecorator told, long base) {
            super(reads, writes);
            this.told = told;
            this.base = base;
        }

        @Override
        protected void afterWrite(long offset, long length) {
            told.afterWrite(base + offset, length);
        }
    }

    /** Closes what is read, and what is written. */
    @Override
    public final void close() {
        reads.close();
        if (writes != reads) {
            writes.close();
        }
    }
}
