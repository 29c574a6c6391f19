package org.hostmem.vfio;

import java.util.Objects;
import java.util.Set;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;

/**
 * Memory that the devices of a {@link DmaSpace} can reach, until it is closed. Safe for use by any number of threads.
 *
 * <p><b>Addresses.</b> A device is told {@link #address}, which is where it finds a byte. With an IOMMU the mapping is
 * contiguous for it; without one it is so in pieces only: {@link #contiguous} says how far.
 *
 * <p><b>Its end</b> has one order: <em>stop, unmap, release</em>. Closing turns off the bus master of every device of
 * the space. So no device reaches memory that is no longer its own. Then the kernel unmaps and unpins the memory. Only
 * then may the memory be released. A driver that goes on turns the bus master on again. Closing the memory, or the last
 * device of the space, does the same first.
 */
public final class DmaMapping implements AutoCloseable {

    private final DmaSpace space;
    private final HostMemoryAccessor memory;
    private final long length;
    private final long iova;
    private final Set<Direction> rights;
    /** What the memory runs before its end: always the same object. */
    private final Runnable end = this::close;
    /** Null where an IOMMU translates. */
    private PhysicalPages physical;

    private volatile boolean open = true;

    DmaMapping(DmaSpace space, HostMemoryAccessor memory, long iova, Set<Direction> rights) {
        this.space = space;
        this.memory = memory;
        this.length = memory.size();
        this.iova = iova;
        this.rights = Set.copyOf(rights);
    }

    /** {@return the memory} */
    public HostMemoryAccessor memory() {
        return memory;
    }

    /** {@return the size in bytes} */
    public long length() {
        return length;
    }

    /** {@return what the devices may do: READ the memory, WRITE it. Without an IOMMU nothing holds them to it} */
    public Set<Direction> rights() {
        return rights;
    }

    /** {@return where a device finds the first byte} */
    public long address() {
        return address(0);
    }

    /**
     * {@return where a device finds a byte: its IOVA, or without an IOMMU its physical address}
     *
     * @param offset of the byte, 0 to the length less 1
     * @throws IndexOutOfBoundsException if it is another
     */
    public long address(long offset) {
        Objects.checkIndex(offset, length);
        return physical == null ? iova + offset : physical.address(offset);
    }

    /**
     * {@return how many bytes from an offset on follow each other for a device, 1 or more}
     *
     * @param offset of the first of them, 0 to the length less 1
     * @throws IndexOutOfBoundsException if it is another
     */
    public long contiguous(long offset) {
        Objects.checkIndex(offset, length);
        return physical == null ? length - offset : physical.contiguous(offset);
    }

    /** {@return whether devices can reach the memory: false once it is closed, or its space is} */
    public boolean isOpen() {
        return open;
    }

    long iova() {
        return iova;
    }

    Runnable end() {
        return end;
    }

    void setPhysical(PhysicalPages pages) {
        physical = pages;
    }

    void markClosed() {
        open = false;
    }

    /**
     * Stops the devices of the space, and unmaps. After a success another call does nothing.
     *
     * @throws DmaException if the kernel refuses: the memory is reachable still then, and the close can be repeated
     */
    @Override
    public void close() {
        space.end(this);
    }

    /** {@return for example {@code 0x100000 bytes at 0x1000, [READ, WRITE]}} */
    @Override
    public String toString() {
        return "0x" + Long.toHexString(length) + " bytes at 0x" + Long.toHexString(address()) + ", " + rights
                + (open ? "" : ", closed");
    }
}
