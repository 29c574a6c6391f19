package org.hostmem.arch.generic;

import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.hostmem.AnsweredBy;
import org.hostmem.Barrier;
import org.hostmem.CacheMode;
import org.jspecify.annotations.Nullable;

/**
 * The addresses of the routines that serve one region, and their code. Scalars are common if they are {@code load4} and
 * its like, which are constants to the JIT. Where there is none, {@code fill} and {@code exchange16} are null, and the
 * routines of a ring and past the cache are 0. {@code copyAscending} is 0 where program order keeps both sides of a
 * copy ascending. UNOBSERVED transfers have routines below {@code unobservedBelow} bytes, and from
 * {@code unobservedFrom} bytes on; the JVM copies those below {@code jvmBelow} bytes.
 */
record Routines(
        Code code,
        boolean areScalarsCommon,
        MemorySegment load1,
        MemorySegment load2,
        MemorySegment load4,
        MemorySegment load8,
        MemorySegment store1,
        MemorySegment store2,
        MemorySegment store4,
        MemorySegment store8,
        long read,
        long readAscending,
        long readPastCache,
        long write,
        long writeAscending,
        long writeDescending,
        long writePastCache,
        long copyAscending,
        long ring,
        long ringAscending,
        @Nullable MemorySegment fill,
        @Nullable MemorySegment exchange16,
        long jvmBelow,
        long unobservedBelow,
        long readUnobservedShort,
        long writeUnobservedShort,
        long unobservedFrom,
        long readUnobserved,
        long writeUnobserved,
        @Nullable MemorySegment fillUnobserved,
        Map<Barrier, MemorySegment> barriers)
        implements Machine.Type {

    @Override
    public Machine of(RegionState state) {
        return new Instructions(state, this);
    }

    /** Each purpose has a routine. */
    MemorySegment barrier(Barrier purpose) {
        return Objects.requireNonNull(barriers.get(purpose));
    }

    private static final Map<Barrier, String> BARRIERS = Map.of(
            Barrier.TO_DEVICE, "barrierToDevice",
            Barrier.FROM_DEVICE, "barrierFromDevice",
            Barrier.FLUSH_WRITE_COMBINING, "flushWriteCombining",
            Barrier.END_COMBINING, "endCombining",
            Barrier.ORDER_DEVICE, "orderDevice",
            Barrier.FULL, "barrierFull");

    /** The routines that the rows of an ISA name. */
    static Set<String> named(Isa isa) {
        Set<String> labels = new HashSet<>();
        for (List<IsaRow> rows : List.of(isa.rows(), isa.decoding().rows())) {
            for (IsaRow row : rows) {
                labels.addAll(List.of(row.read(), row.write(), row.fill()));
                labels.addAll(row.scalarRoutines());
            }
        }
        for (AscendingRow row : isa.ascending()) {
            labels.addAll(List.of(row.read(), row.write(), row.copy()));
        }
        for (UnobservedRow row : isa.unobserved()) {
            labels.addAll(List.of(row.read(), row.write(), row.fill()));
        }
        labels.remove("");
        return labels;
    }

    private static final String DESCENDING = "toDeviceDescending8";

    /**
     * The routines that access device memory that a hypervisor may answer. Rings are among them if a listing has them.
     */
    static Set<String> decoded(Isa isa) {
        Set<String> labels = new HashSet<>();
        labels.add(DESCENDING);
        for (CacheMode mode : CacheMode.values()) {
            if (mode.needsExactAccesses()) {
                IsaRow row = isa.row(mode, AnsweredBy.HYPERVISOR, Set.of());
                labels.addAll(row.scalarRoutines());
                labels.addAll(List.of(row.read(), row.write(), row.fill(), "exchange" + row.widestWrite()));
                isa.ascending(mode, Set.of())
                        .ifPresent(ordered -> labels.addAll(List.of(ordered.read(), ordered.write(), ordered.copy())));
            }
        }
        for (IsaRow row : isa.decoding().rows()) {
            labels.addAll(List.of(row.read(), row.write(), row.fill()));
            labels.addAll(row.scalarRoutines());
        }
        labels.remove("");
        return labels;
    }

    static Routines of(
            Code code,
            IsaRow row,
            Optional<AscendingRow> ascending,
            List<UnobservedRow> unobserved,
            boolean exchange16) {
        String readAscending = ascending.map(AscendingRow::read).orElse(row.read());
        String writeAscending = ascending.map(AscendingRow::write).orElse(row.write());
        Optional<UnobservedRow> some = UnobservedRow.ofShort(unobserved);
        Optional<UnobservedRow> strings = UnobservedRow.ofLong(unobserved);
        boolean alike = row.widestRead() == row.widestWrite(); // so that both sides have the same accesses
        return new Routines(
                code,
                row.scalars().isEmpty(),
                code.routine(row.load(1)),
                code.routine(row.load(2)),
                code.routine(row.load(4)),
                code.routine(row.load(8)),
                code.routine(row.store(1)),
                code.routine(row.store(2)),
                code.routine(row.store(4)),
                code.routine(row.store(8)),
                address(code, row.read()),
                address(code, readAscending),
                pastCache(code, row, row.read()),
                address(code, row.write()),
                address(code, writeAscending),
                address(code, DESCENDING),
                pastCache(code, row, row.write()),
                ascending.map(found -> address(code, found.copy())).orElse(0L),
                alike ? ring(code, row.widestWrite()) : 0,
                alike ? ring(code, ascending.map(AscendingRow::unit).orElse(row.widestWrite())) : 0,
                fill(code, row.fill()),
                exchange16 ? code.routine("cas16") : null,
                UnobservedRow.jvmBelow(unobserved),
                some.map(UnobservedRow::below).orElse(0L),
                some.map(found -> address(code, found.read())).orElse(0L),
                some.map(found -> address(code, found.write())).orElse(0L),
                strings.map(UnobservedRow::from).orElse(Long.MAX_VALUE),
                strings.map(found -> address(code, found.read())).orElse(0L),
                strings.map(found -> address(code, found.write())).orElse(0L),
                fill(
                        code,
                        strings.map(UnobservedRow::fill)
                                .filter(found -> !found.isEmpty())
                                .orElse(row.fill())),
                barriers(code));
    }

    private static Map<Barrier, MemorySegment> barriers(Code code) {
        Map<Barrier, MemorySegment> barriers = new EnumMap<>(Barrier.class);
        BARRIERS.forEach((purpose, routine) -> barriers.put(purpose, code.routine(routine)));
        return barriers;
    }

    private static @Nullable MemorySegment fill(Code code, String routine) {
        return routine.isEmpty() ? null : code.routine(routine);
    }

    private static long address(Code code, String routine) {
        return code.routine(routine).address();
    }

    /** For NORMAL memory only: {@code toDevicePastCache32} does the same as {@code toDevice32}. */
    private static long pastCache(Code code, IsaRow row, String routine) {
        String other = routine.replace("Device", "DevicePastCache");
        return row.modes().contains(CacheMode.NORMAL) && !other.equals(routine) && code.has(other)
                ? address(code, other)
                : 0;
    }

    private static long ring(Code code, int unit) {
        String routine = "exchange" + unit;
        return code.has(routine) ? address(code, routine) : 0;
    }
}
