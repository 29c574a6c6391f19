package org.hostmem.cli;

import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** Reports the progress of a long command every two seconds. */
final class Progress {

    private static final long INTERVAL_NANOS = 2_000_000_000L;

    private final LongSupplier clock;
    private final Consumer<String> note;
    private long said;

    /** {@code clock} in nanoseconds. */
    Progress(LongSupplier clock, Consumer<String> note) {
        this.clock = clock;
        this.note = note;
        this.said = clock.getAsLong();
    }

    void at(long done, long all) {
        long now = clock.getAsLong();
        if (now - said > INTERVAL_NANOS) {
            said = now;
            note.accept((long) (done * 100.0 / all) + " % of " + Quantity.size(all));
        }
    }
}
