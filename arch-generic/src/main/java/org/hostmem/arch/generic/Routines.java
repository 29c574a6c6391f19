package org.hostmem.arch.generic;

import java.lang.foreign.MemorySegment;

/** The addresses of the routines that serve one region; {@code fill} and {@code exchange16} are null if there is none. */
record Routines(
        MemorySegment load1, MemorySegment load2, MemorySegment load4, MemorySegment load8,
        MemorySegment store1, MemorySegment store2, MemorySegment store4, MemorySegment store8,
        MemorySegment read, MemorySegment readAscending,
        MemorySegment write, MemorySegment writeAscending, MemorySegment writeDescending,
        MemorySegment fill, MemorySegment exchange16,
        MemorySegment barrierToDevice, MemorySegment barrierFromDevice, MemorySegment flushWriteCombining, MemorySegment barrierFull) {

    static Routines of(Code code, IsaRow row, String readAscending, String writeAscending, boolean exchange16) {
        return new Routines(
                code.routine("load1"), code.routine("load2"), code.routine("load4"), code.routine("load8"),
                code.routine("store1"), code.routine("store2"), code.routine("store4"), code.routine("store8"),
                code.routine(row.read()), code.routine(readAscending.isEmpty() ? row.read() : readAscending),
                code.routine(row.write()), code.routine(writeAscending.isEmpty() ? row.write() : writeAscending), code.routine("toDeviceDescending8"),
                row.fill().isEmpty() ? null : code.routine(row.fill()),
                exchange16 ? code.routine("cas16") : null,
                code.routine("barrierToDevice"), code.routine("barrierFromDevice"), code.routine("flushWriteCombining"), code.routine("barrierFull"));
    }
}
