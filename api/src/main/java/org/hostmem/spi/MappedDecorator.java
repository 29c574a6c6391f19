package org.hostmem.spi;

import java.lang.foreign.MemorySegment;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.Direction;
import org.hostmem.FaultPolicy;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionFaultException;
import org.hostmem.TransferOrder;
import org.hostmem.engine.LimitedUnits;
import org.jspecify.annotations.Nullable;

/**
 * Base class for an {@link AccessorDecorator} of memory that is mapped as a whole. Copies from it read the memory
 * directly. Copies to it write the memory directly if reads and writes go to the same accessor. {@link #afterWrite} is
 * called for them as for any write.
 */
public abstract class MappedDecorator extends AccessorDecorator implements MappedAccessor {

    private final MappedAccessor memory;
    private final HostMemoryAccessor writes;

    /**
     * Decorates one accessor.
     *
     * @param inner for reads and writes
     * @throws AccessRejectedException if it is not mapped as a whole
     */
    protected MappedDecorator(HostMemoryAccessor inner) {
        this(inner, inner);
    }

    /**
     * Decorates two accessors of the same size, alignment and byte order. They are closed with this one.
     *
     * @param reads for reads
     * @param writes for writes
     * @throws AccessRejectedException if the one for reads is not mapped as a whole
     */
    protected MappedDecorator(HostMemoryAccessor reads, HostMemoryAccessor writes) {
        super(reads, writes);
        if (!(reads instanceof MappedAccessor mapped)) {
            throw new AccessRejectedException(
                    Reason.UNSUPPORTED, "this accessor is not of memory that is mapped as a whole: " + reads);
        }
        this.memory = mapped;
        this.writes = writes;
    }

    @Override
    public final long address() {
        return memory.address();
    }

    @Override
    public final MappedAccessor forDirectReads() {
        return memory.forDirectReads();
    }

    /** Only for reads, because this decorator must see each write. */
    @Override
    @SuppressWarnings("exports") // of JSpecify, which users may leave out
    public final @Nullable PlainMemory plainMemory(Direction direction) {
        return direction == Direction.READ ? memory.plainMemory(direction) : null;
    }

    /** Those of the memory, if reads and writes go there: it is told of what is discarded. */
    @Override
    @SuppressWarnings("exports") // of JSpecify, which users may leave out
    public final @Nullable HostPages pages() {
        HostPages pages = writes == memory ? memory.pages() : null;
        return pages == null ? null : new Told(pages);
    }

    private final class Told implements HostPages {
        private final HostPages pages;

        Told(HostPages pages) {
            this.pages = pages;
        }

        @Override
        public long pageSize() {
            return pages.pageSize();
        }

        @Override
        public long discard(long address, long length) {
            long result = pages.discard(address, length);
            afterWrite(address - address(), length);
            return result;
        }

        @Override
        public long requestHuge(long address, long length) {
            return pages.requestHuge(address, length);
        }
    }

    private boolean mayBeDirect() {
        return writes == memory && options().fault() == FaultPolicy.THROW;
    }

    @Override
    public final boolean copyDirectly(MappedAccessor source, long from, long to, long length, Order order) {
        boolean isDone = mayBeDirect();
        try {
            isDone = isDone && memory.copyDirectly(source, from, to, length, order);
        } catch (RegionFaultException fault) {
            afterWrite(to, length);
            throw fault;
        }
        if (isDone && length > 0) {
            afterWrite(to, length);
        }
        return isDone;
    }

    @Override
    public final boolean moveThroughRing(
            MappedAccessor source,
            long from,
            long to,
            MemorySegment ring,
            long place,
            long distance,
            long length,
            Order order) {
        boolean isDone = mayBeDirect();
        try {
            isDone = isDone && memory.moveThroughRing(source, from, to, ring, place, distance, length, order);
        } catch (RegionFaultException fault) {
            afterWrite(to, length);
            throw fault;
        }
        if (isDone) {
            afterWrite(to, length);
        }
        return isDone;
    }

    @Override
    public final void writeDescending(long offset, MemorySegment ram, long ramOffset, long length) {
        check(Direction.WRITE, offset, length);
        for (long rest = length; rest > 0; ) {
            int unit = LimitedUnits.stepDownwards(
                    options().limits(), rules(), TransferOrder.RELAXED, address() + offset + rest, rest);
            rest -= unit;
            try {
                writeBytes(offset + rest, ram, ramOffset + rest, unit, TransferOrder.RELAXED);
            } catch (RegionFaultException fault) {
                throw Faults.within(fault, length - rest - unit + fault.completed());
            }
        }
    }

    @Override
    public final void addUser(Runnable end) {
        memory.addUser(end);
    }

    @Override
    public final void removeUser(Runnable end) {
        memory.removeUser(end);
    }

    @SuppressWarnings("exports") // of JSpecify, which users may leave out
    @Override
    public final void expectFaults(@Nullable String cause) {
        memory.expectFaults(cause);
    }
}
