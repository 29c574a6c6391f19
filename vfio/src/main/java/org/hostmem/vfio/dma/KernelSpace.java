package org.hostmem.vfio.dma;

import java.util.List;
import java.util.Set;
import org.hostmem.Direction;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.DmaException;
import org.hostmem.vfio.DmaException.Refusal;
import org.hostmem.vfio.IovaRange;
import org.hostmem.vfio.VfioException;
import org.hostmem.vfio.VfioOptions;
import org.hostmem.vfio.linux.PhysicalPages;
import org.hostmem.vfio.linux.Syscalls;
import org.hostmem.vfio.pci.PciAddress;
import org.jspecify.annotations.Nullable;

/**
 * An address space as the kernel keeps it for one or more devices. Results of calls are those of {@link Syscalls}. The
 * caller holds the lock of its {@link SharedSpace}, and one of its devices is open.
 */
public abstract class KernelSpace {

    /** For people, for example {@code type1 container}. */
    public abstract String name();

    /** The ranges that the kernel allows now. A device that joins may reduce them. */
    public abstract List<IovaRange> ranges();

    /** A bit for each page size of the IOMMU. */
    public abstract long pageSizes();

    /** Lets the devices reach memory of this process. */
    public abstract int map(long address, long size, long iova, Set<Direction> rights);

    /** Unmaps, and returns the number of bytes that were unmapped. */
    public abstract long unmap(long iova, long size);

    /**
     * Opens one more device in this space.
     *
     * @throws VfioException if it cannot be opened, or cannot share the space
     */
    public abstract Device join(PciAddress address, SharedSpace space, VfioOptions options);

    /** Whether the kernel accepts the address of a mapped BAR. */
    public boolean takesDeviceMemory() {
        return false;
    }

    /** Whether there is no IOMMU. Devices then get physical addresses, whatever address was asked for. */
    public boolean isPhysical() {
        return false;
    }

    /** Why this memory cannot be given to a device without an IOMMU; null if it can. */
    public @Nullable String objection(long address, long size) {
        return null;
    }

    /**
     * Returns the physical addresses of mapped memory, in a space without an IOMMU.
     *
     * @throws DmaException if they are not known
     */
    public PhysicalPages physical(long address, long size, long iova) {
        throw new DmaException(Refusal.UNSUPPORTED, "an IOMMU guards this device: it has no physical addresses");
    }
}
