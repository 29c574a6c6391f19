package org.hostmem.vfio.device;

import java.util.Arrays;
import org.hostmem.RegionClosedException;
import org.hostmem.vfio.InterruptHandler;
import org.hostmem.vfio.Interrupts;
import org.hostmem.vfio.linux.EventFd;
import org.jspecify.annotations.Nullable;

/**
 * The descriptors of interrupts from one {@link Interrupts#enable} to the end of it, which wakes everybody who waits.
 */
public final class Armed {

    private final EventFd[] signals;
    /** Signalled once, at the end, and never read: everybody sees it. */
    private final EventFd stop;
    /** Unmasks; null where nothing is masked by a signal. */
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

    /** The number of signals of a vector since it was last asked for; 0 after the time. */
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

    /** Waits until a vector is signalled, and hands all that are to a handler; false at the end. */
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

    /** Wakes everybody. The descriptors go when the last of them has left. */
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
