package org.hostmem;

/** Where a region's {@link CacheMode} was learnt from, surest first. */
public enum CacheModeSource {
    /** The host driver reported it, as a region capability; or the host made the mapping itself (a {@code resourceN_wc} file, a memfd). */
    REPORTED,
    /** From the table of drivers whose mappings are known, by kernel version. */
    DRIVER_TABLE,
    /** The user of the region asserts it. */
    ASSERTED,
    /** Nobody said: the mode is {@link CacheMode#UNKNOWN}. */
    UNKNOWN
}
