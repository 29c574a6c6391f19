package org.hostmem.arch.generic;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.hostmem.AccessRules;
import org.hostmem.Barrier;
import org.hostmem.CacheMode;

/**
 * An ISA as data.
 *
 * @param name under the kernel's name, for example {@code x86_64}
 * @param rows the table; of the rows that apply the last one counts
 * @param barriers the instructions of each barrier; an empty text where program order suffices
 * @param orderedRead the routine for ASCENDING reads of NORMAL memory; empty if the one for any order is ascending to other CPUs too
 * @param orderedWrite the same for writes
 */
public record Isa(String name, List<IsaRow> rows, Map<Barrier, String> barriers, String orderedRead, String orderedWrite) {

    /** Makes copies. */
    public Isa {
        rows = List.copyOf(rows);
        barriers = Map.copyOf(barriers);
    }

    /**
     * {@return the row that counts}
     *
     * @param mode how the memory is mapped
     * @param features which are there
     * @throws IllegalArgumentException if the table has no row for the mode
     */
    public IsaRow row(CacheMode mode, Set<String> features) {
        return rows.stream()
                .filter(row -> row.modes().contains(mode) && (row.feature().isEmpty() || features.contains(row.feature())))
                .reduce((earlier, later) -> later)
                .orElseThrow(() -> new IllegalArgumentException(name + " has no rules for " + mode));
    }

    /**
     * {@return the rules that the table gives}
     *
     * @param mode how the memory is mapped
     * @param features which are there
     */
    public AccessRules rules(CacheMode mode, Set<String> features) {
        IsaRow row = row(mode, features);
        List<String> notes = rows.stream()
                .filter(other -> other.modes().contains(mode) && !other.feature().isEmpty())
                .map(other -> other.feature() + (features.contains(other.feature()) ? ": used, " : ": not there, would give ") + other.widestRead() + "-byte reads and "
                        + other.widestWrite() + "-byte writes")
                .toList();
        return new AccessRules(name, mode, Map.of(2, row.unaligned(), 4, row.unaligned(), 8, row.unaligned()), row.widestRead(), row.widestWrite(),
                mode == CacheMode.NORMAL && !orderedWrite.isEmpty() ? 8 : Math.max(row.widestRead(), row.widestWrite()), barriers, notes, row.source());
    }
}
