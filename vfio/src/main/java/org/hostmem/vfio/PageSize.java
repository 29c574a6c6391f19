package org.hostmem.vfio;

import java.util.stream.Stream;
import org.hostmem.vfio.linux.HugePages;

/**
 * The size of the pages of {@link DmaMemory}. Larger pages need fewer entries of the IOMMU. For a device without an
 * IOMMU, each page is contiguous.
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
        return HugePages.bytes(log);
    }

    /** The logarithm of the size; 0 for the base page. */
    int log() {
        return log;
    }

    static PageSize of(int log) {
        return Stream.of(values()).filter(pages -> pages.log == log).findFirst().orElseThrow();
    }
}
