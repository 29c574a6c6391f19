package org.hostmem.vfio;

import java.util.List;
import java.util.Set;
import org.hostmem.Direction;

/**
 * An address space as the kernel keeps it for one or more devices. Results of calls are those of {@link Syscalls}. Used
 * with the lock of its {@link DmaSpace}, while one of its devices is open.
 */
abstract class KernelSpace {

    /** For people, for example {@code type1 container}. */
    abstract String name();

    /** What the kernel allows now: a device that joins may make it less. */
    abstract List<IovaRange> ranges();

    /** A bit for each page size of the IOMMU. */
    abstract long pageSizes();

    /** Lets the devices reach memory of this process. */
    abstract int map(long address, long size, long iova, Set<Direction> rights);

    /** The number of bytes that were unmapped. */
    abstract long unmap(long iova, long size);

    /**
     * Opens one more device in this space.
     *
     * @throws VfioException if it cannot be opened, or cannot share the space
     */
    abstract KernelDeviceFile join(PciAddress address, DmaSpace space);

    /** What is known of the host's drivers. */
    abstract PciSysfs sysfs();

    /** Whether the kernel takes the address of a mapped BAR. */
    boolean takesDeviceMemory() {
        return false;
    }

    /** Whether there is no IOMMU: devices then are given physical addresses, whatever was asked for. */
    boolean isPhysical() {
        return false;
    }

    /** Why this memory cannot be given to a device that no IOMMU guards; null if it can. */
    String objection(long address, long size) {
        return null;
    }

    /**
     * Of a space without an IOMMU: where mapped memory lies.
     *
     * @throws DmaException if nobody tells
     */
    PhysicalPages physical(long address, long size, long iova) {
        throw new UnsupportedOperationException();
    }
}
