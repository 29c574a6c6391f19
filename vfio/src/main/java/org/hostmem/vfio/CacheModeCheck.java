package org.hostmem.vfio;

import java.util.List;

/**
 * What the kernel's own list of memory types says of a region, beside what Hostmem takes it for:
 * {@code /sys/kernel/debug/x86/pat_memtype_list}, which there is on x86 only and for root only.
 *
 * @param verdict of the comparison
 * @param evidence the lines of the list, or why there are none
 */
public record CacheModeCheck(Verdict verdict, List<String> evidence) {

    /** Of a comparison. */
    public enum Verdict {
        /** Everything the list has for the region is of its cache mode. */
        AGREES,
        /** Something the list has for the region is of another. */
        DISAGREES,
        /** The list has nothing for the region. */
        NOT_LISTED,
        /** There is no list, or nothing to look for in it. */
        IMPOSSIBLE
    }

    /** Makes a copy. */
    public CacheModeCheck {
        evidence = List.copyOf(evidence);
    }
}
