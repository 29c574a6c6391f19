package org.hostmem.vfio.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.hostmem.Direction;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.IovaRange;
import org.hostmem.vfio.VfioException;
import org.hostmem.vfio.VfioInterface;
import org.hostmem.vfio.VfioOptions;
import org.hostmem.vfio.device.VfioDevice;
import org.hostmem.vfio.dma.KernelSpace;
import org.hostmem.vfio.dma.SharedSpace;
import org.hostmem.vfio.linux.Errno;
import org.hostmem.vfio.linux.IoctlNumbers;
import org.hostmem.vfio.linux.Opening;
import org.hostmem.vfio.linux.Pagemap;
import org.hostmem.vfio.linux.PhysicalPages;
import org.hostmem.vfio.linux.SharedDescriptor;
import org.hostmem.vfio.pci.PciAddress;

/** An address space of iommufd, with or without an IOMMU. Devices are attached to it by their own nodes. */
public final class IoasSpace extends KernelSpace {

    private static final int FIXED_IOVA = 1;
    private static final int MAY_WRITE = 2;
    private static final int MAY_READ = 4;
    private static final int MAX_RANGES = 1 << 16;

    private final CdevOpener opener;
    private final VfioInterface way;
    private final SharedDescriptor iommu;
    private final int id;

    public IoasSpace(CdevOpener opener, VfioInterface way, SharedDescriptor iommu, int id) {
        this.opener = opener;
        this.way = way;
        this.iommu = iommu;
        this.id = id;
    }

    @Override
    public String name() {
        return isPhysical()
                ? "no IOMMU: physical addresses of an address space of iommufd"
                : "address space of iommufd";
    }

    @Override
    public boolean isPhysical() {
        return way.isWithoutIommu();
    }

    @Override
    public Device join(PciAddress address, SharedSpace space, VfioOptions options) {
        String driver = opener.sysfs().vfioDriver(address);
        return new VfioDevice(address.text(), driver, joined(address, space), options);
    }

    private KernelDeviceFile joined(PciAddress address, SharedSpace space) {
        String node = opener.sysfs()
                .cdev(address, way.isWithoutIommu())
                .orElseThrow(() -> new VfioException(address
                        + " cannot share an address space of iommufd, because it has no node of its own in"
                        + " /dev/vfio/devices " + (isPhysical() ? "without" : "with")
                        + " an IOMMU: bind it to a VFIO driver, on Linux "
                        + (isPhysical() ? "7.3" : "6.6") + " or later"));
        return opener.join(address, node, way, iommu, id, space);
    }

    private int ioctl(int command, MemorySegment argument) {
        return opener.syscalls().ioctl(iommu.number(), opener.ioctls().of(command), argument);
    }

