package org.hostmem.arch.generic;

import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.Map;
import org.hostmem.Barrier;
import org.hostmem.CacheMode;

/** The addresses of the routines that serve one region; {@code fill} and {@code exchange16} are null, {@code exchange} and those past the cache 0 if there is none. */
record Routines(
        MemorySegment load1, MemorySegment load2, MemorySegment load4, MemorySegment load8,
        MemorySegment store1, MemorySegment store2, MemorySegment store4, MemorySegment store8,
        long read, long readAscending, long readPastCache,
        long write, long writeAscending, long writeDescending, long writePastCache, long exchange,
        MemorySegment fill, MemorySegment exchange16, Map<Barrier, MemorySegment> barriers) {

    private static final Map<Barrier, String> BARRIERS = Map.of(
            Barrier.TO_DEVICE, "barrierToDevice",
            Barrier.FROM_DEVICE, "barrierFromDevice",
            Barrier.FLUSH_WRITE_COMBINING, "flushWriteCombining",
            Barrier.END_COMBINING, "endCombining",
            Barrier.ORDER_DEVICE, "orderDevice",
            Barrier.FULL, "barrierFull");

    static Routines of(Code code, IsaRow row, String readAscending, String writeAscending, boolean exchange16) {
        return new Routines(
                code.routine("load1"), code.routine("load2"), code.routine("load4"), code.routine("load8"),
                code.routine("store1"), code.routine("store2"), code.routine("store4"), code.routine("store8"),
                address(code, row.read()), address(code, readAscending.isEmpty() ? row.read() : readAscending), pastCache(code, row, row.read()),
                address(code, row.write()), address(code, writeAscending.isEmpty() ? row.write() : writeAscending), address(code, "toDeviceDescending8"),
                pastCache(code, row, row.write()),
                exchange(code, row),
                row.fill().isEmpty() ? null : code.routine(row.fill()),
                exchange16 ? code.routine("cas16") : null,
                barriers(code));
    }

    private static Map<Barrier, MemorySegment> barriers(Code code) {
        Map<Barrier, MemorySegment> barriers = new EnumMap<>(Barrier.class);
        BARRIERS.forEach((purpose, routine) -> barriers.put(purpose, code.routine(routine)));
        return barriers;
    }

    private static long address(Code code, String routine) {
        return code.routine(routine).address();
    }

    /** For NORMAL memory only: {@code toDevicePastCache32} is what {@code toDevice32} is. */
    private static long pastCache(Code code, IsaRow row, String routine) {
        String other = routine.replace("Device", "DevicePastCache");
        return row.modes().contains(CacheMode.NORMAL) && !other.equals(routine) && code.has(other) ? address(code, other) : 0;
    }

    /** Where both sides have the same unit, and so the same accesses. */
    private static long exchange(Code code, IsaRow row) {
        String routine = "exchange" + row.widestWrite();
        return row.widestRead() == row.widestWrite() && code.has(routine) ? address(code, routine) : 0;
    }
}
