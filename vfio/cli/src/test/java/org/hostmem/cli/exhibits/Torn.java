package org.hostmem.cli.exhibits;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongConsumer;

/** What this thread sees of 8 bytes while another one writes zeros and ones to them in turn. */
final class Torn {

    private static final VarHandle LONG = JAVA_LONG.varHandle();

    private Torn() {}

    /**
     * {@return whether a value was seen that nobody wrote; looks until then, or as long as told after both values were
     * seen}
     */
    static boolean seen(MemorySegment memory, LongConsumer write, long nanos) {
        AtomicBoolean over = new AtomicBoolean();
        Thread writer = Thread.ofPlatform().daemon().start(() -> {
            while (!over.get()) {
                write.accept(-1);
                write.accept(0);
            }
        });
        try {
            boolean zeros = false;
            boolean ones = false;
            long end = System.nanoTime() + nanos;
            while (System.nanoTime() < end || !zeros || !ones) {
                long value = (long) LONG.getAcquire(memory, 0L);
                if (value != 0 && value != -1) {
                    return true;
                }
                zeros |= value == 0;
                ones |= value == -1;
            }
            return false;
        } finally {
            over.set(true);
            join(writer);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
