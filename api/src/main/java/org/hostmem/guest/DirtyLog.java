package org.hostmem.guest;

import java.util.concurrent.atomic.AtomicLongArray;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionBoundsException;
import org.hostmem.engine.Checks;
import org.hostmem.spi.MappedDecorator;

/**
 * Logs which pages of RAM were written, for live migration or a frame buffer. It logs every write by {@link #accessor}:
 * scalars, transfers, fills, moves and direct copies. It does not log writes by the RAM's own accessor, or a device's
 * DMA.
 *
 * <p>A page is marked after its bytes are written, also if the write ends with a fault. So a thread that clears a mark
 * and then reads the page misses no write: a write that it does not see sets the mark again. Safe for any number of
 * threads.
 */
public final class DirtyLog {

    private final HostMemoryAccessor accessor;
    private final int shift;
    private final AtomicLongArray marks;

    /**
     * Makes a log without marks.
     *
     * @param ram mapped as a whole
     * @param pageSize in bytes, a power of two
     * @throws IllegalArgumentException if it is not
     */
    public DirtyLog(HostMemoryAccessor ram, int pageSize) {
        if (pageSize <= 0 || Integer.bitCount(pageSize) != 1) {
            throw new IllegalArgumentException("pages of " + pageSize + " bytes: a page is a power of two");
        }
        shift = Integer.numberOfTrailingZeros(pageSize);
        marks = new AtomicLongArray((int) (((ram.size() - 1) >> shift) / Long.SIZE + 1));
        accessor = new Marking(ram);
    }

    /** {@return the accessor whose writes are logged. Give it to the bus, and to all code that writes to the RAM} */
    public HostMemoryAccessor accessor() {
        return accessor;
    }

    /**
     * {@return whether a page was written since the last call for it. This clears its mark}
     *
     * @param offset of any byte of the page
     * @throws RegionBoundsException if it is outside the RAM
     */
    public boolean testAndClear(long offset) {
        if (offset < 0 || offset >= accessor.size()) {
            throw Checks.outside(1, offset, accessor.size());
        }
        long page = offset >> shift;
        int index = (int) (page / Long.SIZE);
        return (marks.getAndAccumulate(index, ~bit(page), (was, kept) -> was & kept) & bit(page)) != 0;
    }

    /** It writes each time. If it left a mark that it found set, another thread could see the bytes after the mark. */
    private void mark(long offset, long length) {
        for (long page = offset >> shift; page <= (offset + length - 1) >> shift; page++) {
            marks.getAndAccumulate((int) (page / Long.SIZE), bit(page), (was, set) -> was | set);
        }
    }

    private static long bit(long page) {
        return 1L << page;
    }

    private final class Marking extends MappedDecorator {
        Marking(HostMemoryAccessor ram) {
            super(ram);
        }

        @Override
        protected void afterWrite(long offset, long length) {
            mark(offset, length);
        }
    }
}
