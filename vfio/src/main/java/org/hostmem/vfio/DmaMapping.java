package org.hostmem.vfio;

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
public interface DmaMapping extends AutoCloseable {

    /** {@return the memory} */
    HostMemoryAccessor memory();

    /** {@return the size in bytes} */
    long length();

    /** {@return what the devices may do: READ the memory, WRITE it. Without an IOMMU nothing holds them to it} */
    Set<Direction> rights();

    /** {@return where a device finds the first byte} */
    long address();

    /**
     * {@return where a device finds a byte: its IOVA, or without an IOMMU its physical address}
     *
     * @param offset of the byte, 0 to the length less 1
     * @throws IndexOutOfBoundsException if it is another
     */
    long address(long offset);

    /**
     * {@return how many bytes from an offset on follow each other for a device, 1 or more}
     *
     * @param offset of the first of them, 0 to the length less 1
     * @throws IndexOutOfBoundsException if it is another
     */
    long contiguous(long offset);

    /** {@return whether devices can reach the memory: false once it is closed, or its space is} */
    boolean isOpen();

    /**
     * Stops the devices of the space, and unmaps. After a success another call does nothing.
     *
     * @throws DmaException if the kernel refuses: the memory is reachable still then, and the close can be repeated
     */
    @Override
    void close();
}
