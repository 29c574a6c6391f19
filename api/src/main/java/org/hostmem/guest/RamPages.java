package org.hostmem.guest;

import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.HostMemoryException;
import org.hostmem.RegionBoundsException;
import org.hostmem.RegionClosedException;
import org.hostmem.TransferOrder;
import org.hostmem.spi.HostPages;
import org.hostmem.spi.MappedAccessor;

/**
 * Gives pages of {@link GuestRam} back to the host, as a balloon device needs it, and finds the pages that were
 * touched, as a snapshot needs it.
 *
 * <pre>{@code
 * RamPages pages = RamPages.of(ram);
 * pages.discard(balloon, pages.pageSize());               // the guest's balloon device grew
 * pages.forEachTouched(0, ram.size(), snapshot::write);   // all else is zero
 * }</pre>
 *
 * <p>The host gives a page when it is first accessed. A page that was only read counts as touched, and so does a page
 * in swap. Offsets are those of the accessor, which may be a view. Every check comes before the first change. Safe for
 * use by any number of threads.
 */
public final class RamPages {

    private final HostMemoryAccessor ram;
    private final long base;
    private final HostPages pages;

    private RamPages(HostMemoryAccessor ram, long base, HostPages pages) {
        this.ram = ram;
        this.base = base;
        this.pages = pages;
    }

    /**
     * {@return the pages of some RAM}
     *
     * @param ram of {@link GuestRam#open}, a view of it, or a {@link DirtyLog} on it, which notes what is discarded
     * @throws AccessRejectedException if it is other memory, or the fallback provider made it: {@code UNSUPPORTED}
     */
    public static RamPages of(HostMemoryAccessor ram) {
        if (ram instanceof MappedAccessor mapped) {
            HostPages pages = mapped.pages();
            if (pages != null) {
                return new RamPages(ram, mapped.address(), pages);
            }
        }
        throw new AccessRejectedException(
                Reason.UNSUPPORTED, "the pages of this memory are not known, because GuestRam did not open it: " + ram);
    }

    /** {@return the size of the host's base pages in bytes} */
    public long pageSize() {
        return pages.pageSize();
    }

    /**
     * Gives pages back to the host, such as those that the guest's balloon took. They are zero afterwards. An access of
     * another thread at the same time finds the old bytes or zeros.
     *
     * @param offset of the first page
     * @param length in bytes, of whole pages
     * @throws RegionBoundsException if that is not all in the RAM
     * @throws RegionClosedException if the RAM is closed
     * @throws AccessRejectedException if the RAM may not be written; with {@code UNALIGNED} if these are not whole
     *     pages; with {@code UNSUPPORTED} if a device may reach the RAM, because the device would go on to use the old
     *     pages
     * @throws HostMemoryException if the host refuses
     */
    public void discard(long offset, long length) {
        checkWhole(Direction.WRITE, offset, length);
        if (length > 0) {
            checked(offset, length, pages.discard(base + offset, length));
        }
    }

    /** Gets a touched part of RAM. */
    @FunctionalInterface
    public interface Part {
        /**
         * Called for each part, in ascending order.
         *
         * @param offset of the first byte
         * @param length in bytes
         */
        void visit(long offset, long length);
    }

    /**
     * Visits the parts that were touched. All other bytes are zero. If other threads access the RAM at the same time,
     * pages that they touch meanwhile may be left out.
     *
     * @param offset of the first byte
     * @param length in bytes
     * @param part gets each part, as long as possible
     * @throws RegionBoundsException if that is not all in the RAM
     * @throws RegionClosedException if the RAM is closed
     * @throws HostMemoryException if the host does not tell
     */
    public void forEachTouched(long offset, long length, Part part) {
        ram.check(Direction.READ, offset, length);
        long last = offset + length;
        TouchedPages.forEach(base + offset, length, pageSize(), (address, size) -> {
            long from = Math.max(offset, address - base);
            long to = Math.min(last, address - base + size);
            part.visit(from, to - from);
        });
    }

    /**
     * Makes the pages of other RAM equal to these: it discards those, then copies what was touched here. So the copy
     * takes no more memory than the original.
     *
     * @param offset of the first page here
     * @param target other RAM
     * @param to offset of its first page there
     * @param length in bytes, of whole pages
     * @return how many bytes were copied
     * @throws RegionBoundsException if that is not all in the RAM, here and there
     * @throws RegionClosedException if either RAM is closed
     * @throws AccessRejectedException as {@link #discard} of the target; if the pages overlap: {@code OVERLAP}
     * @throws HostMemoryException if the host refuses
     */
    public long copyTouched(long offset, RamPages target, long to, long length) {
        checkWhole(Direction.READ, offset, length);
        target.checkWhole(Direction.WRITE, to, length);
        if (Math.abs(base + offset - (target.base + to)) < length) {
            throw new AccessRejectedException(
                    Reason.OVERLAP,
                    length + " bytes at offset 0x" + Long.toHexString(offset)
                            + " overlap their own copy: give a target that is " + length + " bytes or more away");
        }
        target.discard(to, length);
        long[] copied = new long[1];
        forEachTouched(offset, length, (from, n) -> {
            target.ram.writeBytes(to + from - offset, ram.asSegment(), from, n, TransferOrder.RELAXED);
            copied[0] += n;
        });
        return copied[0];
    }

    /**
     * Asks the host to use huge pages for all this RAM from now on. It gives them when memory is first touched, or
     * later in the background. Then a touched byte costs a huge page.
     *
     * @return what the host says now; ask {@link #hugePages} again when the RAM was touched
     * @throws RegionClosedException if the RAM is closed
     */
    public HugePages requestHugePages() {
        ram.check(Direction.READ, 0, ram.size());
        long start = base + pageSize() - 1 & -pageSize();
        long result = pages.requestHuge(start, base + ram.size() - start & -pageSize());
        return TransparentHugePages.of(base, ram.size(), result < 0 ? (int) -result : 0);
    }

    /**
     * {@return what the host does about huge pages of this RAM now}
     *
     * <p>The kernel counts them by mapping. So a view has the count of the whole RAM.
     */
    public HugePages hugePages() {
        return TransparentHugePages.of(base, ram.size(), 0);
    }

    private void checkWhole(Direction direction, long offset, long length) {
        ram.check(direction, offset, length);
        if ((base + offset | length) % pageSize() != 0) {
            throw new AccessRejectedException(
                    Reason.UNALIGNED,
                    length + " bytes at offset 0x" + Long.toHexString(offset) + " are not whole pages of " + pageSize()
                            + " bytes");
        }
    }

    private static void checked(long offset, long length, long result) {
        if (result < 0) {
            throw new HostMemoryException("the host refuses to discard " + length + " bytes at offset 0x"
                    + Long.toHexString(offset) + ": errno " + -result);
        }
    }
}
