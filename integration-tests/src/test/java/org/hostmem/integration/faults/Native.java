package org.hostmem.integration.faults;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** What the tests' programs ask of the C library that Java does not offer. */
@SuppressWarnings("restricted") // Programs that play a profiler, a sandbox or another process.
public final class Native {

    private static final long SA_SIGINFO = 4;
    private static final long SA_ONSTACK = 0x08000000;
    private static final int SIGACTION_SIZE = 152;
    private static final int SIGACTION_FLAGS = 136;

    /** Six integers in, one out: as in {@code syscall(2)}, whose number comes first. */
    private static final MethodHandle CALL = Linker.nativeLinker()
            .downcallHandle(FunctionDescriptor.of(
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG));

    private Native() {}

    static MemorySegment function(String name) {
        return Linker.nativeLinker().defaultLookup().findOrThrow(name);
    }

    /** {@return what a function returns, as a long: of one that returns int only the lower half counts} */
    public static long call(String function, long... arguments) {
        long[] a = java.util.Arrays.copyOf(arguments, 6);
        try {
            return (long) CALL.invokeExact(function(function), a[0], a[1], a[2], a[3], a[4], a[5]);
        } catch (Throwable t) {
            throw new IllegalStateException(function, t);
        }
    }

    /** Makes a C function the handler of a signal. */
    static void sigaction(int signal, long handler, long flags) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment action = arena.allocate(SIGACTION_SIZE, 8);
            action.set(ValueLayout.JAVA_LONG, 0, handler);
            action.set(ValueLayout.JAVA_INT, SIGACTION_FLAGS, (int) (flags | SA_SIGINFO | SA_ONSTACK));
            if ((int) call("sigaction", signal, action.address(), 0) != 0) {
                throw new IllegalStateException("sigaction " + signal);
            }
        }
    }
}
