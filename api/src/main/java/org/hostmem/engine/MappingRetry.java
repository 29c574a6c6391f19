package org.hostmem.engine;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Opens memory when memory or addresses are short. Unreachable regions are unmapped after a garbage collection. So it
 * collects and tries again for at most {@value #MILLIS} milliseconds, as {@code ByteBuffer.allocateDirect} does.
 */
public final class MappingRetry {

    private static final int MILLIS = 1000;
    private static final int COLLECTIONS = 2;
    private static final int EAGAIN = 11;
    private static final int ENOMEM = 12;

    private MappingRetry() {}

    /**
     * {@return the result of the last attempt}
     *
     * @param attempt gives the address, or {@code -errno}; it is repeated after {@code ENOMEM}, and after
     *     {@code EAGAIN}, which is the limit of locked memory
     */
    public static long of(LongSupplier attempt) {
        long result = attempt.getAsLong();
        for (int i = 0; i < COLLECTIONS && isShort(result); i++) {
            System.gc();
            Patience waiting = new Patience(
                    Duration.ofMillis(MILLIS / COLLECTIONS),
                    TimeUnit.MILLISECONDS.toNanos(1),
                    TimeUnit.MILLISECONDS.toNanos(64));
            do {
                result = attempt.getAsLong();
            } while (isShort(result) && waiting.goesOn());
        }
        return result;
    }

    private static boolean isShort(long result) {
        return result == -ENOMEM || result == -EAGAIN;
    }
}
