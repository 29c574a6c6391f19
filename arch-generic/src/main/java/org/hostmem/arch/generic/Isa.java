package org.hostmem.arch.generic;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hostmem.AccessRules;
import org.hostmem.AnsweredBy;
import org.hostmem.Barrier;
import org.hostmem.CacheMode;

/**
 * An ISA as data.
 *
 * @param name under the kernel's name, for example {@code x86_64}
 * @param rows the table; of the rows that apply the last one counts
 * @param ascending the table of what keeps ASCENDING transfers in order where the program's order does not, or not with
 *     units as wide; of the rows that apply the last one counts
 * @param unobserved the table of how UNOBSERVED transfers of NORMAL memory are made; all rows that apply count, and if
 *     there is none they are RELAXED ones
 * @param barriers the instructions of each barrier; an empty text where program order suffices
 * @param decoding what works on device memory that a hypervisor may answer
 * @param abi the numbers of Linux on this ISA
 */
public record Isa(
        String name,
        List<IsaRow> rows,
        List<AscendingRow> ascending,
        List<UnobservedRow> unobserved,
        Map<Barrier, String> barriers,
        Decoding decoding,
        LinuxAbi abi) {

    /** Makes copies. */
    public Isa {
        rows = List.copyOf(rows);
        ascending = List.copyOf(ascending);
        unobserved = List.copyOf(unobserved);
        barriers = Map.copyOf(barriers);
        Objects.requireNonNull(decoding);
        Objects.requireNonNull(abi);
    }

    /**
     * Makes an ISA with the numbers that most have.
     *
     * @param name under the kernel's name
     * @param rows the table
     * @param ascending the table of what keeps ASCENDING transfers in order
     * @param unobserved the table of how UNOBSERVED transfers are made
     * @param barriers the instructions of each barrier
     * @param decoding what works on device memory that a hypervisor may answer
     */
    public Isa(
            String name,
            List<IsaRow> rows,
            List<AscendingRow> ascending,
            List<UnobservedRow> unobserved,
            Map<Barrier, String> barriers,
            Decoding decoding) {
        this(name, rows, ascending, unobserved, barriers, decoding, LinuxAbi.GENERIC);
    }

    /**
     * Makes an ISA for which it is not known what hypervisors decode, and whose UNOBSERVED transfers are RELAXED ones.
     *
     * @param name under the kernel's name
     * @param rows the table
     * @param ascending the table of what keeps ASCENDING transfers in order
     * @param barriers the instructions of each barrier
     */
    public Isa(String name, List<IsaRow> rows, List<AscendingRow> ascending, Map<Barrier, String> barriers) {
        this(name, rows, ascending, List.of(), barriers, Decoding.UNKNOWN);
    }

    /**
     * {@return the row that counts where hardware answers}
     *
     * @param mode how the memory is mapped
     * @param features which are there
     * @throws IllegalArgumentException if the table has no row for the mode
     */
    public IsaRow row(CacheMode mode, Set<String> features) {
        return row(mode, AnsweredBy.HARDWARE, features);
    }

    /**
     * {@return the row that counts, whoever answers; where a hypervisor may and the ISA has no row for it, that of
     * UNKNOWN memory, which has scalars only}
     *
     * @param mode how the memory is mapped
     * @param answeredBy who answers
     * @param features which are there
     * @throws IllegalArgumentException if the table has no row for the mode
     */
    public IsaRow row(CacheMode mode, AnsweredBy answeredBy, Set<String> features) {
        if (answeredBy.mayDecode() && mode.needsExactAccesses()) {
            return decoded(mode, features)
                    .or(() -> hardware(CacheMode.UNKNOWN, features))
                    .orElseThrow(() -> noRules(mode));
        }
        return hardware(mode, features).orElseThrow(() -> noRules(mode));
    }

    private Optional<IsaRow> hardware(CacheMode mode, Set<String> features) {
        return last(rows, IsaRow::modes, IsaRow::feature, mode, features);
    }

    private Optional<IsaRow> decoded(CacheMode mode, Set<String> features) {
        return last(decoding.rows(), IsaRow::modes, IsaRow::feature, mode, features);
    }

    private IllegalArgumentException noRules(CacheMode mode) {
        return new IllegalArgumentException(name + " has no rules for " + mode);
    }

    /** {@return whether accesses to memory of a mode are known to be decoded, whoever answers} */
    boolean isDecoded(CacheMode mode, AnsweredBy answeredBy, Set<String> features) {
        return answeredBy.mayDecode()
                && mode.needsExactAccesses()
                && decoded(mode, features).isPresent();
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

    /**
     * {@return the rows that count for UNOBSERVED transfers; none where they are RELAXED ones, as on all device memory}
     *
     * @param mode how the memory is mapped
     * @param features which are there
     */
    public List<UnobservedRow> unobserved(CacheMode mode, Set<String> features) {
        return mode.needsExactAccesses()
                ? List.of()
                : unobserved.stream()
                        .filter(row -> row.feature().isEmpty() || features.contains(row.feature()))
                        .toList();
    }

    private static <R> Optional<R> last(
            List<R> rows,
            Function<R, Set<CacheMode>> modes,
            Function<R, String> feature,
            CacheMode mode,
            Set<String> features) {
        return rows.stream()
                .filter(row -> modes.apply(row).contains(mode)
                        && (feature.apply(row).isEmpty() || features.contains(feature.apply(row))))
                .reduce((earlier, later) -> later);
    }

    /** {@return the features that rows of the tables ask for} */
    Stream<String> features() {
        return Stream.of(
                        rows.stream().map(IsaRow::feature),
                        decoding.rows().stream().map(IsaRow::feature),
                        ascending.stream().map(AscendingRow::feature),
                        unobserved.stream().map(UnobservedRow::feature))
                .flatMap(names -> names)
                .filter(feature -> !feature.isEmpty());
    }

    /**
     * {@return the rules that the tables give where hardware answers}
     *
     * @param mode how the memory is mapped
     * @param features which are there
     */
    public AccessRules rules(CacheMode mode, Set<String> features) {
        return rules(mode, AnsweredBy.HARDWARE, features);
    }

    /**
     * {@return the rules that the tables give}
     *
     * @param mode how the memory is mapped
     * @param answeredBy who answers
     * @param features which are there
     */
    public AccessRules rules(CacheMode mode, AnsweredBy answeredBy, Set<String> features) {
        IsaRow row = row(mode, answeredBy, features);
        Optional<AscendingRow> ordered = ascending(mode, features);
        List<UnobservedRow> free = unobserved(mode, features);
        return AccessRules.strictest(
                        name,
                        mode,
                        barriers,
                        row.source()
                                + ordered.map(found -> "; ASCENDING: " + found.source())
                                        .orElse("")
                                + free.stream()
                                        .map(found -> "; UNOBSERVED: " + found.source())
                                        .collect(Collectors.joining()))
                .answered(answeredBy)
                .with(row.unaligned())
                .withWidest(
                        row.widestRead(),
                        row.widestWrite(),
                        ordered.map(AscendingRow::unit).orElse(Math.max(row.widestRead(), row.widestWrite())))
                .withUnobserved(UnobservedRow.text(free))
                .withNotes(notes(mode, answeredBy, features));
    }

    private List<String> notes(CacheMode mode, AnsweredBy answeredBy, Set<String> features) {
        boolean decodes = answeredBy.mayDecode() && mode.needsExactAccesses();
        Stream<String> any = (decodes ? decoding.rows() : rows)
                .stream()
                        .filter(row ->
                                row.modes().contains(mode) && !row.feature().isEmpty())
                        .map(row -> note(row.feature(), features) + row.widestRead() + "-byte reads and "
                                + row.widestWrite() + "-byte writes");
        Stream<String> ordered = ascending.stream()
                .filter(row -> row.modes().contains(mode) && !row.feature().isEmpty())
                .map(row -> note(row.feature(), features) + row.unit() + "-byte units of ASCENDING transfers");
        Stream<String> free = mode.needsExactAccesses()
                ? Stream.empty()
                : unobserved.stream()
                        .filter(row -> !row.feature().isEmpty())
                        .map(row -> note(row.feature(), features) + row.instructions() + " in UNOBSERVED transfers");
        return Stream.of(any, ordered, free, decodes ? decoding.notes().stream() : Stream.<String>empty())
                .flatMap(notes -> notes)
                .toList();
    }

    private static String note(String feature, Set<String> features) {
        return feature + (features.contains(feature) ? ": used, " : ": not there, would give ");
    }
}
