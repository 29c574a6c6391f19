package org.hostmem.vfio.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.hostmem.Direction;
import org.hostmem.vfio.IovaRange;
import org.hostmem.vfio.VfioInterface;
import org.hostmem.vfio.linux.IoctlNumbers;
import org.hostmem.vfio.linux.Opening;
import org.hostmem.vfio.linux.SharedDescriptor;

/**
 * The container of VFIO's groups on POWER, with translation control entries: memory is registered, which pins it, and
 * then mapped into a window of the bus.
 *
 * <p>It uses the 32-bit window that every group has. It does not ask for the larger windows that some platforms make on
 * demand. Written from {@code drivers/vfio/vfio_iommu_spapr_tce.c}.
 */
public final class SpaprSpace extends ContainerSpace {

    /** Of the window of 32 bits. */
    private static final long PAGE = 4096;

    private static final int MAY_READ = 1;
    private static final int MAY_WRITE = 2;

    /** Maps the IOVA of registered memory to its address. */
    private final Map<Long, Long> addresses = new HashMap<>();

    public SpaprSpace(
            GroupOpener opener, VfioInterface way, SharedDescriptor container, String group, SharedDescriptor groupFd) {
        super(opener, way, container, group, groupFd);
    }

    @Override
    public String name() {
        return "sPAPR TCE container";
    }

    /**
     * {@code struct vfio_iommu_spapr_tce_info}: u32 argsz 0, u32 flags 4, u32 first address of the window 8, u32 its
     * size 12, then the larger windows that there may be.
     */
    @Override
    public List<IovaRange> ranges() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(32, 8);
            info.set(JAVA_INT, 0, 32);
            Opening.checked(ioctl(IoctlNumbers.SPAPR_TCE_GET_INFO, info), "VFIO_IOMMU_SPAPR_TCE_GET_INFO");
            long first = Integer.toUnsignedLong(info.get(JAVA_INT, 8));
            long size = Integer.toUnsignedLong(info.get(JAVA_INT, 12));
            return size == 0 ? List.of() : List.of(new IovaRange(first, first + size - 1));
        }
    }

    /** Memory is registered in pages of the host, so a mapping has whole ones. */
    @Override
    public long pageSizes() {
        return Math.max(PAGE, pageSize());
    }

    @Override
    public int map(long address, long size, long iova, Set<Direction> rights) {
        int registered = registration(IoctlNumbers.SPAPR_REGISTER_MEMORY, address, size);
        if (registered < 0) {
            return registered;
        }
        addresses.put(iova, address);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment map = arena.allocate(32, 8);
            map.set(JAVA_INT, 0, 32);
            map.set(
                    JAVA_INT,
                    4,
                    (rights.contains(Direction.READ) ? MAY_READ : 0)
                            | (rights.contains(Direction.WRITE) ? MAY_WRITE : 0));
            map.set(JAVA_LONG, 8, address);
            map.set(JAVA_LONG, 16, iova);
            map.set(JAVA_LONG, 24, size);
            int result = ioctl(IoctlNumbers.IOMMU_MAP_DMA, map);
            if (result < 0) {
                addresses.remove(iova);
                registration(IoctlNumbers.SPAPR_UNREGISTER_MEMORY, address, size);
            }
            return result;
        }
    }

    /**
     * {@code struct vfio_iommu_spapr_register_memory}: u32 argsz 0, u32 flags 4, u64 address 8, u64 size 16. The kernel
     * counts how often the same block is registered.
     */
    private int registration(int command, long address, long size) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(24, 8);
            memory.set(JAVA_INT, 0, 24);
            memory.set(JAVA_LONG, 8, address);
            memory.set(JAVA_LONG, 16, size);
            return ioctl(command, memory);
        }
    }

    @Override
    public long unmap(long iova, long size) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment unmap = arena.allocate(24, 8);
            unmap.set(JAVA_INT, 0, 24);
            unmap.set(JAVA_LONG, 8, iova);
            unmap.set(JAVA_LONG, 16, size);
            int result = ioctl(IoctlNumbers.IOMMU_UNMAP_DMA, unmap);
            if (result < 0) {
                return result;
            }
            Long address = addresses.remove(iova);
            int unregistered = address == null ? 0 : registration(IoctlNumbers.SPAPR_UNREGISTER_MEMORY, address, size);
            return unregistered < 0 ? unregistered : size;
        }
    }
}
