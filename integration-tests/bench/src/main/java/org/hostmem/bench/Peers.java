package org.hostmem.bench;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/**
 * Functions of the C library and of {@code peers.c}, each bound to its own constant handle: the fastest way there is to
 * call them.
 */
@SuppressWarnings("restricted")
final class Peers {

    private static final SymbolLookup OURS =
            SymbolLookup.libraryLookup(Path.of(System.getProperty("hostmem.bench.peers")), Arena.global());

    private static final FunctionDescriptor LOAD_SHAPE = FunctionDescriptor.of(JAVA_LONG, JAVA_LONG);
    private static final FunctionDescriptor STORE_SHAPE = FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG);
    private static final FunctionDescriptor BULK_SHAPE =
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG);

    static final MethodHandle LOAD4 = bind("peer_load4", LOAD_SHAPE, false);
    static final MethodHandle LOAD8 = bind("peer_load8", LOAD_SHAPE, false);
    static final MethodHandle STORE4 = bind("peer_store4", STORE_SHAPE, false);
    static final MethodHandle STORE8 = bind("peer_store8", STORE_SHAPE, false);
    static final MethodHandle MEMCPY = bind("peer_memcpy", BULK_SHAPE, true);
    static final MethodHandle MEMMOVE = bind("peer_memmove", BULK_SHAPE, true);
    static final MethodHandle VOLATILE8 = bind("peer_volatile8", BULK_SHAPE, true);
    static final MethodHandle REP_MOVS = bind("peer_repmovs", BULK_SHAPE, true);
    static final MethodHandle QEMU = bind("peer_qemu", BULK_SHAPE, true);
    static final MethodHandle GDRCOPY = bind("peer_gdrcopy", BULK_SHAPE, true);

    /** The accesses of an exact plan and nothing else, for units of 32 and of 64 bytes. */
    static final MethodHandle EXACT_TO32 = bind("exact_to32", BULK_SHAPE, true);

    static final MethodHandle EXACT_FROM32 = bind("exact_from32", BULK_SHAPE, true);
    static final MethodHandle EXACT_TO16 = bind("exact_to16", BULK_SHAPE, true);
    static final MethodHandle EXACT_FROM16 = bind("exact_from16", BULK_SHAPE, true);
    static final MethodHandle EXACT_STREAM32 = bind("exact_stream32", BULK_SHAPE, true);
    static final MethodHandle EXACT_DIRECT64 = bind("exact_direct64", BULK_SHAPE, true);

    /** glibc itself, with its own parameters: (destination, source, length). */
    static final MethodHandle GLIBC_MEMCPY = glibc("memcpy");

    static final MethodHandle GLIBC_MEMMOVE = glibc("memmove");

    private Peers() {}

    private static MethodHandle bind(String name, FunctionDescriptor shape, boolean heap) {
        return Linker.nativeLinker().downcallHandle(OURS.findOrThrow(name), shape, Linker.Option.critical(heap));
    }

    private static MethodHandle glibc(String name) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow(name),
                FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG),
                Linker.Option.critical(true));
    }

    static void memcpy(long to, MemorySegment from, long length) {
        try {
            long ignored = (long) GLIBC_MEMCPY.invokeExact(to, from, length);
        } catch (Throwable t) {
            throw new AssertionError(t);
        }
    }

    static void memmove(long to, MemorySegment from, long length) {
        try {
            long ignored = (long) GLIBC_MEMMOVE.invokeExact(to, from, length);
        } catch (Throwable t) {
            throw new AssertionError(t);
        }
    }
}
