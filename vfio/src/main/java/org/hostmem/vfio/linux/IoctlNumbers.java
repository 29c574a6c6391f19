package org.hostmem.vfio.linux;

import java.util.Set;

/**
 * The numbers of VFIO's ioctls: {@code _IO(';', 100 + n)}. Most architectures encode "no argument" as 0; a few have a
 * direction field whose "none" is 1, at bit 29.
 *
 * @param none the encoding of "no argument"
 */
public record IoctlNumbers(int none) {

    public static final int GET_API_VERSION = 0;
    public static final int CHECK_EXTENSION = 1;
    public static final int SET_IOMMU = 2;
    public static final int GROUP_GET_STATUS = 3;
    public static final int GROUP_SET_CONTAINER = 4;
    public static final int GROUP_GET_DEVICE_FD = 6;
    public static final int DEVICE_GET_INFO = 7;
    public static final int DEVICE_GET_REGION_INFO = 8;
    public static final int DEVICE_GET_IRQ_INFO = 9;
    public static final int DEVICE_SET_IRQS = 10;
    public static final int DEVICE_RESET = 11;
    public static final int DEVICE_BIND_IOMMUFD = 18;
    public static final int DEVICE_ATTACH_IOMMUFD_PT = 19;
    /** Of a container. */
    public static final int IOMMU_GET_INFO = 12;

    public static final int IOMMU_MAP_DMA = 13;
    public static final int IOMMU_UNMAP_DMA = 14;
    /** Of a container of POWER. */
    public static final int SPAPR_TCE_GET_INFO = 12;

    public static final int SPAPR_REGISTER_MEMORY = 17;
    public static final int SPAPR_UNREGISTER_MEMORY = 18;
    /** The first number of {@code /dev/iommu}, which has the same type: {@code _IO(';', 0x80 + n)}. */
    public static final int IOMMU_IOAS_ALLOC = 29;

    public static final int IOMMU_IOAS_IOVA_RANGES = 32;
    public static final int IOMMU_IOAS_MAP = 33;
    public static final int IOMMU_IOAS_UNMAP = 34;
    public static final int IOMMU_IOAS_NOIOMMU_GET_PA = 49;

    private static final int BASE = ';' << 8 | 100;

    /** {@code os.arch} of the architectures whose {@code asm/ioctl.h} has {@code _IOC_NONE} 1 and 13 size bits. */
    private static final Set<String> NONE_IS_ONE =
            Set.of("ppc64", "ppc64le", "ppc", "mips", "mips64", "mips64el", "mipsel", "sparcv9", "alpha");

    public static IoctlNumbers of(String osArch) {
        return new IoctlNumbers(NONE_IS_ONE.contains(osArch) ? 1 << 29 : 0);
    }

    public int of(int command) {
        return none | BASE + command;
    }
}
