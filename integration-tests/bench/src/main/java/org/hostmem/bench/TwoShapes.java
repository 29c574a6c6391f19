package org.hostmem.bench;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * What the linker of {@code java.lang.foreign} alone costs a start (P13): a system call with {@code errno}, and a
 * critical call, the least with which code can be mapped and called.
 */
final class TwoShapes {

    private TwoShapes() {}

    @SuppressWarnings("restricted")
    public static void main(String[] args) throws Throwable {
        Linker linker = Linker.nativeLinker();
        MethodHandle call = linker.downcallHandle(
                FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
                Linker.Option.captureCallState("errno"));
        MethodHandle load =
                linker.downcallHandle(FunctionDescriptor.of(JAVA_LONG, JAVA_LONG), Linker.Option.critical(false));
        MemorySegment function = linker.defaultLookup().findOrThrow("getpagesize");
        try (Arena arena = Arena.ofConfined()) {
            long size = (long) call.invokeExact(function, arena.allocate(JAVA_INT), 0L, 0L, 0L, 0L, 0L, 0L);
            System.out.println(size + (long) load.invokeExact(function, 0L));
        }
    }
}
