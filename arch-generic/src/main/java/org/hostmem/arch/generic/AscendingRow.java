package org.hostmem.arch.generic;

import java.util.Set;
import org.hostmem.CacheMode;

/**
 * One row of an ISA's second table: how ASCENDING transfers (R3) stay in order on memory of some cache modes, if the
 * CPU has a feature. Of the rows that apply, the last one is used. If none applies, as on device memory, program order
 * is enough, and the routines for any order are ascending, too.
 *
 * @param modes which cache modes the row is for
 * @param feature the CPU feature it needs; empty for the baseline
 * @param unit the widest unit in bytes: on memory that CPUs watch, no wider than what is documented as single-copy
 *     atomic
 * @param read the routine for reads, which orders the region's side
 * @param write the routine for writes, which orders the region's side
 * @param copy the routine for copies between regions, both at the same place in a unit, which orders both sides and
 *     makes single accesses on both
 * @param source manual that says that the unit is single-copy atomic, and what orders it
 */
public record AscendingRow(
        Set<CacheMode> modes, String feature, int unit, String read, String write, String copy, String source) {

    /** Makes a copy. */
    public AscendingRow {
        modes = Set.copyOf(modes);
    }
}
