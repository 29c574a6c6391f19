package org.hostmem.engine;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Waits in steps, each twice as long as the one before, until a time is over. An interrupt neither ends nor shortens
 * the wait, and the thread stays interrupted.
 */
public final class Patience {

    private static final long FIRST_NANOS = TimeUnit.MICROSECONDS.toNanos(20);
    private static final long LONGEST_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private final long end;
    private final long longest;
    private long step;

    public Patience(Duration whole) {
        this(whole, FIRST_NANOS, LONGEST_NANOS);
    }

    Patience(Duration whole, long first, long longest) {
        this.end = System.nanoTime() + whole.toNanos();
        this.step = first;
        this.longest = longest;
    }

    /** Waits for a step. Returns false at once if the time is over. */
    public boolean goesOn() {
        if (System.nanoTime() - end >= 0) {
            return false;
        }
        boolean interrupted = false;
        for (long until = System.nanoTime() + step, rest = step; rest > 0; rest = until - System.nanoTime()) {
            LockSupport.parkNanos(rest);
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        step = Math.min(longest, 2 * step);
        return true;
    }
}
