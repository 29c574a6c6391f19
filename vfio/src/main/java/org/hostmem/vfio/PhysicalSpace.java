package org.hostmem.vfio;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.hostmem.Direction;

/**
 * No address space at all: the container of a device that no IOMMU guards, which is told physical addresses. The kernel
 * maps nothing and pins nothing, so that this takes memory of this library's own alone, which it locks and keeps until
 * the device is stopped.
 */
final class PhysicalSpace extends ContainerSpace {

    /** IOVA to address of what is locked. */
    private final Map<Long, Long> addresses = new HashMap<>();

    PhysicalSpace(GroupOpener opener, Way way, SharedDescriptor container, String group, SharedDescriptor groupFd) {
        super(opener, way, container, group, groupFd);
    }

    @Override
    String name() {
        return "no IOMMU: physical addresses";
    }

    @Override
    boolean isPhysical() {
        return true;
    }

    /** Names for blocks, which no device sees. */
    @Override
    List<IovaRange> ranges() {
        return List.of(new IovaRange(0, -1L));
    }

    @Override
    long pageSizes() {
        return pageSize();
    }

    @Override
    String objection(long address, long size) {
        return DmaMemory.owns(address, size)
                ? null
                : "without an IOMMU, by the group, nothing pins other memory: use DmaMemory, or open the device by"
                        + " its own node (Way.NO_IOMMU_CDEV, Linux 7.3)";
    }

    @Override
    int map(long address, long size, long iova, Set<Direction> rights) {
        int result = LockedBlocks.lock(address, size);
        if (result >= 0) {
            addresses.put(iova, address);
        }
        return result;
    }

    @Override
    long unmap(long iova, long size) {
        Long address = addresses.get(iova);
        int result = address == null ? 0 : LockedBlocks.unlock(address, size);
        if (result < 0) {
            return result;
        }
        addresses.remove(iova);
        return size;
    }

    @Override
    PhysicalPages physical(long address, long size, long iova) {
        return Pagemap.of(address, size, pageSize());
    }
}
