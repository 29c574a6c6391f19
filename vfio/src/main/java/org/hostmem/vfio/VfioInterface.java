package org.hostmem.vfio;

import java.util.List;

/** Names the kernel's interfaces through which a device can be opened. */
public enum VfioInterface {
    /**
     * The device's own node {@code /dev/vfio/devices/vfioN}, and {@code /dev/iommu} for its IOMMU: Linux 6.6 and later.
     */
    CDEV("cdev"),
    /** The node {@code /dev/vfio/N} of its IOMMU group, and the container {@code /dev/vfio/vfio}. */
    GROUP("group"),
    /** As {@link #CDEV}, without an IOMMU: Linux 7.3 and later. Dangerous, see {@link VfioOptions#allowingNoIommu}. */
    NO_IOMMU_CDEV("no-IOMMU cdev"),
    /** As {@link #GROUP}, without an IOMMU. Dangerous, see {@link VfioOptions#allowingNoIommu}. */
    NO_IOMMU_GROUP("no-IOMMU group");

    /** Those with an IOMMU, in the order of preference. The others must be asked for. */
    static final List<VfioInterface> SAFE = List.of(CDEV, GROUP);

    private final String text;

    VfioInterface(String text) {
        this.text = text;
    }

    /** {@return whether nothing keeps the device from reading and writing all of the host's memory} */
    public boolean isWithoutIommu() {
        return this == NO_IOMMU_CDEV || this == NO_IOMMU_GROUP;
    }

    /** {@return for example {@code no-IOMMU cdev}} */
    @Override
    public String toString() {
        return text;
    }
}
