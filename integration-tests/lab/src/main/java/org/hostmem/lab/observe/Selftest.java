package org.hostmem.lab.observe;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * Operations whose machine accesses are known, each run once on the watched window, after a warm-up elsewhere
 * (-Dwarm=N). Prints "T number name" for each. With -Dprotect=true the window is inaccessible from the first one on.
 */
final class Selftest {

    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfInt INT_ANYWHERE = ValueLayout.JAVA_INT_UNALIGNED;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final VarHandle INT_HANDLE = INT.varHandle();
    private static final byte[] ARRAY = new byte[128];

    static int seen;

    private record Test(String name, Controls.Operation operation) {}

    private static final Test[] TESTS = {
        new Test("set-int", (d, r) -> d.set(INT, 4, 0x01020304)),
        new Test("set-opaque", (d, r) -> INT_HANDLE.setOpaque(d, 8L, 5)),
        new Test("set-unaligned-1", (d, r) -> d.set(INT_ANYWHERE, 1, 5)),
        new Test("get-long", (d, r) -> seen += (int) d.get(LONG, 16)),
        new Test("get-opaque-unused", (d, r) -> {
            int _ = (int) INT_HANDLE.getOpaque(d, 8L);
        }),
        new Test("get-and-add", (d, r) -> seen += (int) INT_HANDLE.getAndAdd(d, 8L, 1)),
        new Test("same-int-twice", (d, r) -> {
            d.set(INT, 0, 1);
            d.set(INT, 0, 2);
        }),
        new Test("adjacent-ints", (d, r) -> {
            d.set(INT, 0, 1);
            d.set(INT, 4, 2);
        }),
        new Test("adjacent-opaque-longs", (d, r) -> {
            for (int i = 0; i < 4; i++) {
                LONG.varHandle().setOpaque(d, 8L * i, 1L);
            }
        }),
        new Test("copy-7", (d, r) -> MemorySegment.copy(r, 0, d, 0, 7)),
        new Test("copy-15", (d, r) -> MemorySegment.copy(r, 0, d, 0, 15)),
        new Test("copy-64", (d, r) -> MemorySegment.copy(r, 0, d, 0, 64)),
        new Test("copy-array-7", (d, r) -> MemorySegment.copy(ARRAY, 0, d, BYTE, 0, 7)),
        new Test("copy-array-15", (d, r) -> MemorySegment.copy(ARRAY, 0, d, BYTE, 0, 15)),
        new Test("fill-64", (d, r) -> d.asSlice(0, 64).fill((byte) 7)),
        new Test("memcpy-15", (d, r) -> Libc.memcpy(d.address(), r.address(), 15)),
        new Test("memcpy-64", (d, r) -> Libc.memcpy(d.address(), r.address(), 64)),
    };

    private Selftest() {}

    public static void main(String[] args) throws Throwable {
        // At least one round: what is called for the first time is linked, and linking may touch the segment.
        int rounds = Math.max(1, Integer.getInteger("warm", 1));
        Window elsewhere = new Window(Window.ELSEWHERE);
        for (Test test : TESTS) {
            warm(test.operation(), elsewhere.device(), elsewhere.ram(), rounds);
        }
        Window window = new Window(Window.BASE);
        MemorySegment device = window.device();
        MemorySegment ram = window.ram();
        if (Boolean.getBoolean("protect")) {
            window.protect();
        }
        measure(window, device, ram);
        for (int i = 0; i < TESTS.length; i++) {
            System.out.println("T " + i + " " + TESTS[i].name());
        }
    }

    /** Kept interpreted by the launcher (CompileCommand=exclude). */
    private static void warm(Controls.Operation operation, MemorySegment device, MemorySegment ram, int rounds)
            throws Throwable {
        for (int i = 0; i < rounds; i++) {
            operation.run(device, ram);
        }
    }

    /** Kept interpreted too, so that the marks are neither moved nor merged. */
    private static void measure(Window window, MemorySegment device, MemorySegment ram) throws Throwable {
        for (int i = 0; i < TESTS.length; i++) {
            window.begin(i);
            TESTS[i].operation().run(device, ram);
            window.end(i);
        }
    }
}
