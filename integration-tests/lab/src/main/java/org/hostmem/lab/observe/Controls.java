package org.hostmem.lab.observe;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;

/**
 * The negative controls: what Java and the C library do when asked for the same. The file "controls" says which rule
 * each breaks, and where.
 */
final class Controls {

    interface Operation {
        void run(MemorySegment device, MemorySegment ram) throws Throwable;
    }

    /**
     * @param name without blanks
     * @param request what was meant, in the words of a case
     * @param operation does it
     */
    record Control(String name, String request, Operation operation) {}

    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfInt INT_ANYWHERE = ValueLayout.JAVA_INT_UNALIGNED;
    private static final VarHandle INT_HANDLE = INT.varHandle();
    private static final byte[] ARRAY = new byte[128];

    static long seen;

    private Controls() {}

    static List<Control> all() {
        List<Control> all = new ArrayList<>();
        for (int n : new int[] {7, 15, 64}) {
            for (int o : new int[] {1, 3}) {
                int size = n;
                int at = o;
                all.add(new Control(
                        "copy-" + n + "@" + o,
                        "bulk WRITE ASCENDING " + o + " " + n,
                        (d, r) -> MemorySegment.copy(r, 0, d, at, size)));
                all.add(new Control(
                        "memcpy-" + n + "@" + o,
                        "bulk WRITE ASCENDING " + o + " " + n,
                        (d, r) -> Libc.memcpy(d.address() + at, r.address(), size)));
                all.add(new Control(
                        "copy-array-" + n + "@" + o,
                        "bulk WRITE ASCENDING " + o + " " + n,
                        (d, r) -> MemorySegment.copy(ARRAY, 0, d, BYTE, at, size)));
            }
        }
        // Not at the start of the mapping: the stub of ppc64 reads the byte before the source, and crashes there.
        all.add(new Control(
                "copy-overlapping-31", "move ASCENDING 16 20 31", (d, r) -> MemorySegment.copy(d, 16, d, 20, 31)));
        all.add(new Control(
                "fill-64@1",
                "bulk WRITE RELAXED 1 64",
                (d, r) -> d.asSlice(1, 64).fill((byte) 7)));
        all.add(new Control("set-opaque", "write 4 8", (d, r) -> INT_HANDLE.setOpaque(d, 8L, 5)));
        all.add(new Control("set-twice", "writes 4 0", (d, r) -> {
            d.set(INT, 0, 1);
            d.set(INT, 0, 1);
        }));
        all.add(new Control("set-adjacent", "pair 4 0", (d, r) -> {
            d.set(INT, 0, 1);
            d.set(INT, 4, 2);
        }));
        all.add(new Control("get-opaque-unused", "unused 4 8", (d, r) -> {
            int _ = (int) INT_HANDLE.getOpaque(d, 8L);
        }));
        all.add(new Control("get-opaque-narrowed", "narrowed 4 8", (d, r) -> seen = narrowed(d)));
        all.add(new Control("set-unaligned", "write 4 1", (d, r) -> d.set(INT_ANYWHERE, 1, 5)));
        all.add(new Control("get-unaligned", "read 4 1", (d, r) -> seen = d.get(INT_ANYWHERE, 1)));
        return all;
    }

    private static int narrowed(MemorySegment d) {
        return (int) INT_HANDLE.getOpaque(d, 8L) & 0xff;
    }
}