    /**
     * {@code struct iommu_ioas_iova_ranges}: u32 size 0, u32 space 4, u32 number 8, in and out, u32 0 12, u64 pointer
     * 16, u64 alignment 24. If the room is too small, the result is EMSGSIZE and the number.
     */
    @Override
    public List<IovaRange> ranges() {
        int room = 0;
        while (true) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment pairs = arena.allocate(Math.max(1, room) * 16L, 8);
                MemorySegment query = query(arena, pairs, room);
                int result = ioctl(IoctlNumbers.IOMMU_IOAS_IOVA_RANGES, query);
                int number = query.get(JAVA_INT, 8);
                if (result == -Errno.EMSGSIZE && number > room && number <= MAX_RANGES) {
                    room = number;
                    continue;
                }
                Opening.checked(result, "IOMMU_IOAS_IOVA_RANGES");
                List<IovaRange> ranges = new ArrayList<>();
                for (int i = 0; i < Math.min(number, room); i++) {
                    ranges.add(new IovaRange(pairs.get(JAVA_LONG, 16L * i), pairs.get(JAVA_LONG, 16L * i + 8)));
                }
                return ranges;
            }
        }
    }

    private MemorySegment query(Arena arena, MemorySegment pairs, int room) {
        MemorySegment query = arena.allocate(32, 8);
        query.set(JAVA_INT, 0, 32);
        query.set(JAVA_INT, 4, id);
        query.set(JAVA_INT, 8, room);
        query.set(JAVA_LONG, 16, pairs.address());
        return query;
    }

    /** The kernel tells only the smallest page size. It uses larger pages where it can. */
    @Override
    public long pageSizes() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment query = query(arena, MemorySegment.NULL, 0);
            int result = ioctl(IoctlNumbers.IOMMU_IOAS_IOVA_RANGES, query);
            if (result != -Errno.EMSGSIZE) {
                Opening.checked(result, "IOMMU_IOAS_IOVA_RANGES");
            }
            return Math.max(query.get(JAVA_LONG, 24), opener.syscalls().pageSize());
        }
    }

    /**
     * {@code struct iommu_ioas_map}: u32 size 0, u32 flags 4, u32 space 8, u32 0 12, u64 address 16, u64 length 24, u64
     * IOVA 32.
     */
    @Override
    public int map(long address, long size, long iova, Set<Direction> rights) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment map = arena.allocate(40, 8);
            map.set(JAVA_INT, 0, 40);
            map.set(
                    JAVA_INT,
                    4,
                    FIXED_IOVA
                            | (rights.contains(Direction.READ) ? MAY_READ : 0)
                            | (rights.contains(Direction.WRITE) ? MAY_WRITE : 0));
            map.set(JAVA_INT, 8, id);
            map.set(JAVA_LONG, 16, address);
            map.set(JAVA_LONG, 24, size);
            map.set(JAVA_LONG, 32, iova);
            return ioctl(IoctlNumbers.IOMMU_IOAS_MAP, map);
        }
    }

    /** {@code struct iommu_ioas_unmap}: u32 size 0, u32 space 4, u64 IOVA 8, u64 length 16, in and out. */
    @Override
    public long unmap(long iova, long size) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment unmap = arena.allocate(24, 8);
            unmap.set(JAVA_INT, 0, 24);
            unmap.set(JAVA_INT, 4, id);
            unmap.set(JAVA_LONG, 8, iova);
            unmap.set(JAVA_LONG, 16, size);
            int result = ioctl(IoctlNumbers.IOMMU_IOAS_UNMAP, unmap);
            return result < 0 ? result : unmap.get(JAVA_LONG, 16);
        }
    }

    /**
     * {@code struct iommu_ioas_noiommu_get_pa}: u32 size 0, u32 flags 4, u32 space 8, u32 0 12, u64 IOVA 16, u64 length
     * 24, in and out, u64 physical address 32.
     */
    @Override
    public PhysicalPages physical(long address, long size, long iova) {
        PhysicalPages pages = new PhysicalPages();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment query = arena.allocate(40, 8);
            query.set(JAVA_INT, 0, 40);
            query.set(JAVA_INT, 8, id);
            for (long done = 0; done < size; ) {
                query.set(JAVA_LONG, 16, iova + done);
                query.set(JAVA_LONG, 24, size - done);
                int result = ioctl(IoctlNumbers.IOMMU_IOAS_NOIOMMU_GET_PA, query);
                if (result == -Errno.ENOTTY || result == -Errno.EOPNOTSUPP) {
                    return Pagemap.of(address, size, opener.syscalls().pageSize());
                    // iommufd pins the memory that it maps
                }
                Opening.checked(result, "IOMMU_IOAS_NOIOMMU_GET_PA");
                long length = Math.min(query.get(JAVA_LONG, 24), size - done);
                if (length <= 0) {
                    throw new VfioException("IOMMU_IOAS_NOIOMMU_GET_PA knows no physical address of IOVA 0x"
                            + Long.toHexString(iova + done));
                }
                pages.add(query.get(JAVA_LONG, 32), length);
                done += length;
            }
        }
        return pages;
    }
}
