package org.hostmem.vfio;

/**
 * What pages memory is made of. Larger ones take fewer entries of the IOMMU, and are contiguous for a device without
 * one.
 */
public enum PageSize {
    /** The host's base page: 4 KiB, or 64 KiB on some hosts of POWER and ARM. */
    BASE(0),
    /**
     * 2 MiB: of the host's pool of huge pages ({@code /sys/kernel/mm/hugepages}), or what it makes of base pages by
     * itself (transparent huge pages).
     */
    MIB_2(21),
    /** 1 GiB, of the host's pool alone. */
    GIB_1(30);

    /** Of the size. */
    private final int log;

    PageSize(int log) {
        this.log = log;
    }

    /** {@return the size in bytes} */
    public long bytes() {
        return this == BASE ? Linux.INSTANCE.pageSize() : 1L << log;
    }

    /** As {@code mmap} and {@code memfd_create} have it in their flags, from bit 26 on. */
    int flag() {
        return log << 26;
    }
}
