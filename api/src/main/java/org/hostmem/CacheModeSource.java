package org.hostmem;

/** Says how a region's {@link CacheMode} is known, surest first. */
public enum CacheModeSource {
    /**
     * The kind of mapping allows no other mode: memory of this process, a file or memfd, a {@code resourceN} or
     * {@code resourceN_wc} file of sysfs.
     */
    BY_CONSTRUCTION,
    /** The host driver reported it, as a region capability. */
    REPORTED,
    /** The table of drivers has it, by kernel version. */
    DRIVER_TABLE,
    /** The user of the region asserts it. */
    ASSERTED,
    /** There is no source: the mode is {@link CacheMode#UNKNOWN}. */
    UNKNOWN
}
