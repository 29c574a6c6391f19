package org.hostmem.vfio.device;

import java.util.Arrays;
import org.hostmem.RegionClosedException;
import org.hostmem.vfio.InterruptHandler;
import org.hostmem.vfio.Interrupts;
import org.hostmem.vfio.linux.EventFd;
import org.jspecify.annotations.Nullable;

/**
 * The descriptors of the interrupts that one {@link Interrupts#enable} turned on. When they end, every thread that
 * waits wakes up.
 */
public final class Armed {

    private final EventFd[] signals;
    /** Signalled once, at the end. Nobody reads it, so every waiting thread sees it. */
    private final EventFd stop;
    /** Unmasks the interrupt. It is null where a signal masks nothing. */
    private final @Nullable EventFd resample;

    private volatile @Nullable String ended;

    public Armed(int vectors, boolean resampled) {
        EventFd[] made = new EventFd[vectors + (resampled ? 2 : 1)];
        try {
            for (int i = 0; i < made.length; i++) {
                made[i] = new EventFd();
            }
        } catch (RuntimeException tooMany) {
            Arrays.stream(made).filter(one -> one != null).forEach(EventFd::close);
            throw tooMany;
        }
        signals = Arrays.copyOf(made, vectors);
        stop = made[vectors];
        resample = resampled ? made[vectors + 1] : null;
    }

    public int vectors() {
        return signals.length;
    }

    public int[] numbers() {
        return Arrays.stream(signals).mapToInt(EventFd::number).toArray();
    }

    public EventFd signal(int vector) {
        return signals[vector];
    }

    public @Nullable EventFd resample() {
        return resample;
    }

    /** Waits for a signal of a vector, and returns the number of signals since the last call; 0 if the time is over. */
    public long await(int vector, boolean forever, long deadline) {
        EventFd[] both = {signals[vector], stop};
        acquire(both);
        try {
            while (true) {
                checkNotEnded();
                long count = signals[vector].take();
                if (count != 0 || (!forever && System.nanoTime() - deadline >= 0)) {
                    return count;
                }
                EventFd.await(both, forever, deadline);
            }
        } finally {
            release(both, both.length);
        }
    }

    /** Waits until a vector is signalled, and calls the handler for each signalled vector. Returns false at the end. */
    public boolean serve(InterruptHandler handler) {
        EventFd[] all = Arrays.copyOf(signals, signals.length + 1);
        all[signals.length] = stop;
        try {
            acquire(all);
        } catch (RegionClosedException over) {
            return false;
        }
        try {
            EventFd.await(all, true, 0);
        } finally {
            release(all, all.length);
        }
        for (int vector = 0; vector < signals.length && ended == null; vector++) {
            long count = signals[vector].take();
            if (count != 0) {
                handler.signalled(vector, count);
                if (resample != null) {
                    resample.signal();
                }
            }
        }
        return ended == null;
    }

    private void acquire(EventFd[] all) {
        for (int i = 0; i < all.length; i++) {
            if (!all[i].acquire()) {
                release(all, i);
                checkNotEnded();
                throw new RegionClosedException("the interrupts are disabled");
            }
        }
    }

    private static void release(EventFd[] all, int count) {
        for (int i = 0; i < count; i++) {
            all[i].release();
        }
    }

    public void checkNotEnded() {
        if (ended != null) {
            throw new RegionClosedException(ended);
        }
    }

    /** Wakes all threads that wait. The last of them closes the descriptors. */
    public void end(String why) {
        ended = why;
        stop.signal();
        for (EventFd signal : signals) {
            signal.close();
        }
        if (resample != null) {
            resample.close();
        }
        stop.close();
    }
}
