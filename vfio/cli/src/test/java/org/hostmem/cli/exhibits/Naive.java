package org.hostmem.cli.exhibits;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.function.BooleanSupplier;

/** What one would use without Hostmem. */
final class Naive {

    private static final MethodHandle MEMCPY = function("memcpy");
    private static final MethodHandle MEMMOVE = function("memmove");

    private Naive() {}

    @SuppressWarnings("restricted") // calls the C library
    private static MethodHandle function(String name) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow(name), FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS, JAVA_LONG));
    }

    /** The C library's, of a length that no compiler knows. */
    static void memcpy(MemorySegment to, MemorySegment from, long length) {
        call(MEMCPY, to, from, length);
    }

    static void memmove(MemorySegment to, MemorySegment from, long length) {
        call(MEMMOVE, to, from, length);
    }

    private static void call(MethodHandle function, MemorySegment to, MemorySegment from, long length) {
        try {
            MemorySegment _ = (MemorySegment) function.invokeExact(to, from, length);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** A loop of bytes, forwards. */
    static void bytewise(MemorySegment to, long toOffset, MemorySegment from, long fromOffset, long length) {
        for (long i = 0; i < length; i++) {
            to.set(JAVA_BYTE, toOffset + i, from.get(JAVA_BYTE, fromOffset + i));
            Thread.onSpinWait(); // no compiler makes a wider access of it
        }
    }

    /** Tries until the JIT, or another thread, has got there. */
    static boolean eventually(BooleanSupplier seen) {
        for (long end = System.nanoTime() + 20_000_000_000L; System.nanoTime() < end; ) {
            if (seen.getAsBoolean()) {
                return true;
            }
        }
        return false;
    }
}
