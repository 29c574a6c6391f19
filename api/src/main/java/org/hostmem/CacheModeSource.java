package org.hostmem;

/** Where a region's {@link CacheMode} was learnt from, surest first. */
public enum CacheModeSource {
    /**
     * What is mapped leaves no other possibility: memory of this process, a file or memfd, a {@code resourceN} or
     * {@code resourceN_wc} file of sysfs.
     */
    BY_CONSTRUCTION,
    /** The host driver reported it, as a region capability. */
    REPORTED,
    /** From the table of drivers whose mappings are known, by kernel version. */
    DRIVER_TABLE,
    /** The user of the region asserts it. */
    ASSERTED,
    /** Nobody said: the mode is {@link CacheMode#UNKNOWN}. */
    UNKNOWN
}
