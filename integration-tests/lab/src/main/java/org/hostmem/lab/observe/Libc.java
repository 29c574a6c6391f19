package org.hostmem.lab.observe;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** Functions of the C library, all through one handle: under emulation each further shape of a call takes long. */
final class Libc {

    @SuppressWarnings("restricted") // What Java does not offer.
    private static final MethodHandle CALL = Linker.nativeLinker()
            .downcallHandle(FunctionDescriptor.of(
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG));

    private static final MemorySegment MEMCPY = address("memcpy");

    private Libc() {}

    private static MemorySegment address(String function) {
        return Linker.nativeLinker().defaultLookup().findOrThrow(function);
    }

    static void memcpy(long to, long from, long n) throws Throwable {
        long _ = (long) CALL.invokeExact(MEMCPY, to, from, n, 0L, 0L, 0L);
    }

    static long call(String function, long a, long b, long c, long d, long e, long f) throws Throwable {
        return (long) CALL.invokeExact(address(function), a, b, c, d, e, f);
    }
}
