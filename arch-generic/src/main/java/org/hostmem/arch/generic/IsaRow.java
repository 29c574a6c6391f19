package org.hostmem.arch.generic;

import java.util.Set;
import org.hostmem.AccessRules.Unaligned;
import org.hostmem.CacheMode;

/**
 * One row of an ISA's table: the rules of memory of some cache modes, if the CPU has a feature. Of the rows that apply,
 * the last one is used.
 *
 * @param modes which cache modes the row is for
 * @param feature the CPU feature it needs; empty for the baseline
 * @param unaligned what an unaligned scalar of 2, 4 or 8 bytes does
 * @param read the routine for bulk reads in any order, for example {@code fromDevice16}
 * @param widestRead its unit in bytes
 * @param write the routine for bulk writes in any order
 * @param widestWrite its unit in bytes
 * @param fill the routine for fills, whose unit is {@code widestWrite} too; empty if fills are writes of a pattern
 * @param source manual or kernel file
 */
public record IsaRow(
        Set<CacheMode> modes,
        String feature,
        Unaligned unaligned,
        String read,
        int widestRead,
        String write,
        int widestWrite,
        String fill,
        String source) {

    /** Makes a copy. */
    public IsaRow {
        modes = Set.copyOf(modes);
    }
}
