package org.hostmem.vfio.kernel;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.hostmem.Direction;
import org.hostmem.vfio.IovaRange;
import org.hostmem.vfio.VfioInterface;
import org.hostmem.vfio.dma.OwnMemory;
import org.hostmem.vfio.linux.LockedBlocks;
import org.hostmem.vfio.linux.Pagemap;
import org.hostmem.vfio.linux.PhysicalPages;
import org.hostmem.vfio.linux.SharedDescriptor;
import org.jspecify.annotations.Nullable;

/**
 * The container of a device without an IOMMU. The device uses physical addresses, so there is no address space. The
 * kernel maps and pins nothing. So this accepts only memory that this library made, locks it, and keeps it until the
 * device is stopped.
 */
public final class PhysicalSpace extends ContainerSpace {

    /** Maps the IOVA of a locked block to its address. */
    private final Map<Long, Long> addresses = new HashMap<>();

    public PhysicalSpace(
            GroupOpener opener, VfioInterface way, SharedDescriptor container, String group, SharedDescriptor groupFd) {
        super(opener, way, container, group, groupFd);
    }

    @Override
    public String name() {
        return "no IOMMU: physical addresses";
    }

    @Override
    public boolean isPhysical() {
        return true;
    }

    /** These addresses only name blocks. No device uses them. */
    @Override
    public List<IovaRange> ranges() {
        return List.of(new IovaRange(0, -1L));
    }

    @Override
    public long pageSizes() {
        return pageSize();
    }

    @Override
    public @Nullable String objection(long address, long size) {
        return OwnMemory.has(address, size)
                ? null
                : "nothing pins this memory for a device without an IOMMU that was opened by its group: use"
                        + " DmaMemory, or open the device by its own node (VfioInterface.NO_IOMMU_CDEV, Linux 7.3)";
    }

    @Override
    public int map(long address, long size, long iova, Set<Direction> rights) {
        int result = LockedBlocks.lock(address, size);
        if (result >= 0) {
            addresses.put(iova, address);
        }
        return result;
    }

    @Override
    public long unmap(long iova, long size) {
        Long address = addresses.get(iova);
        int result = address == null ? 0 : LockedBlocks.unlock(address, size);
        if (result < 0) {
            return result;
        }
        addresses.remove(iova);
        return size;
    }

    @Override
    public PhysicalPages physical(long address, long size, long iova) {
        return Pagemap.of(address, size, pageSize());
    }
}
