package org.hostmem.integration.faults;

import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionFaultException;

/**
 * Run in a JVM of its own: four threads that fault through Hostmem, and between faults make the JVM use the same
 * signals for itself. Prints how many of each kind came out right; exits with 0 if all did. With {@code -Dtimer=true} a
 * timer's SIGPROF arrives a thousand times a second meanwhile.
 */
public final class FaultsAndSignals {

    private enum Kind {
        REGION_FAULT,
        NULL_CHECK,
        INTERNAL_ERROR,
        STACK_OVERFLOW,
        ALL_ONES
    }

    private static final int THREADS = 4;
    /** Soon full. */
    private static final int STACK = 1 << 18;

    private static final int SIGPROF = 27;
    private static final int ITIMER_PROF = 2;
    private static final long SA_RESTART = 0x10000000;

    private static volatile Object garbage;
    private static int[] none;

    private final HostMemoryAccessor region;
    private final MemorySegment plain;
    private final AtomicIntegerArray right = new AtomicIntegerArray(Kind.values().length);
    private final AtomicIntegerArray all = new AtomicIntegerArray(Kind.values().length);

    private FaultsAndSignals() throws IOException {
        MemorySegment memory = TruncatedFile.memory();
        memory.set(ValueLayout.JAVA_LONG, 8, -1);
        region = TruncatedFile.accessor(memory);
        plain = TruncatedFile.memory();
    }

    /** One argument: rounds of each thread. */
    public static void main(String[] rounds) throws Exception {
        if (Boolean.getBoolean("timer")) {
            startTimer();
        }
        System.exit(new FaultsAndSignals().run(Integer.parseInt(rounds[0])) ? 0 : 1);
    }

    private boolean run(int rounds) throws InterruptedException {
        AtomicInteger unexpected = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            threads.add(Thread.ofPlatform().stackSize(STACK).start(() -> {
                try {
                    for (int i = 0; i < rounds; i++) {
                        round(i);
                    }
                } catch (Throwable t1) {
                    t1.printStackTrace();
                    unexpected.incrementAndGet();
                }
            }));
        }
        for (int i = 0; threads.stream().anyMatch(Thread::isAlive); i++) {
            garbage = new byte[1 << 20];
            if (i % 8 == 0) {
                System.gc();
            }
            Thread.sleep(5);
        }
        boolean held = unexpected.get() == 0;
        for (Kind kind : Kind.values()) {
            System.out.println(kind + " " + right.get(kind.ordinal()) + " of " + all.get(kind.ordinal()));
            held &= right.get(kind.ordinal()) == all.get(kind.ordinal()) && all.get(kind.ordinal()) > 0;
        }
        return held;
    }

    private void count(Kind kind, boolean isRight) {
        all.incrementAndGet(kind.ordinal());
        if (isRight) {
            right.incrementAndGet(kind.ordinal());
        }
    }

    private void round(int i) {
        long at = TruncatedFile.EDGE + 8L * (i % 1000);
        byte[] ram = new byte[300];
        int before = i % 200;
        count(Kind.REGION_FAULT, TruncatedFile.faults(() -> region.readLong(at), at, 0));
        count(Kind.REGION_FAULT, TruncatedFile.faults(() -> region.writeInt(at, i), at, 0));
        count(
                Kind.REGION_FAULT,
                TruncatedFile.faults(
                        () -> region.readBytes(TruncatedFile.EDGE - before, ram, 0, 300), TruncatedFile.EDGE, before));
        count(
                Kind.REGION_FAULT,
                TruncatedFile.faults(
                        () -> region.fill(TruncatedFile.EDGE - 64, 100, (byte) i), TruncatedFile.EDGE, 64));
        count(Kind.ALL_ONES, region.readLong(8) == -1);
        count(Kind.NULL_CHECK, isNullChecked(i % 3 == 0 ? none : ram.length > 0 ? none : new int[1]));
        count(Kind.INTERNAL_ERROR, isInternalError(at));
        if (i % 100 == 0) {
            count(Kind.STACK_OVERFLOW, overflows());
            count(Kind.ALL_ONES, region.readLong(8) == -1);
        }
    }

    private static boolean isNullChecked(int[] array) {
        try {
            return array.length < 0;
        } catch (NullPointerException checked) {
            return true;
        }
    }

    /** The JVM's own use of SIGBUS, which it reports late when the access was compiled. */
    private boolean isInternalError(long at) {
        try {
            long sum = plain.get(ValueLayout.JAVA_BYTE, at);
            for (long k = 0; k < 100 || sum == Long.MIN_VALUE; k++) {
                Thread.yield(); // where a pending error is thrown at the latest
            }
            return false;
        } catch (InternalError expected) {
            return true;
        }
    }

    /**
     * Down to the end of the stack, with a fault on every level: whatever a level was at when there was no more stack,
     * the thread goes on as if nothing had been.
     */
    private boolean overflows() {
        try {
            deeper(1);
            return false;
        } catch (StackOverflowError expected) {
            return true;
        }
    }

    private int deeper(int depth) {
        try {
            region.readLong(TruncatedFile.EDGE + 8L * (depth & 1023));
        } catch (RegionFaultException fault) {
            return deeper(depth + 1) + 1;
        }
        return depth;
    }

    /** As a sampling profiler sets it. What handles the signal here is a C function that does nothing: getpid. */
    @SuppressWarnings("restricted")
    private static void startTimer() throws Exception {
        Native.sigaction(SIGPROF, Native.function("getpid").address(), SA_RESTART);
        MemorySegment every = java.lang.foreign.Arena.global().allocate(32, 8);
        every.set(ValueLayout.JAVA_LONG, 8, 1_000);
        every.set(ValueLayout.JAVA_LONG, 24, 1_000);
        try {
            int result = (int) Linker.nativeLinker()
                    .downcallHandle(
                            Native.function("setitimer"),
                            FunctionDescriptor.of(
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.JAVA_INT,
                                    ValueLayout.ADDRESS,
                                    ValueLayout.ADDRESS))
                    .invokeExact(ITIMER_PROF, every, MemorySegment.NULL);
            if (result != 0) {
                throw new IllegalStateException("setitimer");
            }
        } catch (Throwable t) {
            throw new IllegalStateException(t);
        }
    }
}
