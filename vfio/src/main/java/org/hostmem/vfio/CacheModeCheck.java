package org.hostmem.vfio;

import java.util.List;

/**
 * The result of comparing a region's cache mode with the kernel's own list of memory types. The list is
 * {@code /sys/kernel/debug/x86/pat_memtype_list}, which exists on x86 only, for root only.
 *
 * @param finding of the comparison
 * @param evidence the lines of the list, or why there are none
 */
public record CacheModeCheck(Finding finding, List<String> evidence) {

    /** The result of a comparison. */
    public enum Finding {
        /** All entries of the list for the region have its cache mode. */
        AGREES,
        /** An entry of the list for the region has another cache mode. */
        DISAGREES,
        /** The list has no entry for the region. */
        NOT_LISTED,
        /** There is no list, or the region has no address to look for. */
        IMPOSSIBLE
    }

    /** Makes a copy. */
    public CacheModeCheck {
        evidence = List.copyOf(evidence);
    }
}
