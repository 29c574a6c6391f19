package org.hostmem.vfio.dma;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.hostmem.vfio.DmaException;
import org.hostmem.vfio.DmaException.Refusal;
import org.hostmem.vfio.IovaRange;

/**
 * Keeps the free addresses of a space. It gives the lowest ones that fit, because devices with few address bits reach
 * only those. It never gives address 0, because to many devices 0 means no address.
 *
 * <p>Addresses are unsigned. Not thread-safe: the space's lock guards it.
 */
public final class IovaAllocator {

    private final long pageSizes;
    private final long page;
    private List<IovaRange> ranges;
    /** First address to last address of each extent; extents do not touch. */
    private final TreeMap<Long, Long> free = new TreeMap<>(Long::compareUnsigned);

    private final TreeMap<Long, Long> used = new TreeMap<>(Long::compareUnsigned);

    /**
     * Makes an allocator in which all addresses of the ranges are free.
     *
     * @param ranges as the kernel reports them
     * @param pageSizes of the IOMMU, a bit for each
     */
    public IovaAllocator(List<IovaRange> ranges, long pageSizes) {
        this.pageSizes = pageSizes;
        this.page = Long.lowestOneBit(pageSizes);
        narrow(ranges);
    }

    /** The address and the size of a block are multiples of this. */
    public long page() {
        return page;
    }

    public List<IovaRange> ranges() {
        return ranges;
    }

    /** Sets other ranges, for example when a device with smaller ranges joins. Blocks in use stay in use. */
    public void narrow(List<IovaRange> now) {
        ranges = List.copyOf(now);
        free.clear();
        for (IovaRange range : ranges) {
            addFree(range.first(), range.last());
        }
        used.forEach((first, last) -> {
            List<IovaRange> covered = new ArrayList<>();
            free.forEach((from, to) -> {
                if (Long.compareUnsigned(from, last) <= 0 && Long.compareUnsigned(first, to) <= 0) {
                    covered.add(new IovaRange(from, to));
                }
            });
            covered.forEach(extent -> cut(extent.first(), extent.last(), first, last));
        });
    }

    /**
     * Allocates the lowest free block.
     *
     * @param size in bytes, a multiple of {@link #page}
     * @param addressBits that the device has: all addresses of the block are below this power of two
     * @return its address: a multiple of the largest page of the IOMMU that the block could fill
     * @throws DmaException if there is none
     */
    public long allocate(long size, int addressBits) {
        checkSize(size);
        long alignment = alignment(size);
        long highest = addressBits >= Long.SIZE ? -1L : (1L << addressBits) - 1;
        for (Map.Entry<Long, Long> extent : free.entrySet()) {
            long first = extent.getKey() == 0 ? page : extent.getKey();
            long start = first + alignment - 1 & -alignment;
            long last = Long.compareUnsigned(extent.getValue(), highest) < 0 ? extent.getValue() : highest;
            boolean wrapped = Long.compareUnsigned(start, first) < 0;
            if (!wrapped
                    && Long.compareUnsigned(start, last) <= 0
                    && Long.compareUnsigned(size - 1, last - start) <= 0) {
                take(extent.getKey(), extent.getValue(), start, start + size - 1);
                return start;
            }
        }
        throw new DmaException(
                Refusal.NO_ADDRESS_LEFT,
                "no 0x" + Long.toHexString(size) + " bytes of addresses are free"
                        + (addressBits >= Long.SIZE
                                ? ""
                                : " below 0x" + Long.toHexString(highest) + " (" + addressBits + " address bits)")
                        + " in " + ranges + ": close mappings that are no longer needed");
    }

    /** The largest page that the block could fill, so that the IOMMU may use it. */
    private long alignment(long size) {
        long fitting = pageSizes & (Long.highestOneBit(size) << 1) - 1;
        return Long.highestOneBit(fitting);
    }

    /**
     * Allocates a block that the caller has chosen.
     *
     * @throws DmaException if it is not aligned, not within the ranges, or not free
     */
    public void claim(long iova, long size) {
        checkSize(size);
        String block = "0x" + Long.toHexString(size) + " bytes at IOVA 0x" + Long.toHexString(iova);
        if ((iova & page - 1) != 0) {
            throw new DmaException(
                    Refusal.UNALIGNED,
                    block + ": the address must be a multiple of 0x" + Long.toHexString(page)
                            + ", the page of the IOMMU");
        }
        if (ranges.stream().noneMatch(range -> range.contains(iova, size))) {
            throw new DmaException(
                    Refusal.OUT_OF_RANGE, block + " are outside the ranges that the kernel allows: " + ranges);
        }
        Map.Entry<Long, Long> extent = free.floorEntry(iova);
        long last = iova + size - 1;
        if (extent == null || Long.compareUnsigned(last, extent.getValue()) > 0) {
            Map.Entry<Long, Long> other = used.floorEntry(last);
            throw new DmaException(
                    Refusal.TAKEN,
                    block + " overlap a mapping"
                            + (other == null ? "" : " at " + new IovaRange(other.getKey(), other.getValue())));
        }
        take(extent.getKey(), extent.getValue(), iova, last);
    }

    private void checkSize(long size) {
        if (size <= 0 || (size & page - 1) != 0) {
            throw new DmaException(
                    Refusal.UNALIGNED,
                    "0x" + Long.toHexString(size)
                            + " bytes: the size must be a multiple of 0x" + Long.toHexString(page)
                            + ", the page of the IOMMU, and not 0");
        }
    }

    private void take(long extentFirst, long extentLast, long first, long last) {
        cut(extentFirst, extentLast, first, last);
        used.put(first, last);
    }

    /** Removes a block from a free extent. The parts before and behind it stay free. */
    private void cut(long extentFirst, long extentLast, long first, long last) {
        free.remove(extentFirst);
        if (Long.compareUnsigned(extentFirst, first) < 0) {
            free.put(extentFirst, first - 1);
        }
        if (Long.compareUnsigned(last, extentLast) < 0) {
            free.put(last + 1, extentLast);
        }
    }

    /**
     * Frees a block, by its address. If the ranges have become smaller since, only the part inside them is free again.
     */
    public void release(long iova) {
        long last = Objects.requireNonNull(used.remove(iova));
        for (IovaRange range : ranges) {
            long from = Long.compareUnsigned(range.first(), iova) > 0 ? range.first() : iova;
            long to = Long.compareUnsigned(range.last(), last) < 0 ? range.last() : last;
            if (Long.compareUnsigned(from, to) <= 0) {
                addFree(from, to);
            }
        }
    }

    /** Joins an extent with its free neighbours. */
    private void addFree(long first, long last) {
        Map.Entry<Long, Long> before = first == 0 ? null : free.floorEntry(first - 1);
        if (before != null && before.getValue() == first - 1) {
            first = before.getKey();
        }
        Long behind = last == -1L ? null : free.remove(last + 1);
        free.put(first, behind == null ? last : behind);
    }
}
