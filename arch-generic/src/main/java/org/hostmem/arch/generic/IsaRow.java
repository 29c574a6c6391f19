package org.hostmem.arch.generic;

import java.util.List;
import java.util.Objects;
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
 * @param scalars what the names of the row's scalars have between verb and width: {@code Pci} names {@code loadPci4}
 *     and {@code storePci4}, which device memory of some ISAs needs; empty for {@code load4} and {@code store4}
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
        String source,
        String scalars) {

    /** Makes a copy. */
    public IsaRow {
        modes = Set.copyOf(modes);
        Objects.requireNonNull(scalars);
    }

    /**
     * Makes a row with the scalars that every ISA has.
     *
     * @param modes which cache modes the row is for
     * @param feature the CPU feature it needs; empty for the baseline
     * @param unaligned what an unaligned scalar of 2, 4 or 8 bytes does
     * @param read the routine for bulk reads in any order
     * @param widestRead its unit in bytes
     * @param write the routine for bulk writes in any order
     * @param widestWrite its unit in bytes
     * @param fill the routine for fills; empty if fills are writes of a pattern
     * @param source manual or kernel file
     */
    public IsaRow(
            Set<CacheMode> modes,
            String feature,
            Unaligned unaligned,
            String read,
            int widestRead,
            String write,
            int widestWrite,
            String fill,
            String source) {
        this(modes, feature, unaligned, read, widestRead, write, widestWrite, fill, source, "");
    }

    /** The routine that loads this many bytes. */
    String load(int width) {
        return "load" + scalars + width;
    }

    /** The routine that stores this many bytes. */
    String store(int width) {
        return "store" + scalars + width;
    }

    /** Of all widths. */
    List<String> scalarRoutines() {
        return List.of(load(1), load(2), load(4), load(8), store(1), store(2), store(4), store(8));
    }
}
