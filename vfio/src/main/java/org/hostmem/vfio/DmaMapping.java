package org.hostmem.vfio;

import java.util.Set;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;

/**
 * Memory that the devices of a {@link DmaSpace} can reach, until it is closed. Safe for use by any number of threads.
 *
 * <p><b>Addresses.</b> Give the device {@link #address}: it finds the first byte there. With an IOMMU the mapping is
 * contiguous for the device. Without one only pieces are contiguous: {@link #contiguous} says how long they are.
 *
 * <p><b>Its end</b> has one order: <em>stop, unmap, release</em>. Closing turns off the bus master bit of every device
 * of the space, so that no device reaches memory of somebody else. Then the kernel unmaps and unpins the memory. Only
 * then may the memory be released. A driver that continues must turn on the bus master bit again. Closing the memory,
 * or the last device of the space, does the same first.
 */
public interface DmaMapping extends AutoCloseable {

    /** {@return the memory} */
    HostMemoryAccessor memory();

    /** {@return the size in bytes} */
    long length();

    /** {@return what the devices may do: READ or WRITE the memory. Without an IOMMU nothing enforces it} */
    Set<Direction> rights();

    /** {@return the device's address of the first byte} */
    long address();

    /**
     * {@return the device's address of a byte: its IOVA, or its physical address without an IOMMU}
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
     * @throws DmaException if the kernel refuses: devices can still reach the memory, and the close can be repeated
     */
    @Override
    void close();
}
