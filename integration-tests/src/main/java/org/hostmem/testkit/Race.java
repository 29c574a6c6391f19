package org.hostmem.testkit;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/**
 * Two threads at once: one works, the other watches. It ends when one of them has seen enough, or after a limit of
 * time.
 */
final class Race {

    private static final int CALLS_BETWEEN_YIELDS =
            61; // odd, so that a thread that writes two values in turn is not always left at the same one

    private final Duration patience;
    private final long end;
    private final AtomicBoolean over = new AtomicBoolean();
    private int calls; // Lost updates cost nothing.

    Race(Duration patience) {
        this.patience = patience;
        this.end = System.nanoTime() + patience.toNanos();
    }

    /** What one of the threads does. */
    @FunctionalInterface
    interface Part {
        void run() throws Exception;
    }

    /** {@return whether to stop. Gives up the CPU now and then, so that two threads make progress on one} */
    @SuppressWarnings("ThreadPriorityCheck") // nothing depends on the yield but how long it takes
    boolean isOver() {
        if (++calls % CALLS_BETWEEN_YIELDS == 0) {
            Thread.yield();
        }
        return over.getOpaque() || System.nanoTime() - end > 0;
    }

    /** {@return whether the other thread brought this about before the race was over} */
    boolean await(BooleanSupplier event) {
        while (!event.getAsBoolean()) {
            if (isOver()) {
                return false;
            }
            Thread.onSpinWait();
        }
        return true;
    }

    /** Ends the race for both. */
    void finish() {
        over.setOpaque(true);
    }

    /** Skips the test if one of the threads hardly got a CPU: it would have shown nothing. */
    void assumeEnough(long seen, long enough, String what) {
        assumeTrue(
                seen >= enough,
                () -> "only " + seen + " " + what + " within " + patience.toMillis() + " ms, and " + enough
                        + " are wanted: the machine is too busy");
    }

    /**
     * Runs both parts until one of them calls {@link #finish}, or the other one returns.
     *
     * @param here on this thread, again and again
     * @param there on another thread, once: loops while not {@link #isOver}
     */
    void run(Part here, Part there) throws Exception {
        FutureTask<Void> watcher = new FutureTask<>(() -> {
            try {
                there.run();
            } finally {
                finish();
            }
            return null;
        });
        Thread thread = new Thread(watcher, "other side");
        thread.setDaemon(true);
        thread.start();
        try {
            while (!isOver()) {
                here.run();
            }
        } finally {
            finish();
        }
        try {
            watcher.get(10, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case Error error -> throw error;
                case Exception exception -> throw exception;
                case null, default -> throw new AssertionError(e);
            }
        } catch (TimeoutException e) {
            throw new AssertionError("the other thread did not end", e);
        }
    }

    /** Stays here for a moment. */
    static void pause(int spins) {
        for (int i = 0; i < spins; i++) {
            Thread.onSpinWait();
        }
    }
}
