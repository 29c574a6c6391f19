package org.hostmem.arch.generic;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.hostmem.AccessRules;
import org.hostmem.Barrier;
import org.hostmem.CacheMode;

/**
 * An ISA as data.
 *
 * @param name under the kernel's name, for example {@code x86_64}
 * @param rows the table; of the rows that apply the last one counts
 * @param ascending the table of what keeps ASCENDING transfers in order where the program's order does not, or not with units as wide; of the rows that apply the last one counts
 * @param barriers the instructions of each barrier; an empty text where program order suffices
 */
public record Isa(String name, List<IsaRow> rows, List<AscendingRow> ascending, Map<Barrier, String> barriers) {

    /** Makes copies. */
    public Isa {
        rows = List.copyOf(rows);
        ascending = List.copyOf(ascending);
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
        return last(rows, IsaRow::modes, IsaRow::feature, mode, features)
                .orElseThrow(() -> new IllegalArgumentException(name + " has no rules for " + mode));
    }

    /**
     * {@return the row that counts for ASCENDING transfers; empty where the order in the program does}
     *
     * @param mode how the memory is mapped
     * @param features which are there
     */
    public Optional<AscendingRow> ascending(CacheMode mode, Set<String> features) {
        return last(ascending, AscendingRow::modes, AscendingRow::feature, mode, features);
    }

    private static <R> Optional<R> last(List<R> rows, Function<R, Set<CacheMode>> modes, Function<R, String> feature,
            CacheMode mode, Set<String> features) {
        return rows.stream()
                .filter(row -> modes.apply(row).contains(mode) && (feature.apply(row).isEmpty() || features.contains(feature.apply(row))))
                .reduce((earlier, later) -> later);
    }

    /** {@return the features that rows of either table ask for} */
    Stream<String> features() {
        return Stream.concat(rows.stream().map(IsaRow::feature), ascending.stream().map(AscendingRow::feature)).filter(feature -> !feature.isEmpty());
    }

    /**
     * {@return the rules that the tables give}
     *
     * @param mode how the memory is mapped
     * @param features which are there
     */
    public AccessRules rules(CacheMode mode, Set<String> features) {
        IsaRow row = row(mode, features);
        Optional<AscendingRow> ordered = ascending(mode, features);
        return new AccessRules(name, mode, Map.of(2, row.unaligned(), 4, row.unaligned(), 8, row.unaligned()), row.widestRead(), row.widestWrite(),
                ordered.map(AscendingRow::unit).orElse(Math.max(row.widestRead(), row.widestWrite())), barriers, notes(mode, features),
                row.source() + ordered.map(found -> "; ASCENDING: " + found.source()).orElse(""));
    }

    private List<String> notes(CacheMode mode, Set<String> features) {
        Stream<String> any = rows.stream()
                .filter(row -> row.modes().contains(mode) && !row.feature().isEmpty())
                .map(row -> note(row.feature(), features) + row.widestRead() + "-byte reads and " + row.widestWrite() + "-byte writes");
        Stream<String> ordered = ascending.stream()
                .filter(row -> row.modes().contains(mode) && !row.feature().isEmpty())
                .map(row -> note(row.feature(), features) + row.unit() + "-byte units of ASCENDING transfers");
        return Stream.concat(any, ordered).toList();
    }

    private static String note(String feature, Set<String> features) {
        return feature + (features.contains(feature) ? ": used, " : ": not there, would give ");
    }
}
