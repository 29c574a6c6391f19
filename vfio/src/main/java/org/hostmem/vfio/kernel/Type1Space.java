package org.hostmem.vfio.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.hostmem.Direction;
import org.hostmem.vfio.IovaRange;
import org.hostmem.vfio.VfioException;
import org.hostmem.vfio.VfioInterface;
import org.hostmem.vfio.linux.IoctlNumbers;
import org.hostmem.vfio.linux.Opening;
import org.hostmem.vfio.linux.SharedDescriptor;

/** The container of VFIO's groups, with an IOMMU of type 1. */
public final class Type1Space extends ContainerSpace {

    private static final int INFO_SIZE = 24;
    private static final int MAX_INFO_SIZE = 1 << 20;
    private static final int CAPABILITY_HEADER = 8;
    private static final int CAPABILITY_IOVA_RANGES = 1;
    /**
     * {@code struct vfio_iommu_type1_info_cap_iova_range}: header 0, u32 number 8, u32 reserved 12, pairs of u64 from
     * 16.
     */
    private static final int RANGES = 16;

    /** The range of every IOMMU of type 1. Kernels before 5.4 do not report it. */
    private static final IovaRange UNTOLD = new IovaRange(0, (1L << 39) - 1);

    private static final int MAY_READ = 1;
    private static final int MAY_WRITE = 2;

    public Type1Space(
            GroupOpener opener, VfioInterface way, SharedDescriptor container, String group, SharedDescriptor groupFd) {
        super(opener, way, container, group, groupFd);
    }

    @Override
    public String name() {
        return "type1 container";
    }

    @Override
    public boolean takesDeviceMemory() {
        return true;
    }

    @Override
    public List<IovaRange> ranges() {
        return ranges(info());
    }

    @Override
    public long pageSizes() {
        return info().getLong(8);
    }

    /**
     * {@code struct vfio_iommu_type1_info}: u32 argsz 0, u32 flags 4, u64 page sizes 8, u32 offset of the capabilities
     * 16. The kernel writes the size of its report to argsz.
     */
    private ByteBuffer info() {
        int size = INFO_SIZE;
        while (true) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment info = arena.allocate(size, 8);
                info.set(JAVA_INT, 0, size);
                Opening.checked(ioctl(IoctlNumbers.IOMMU_GET_INFO, info), "VFIO_IOMMU_GET_INFO");
                int wanted = info.get(JAVA_INT, 0);
                if (wanted <= size) {
                    return ByteBuffer.wrap(info.toArray(JAVA_BYTE)).order(ByteOrder.nativeOrder());
                }
                if (wanted > MAX_INFO_SIZE) {
                    throw new VfioException("VFIO_IOMMU_GET_INFO wants to report " + Integer.toUnsignedString(wanted)
                            + " bytes, and no IOMMU has more than " + MAX_INFO_SIZE);
                }
                size = wanted;
            }
        }
    }

    /** The report is not trusted: each capability must lie behind the one before, and inside the report. */
    public static List<IovaRange> ranges(ByteBuffer info) {
        int at = info.getInt(16);
        int before = 0;
        while (at > before && at <= info.limit() - CAPABILITY_HEADER) {
            if (info.getShort(at) == CAPABILITY_IOVA_RANGES && at <= info.limit() - RANGES) {
                return ranges(info, at + RANGES, info.getInt(at + CAPABILITY_HEADER));
            }
            before = at;
            at = info.getInt(at + 4);
        }
        return List.of(UNTOLD);
    }

    private static List<IovaRange> ranges(ByteBuffer info, int at, int count) {
        if (count < 0 || count > (info.limit() - at) / 16) {
            throw new VfioException("VFIO_IOMMU_GET_INFO claims " + Integer.toUnsignedString(count)
                    + " ranges in a report of " + info.limit() + " bytes");
        }
        List<IovaRange> ranges = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ranges.add(new IovaRange(info.getLong(at + 16 * i), info.getLong(at + 16 * i + 8)));
        }
        return ranges;
    }

    /** {@code struct vfio_iommu_type1_dma_map}: u32 argsz 0, u32 flags 4, u64 address 8, u64 IOVA 16, u64 size 24. */
    @Override
    public int map(long address, long size, long iova, Set<Direction> rights) {
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
            return ioctl(IoctlNumbers.IOMMU_MAP_DMA, map);
        }
    }

    /** {@code struct vfio_iommu_type1_dma_unmap}: u32 argsz 0, u32 flags 4, u64 IOVA 8, u64 size 16, in and out. */
    @Override
    public long unmap(long iova, long size) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment unmap = arena.allocate(24, 8);
            unmap.set(JAVA_INT, 0, 24);
            unmap.set(JAVA_LONG, 8, iova);
            unmap.set(JAVA_LONG, 16, size);
            int result = ioctl(IoctlNumbers.IOMMU_UNMAP_DMA, unmap);
            return result < 0 ? result : unmap.get(JAVA_LONG, 16);
        }
    }
}
