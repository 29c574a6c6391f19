package org.hostmem.engine;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;

/**
 * For authors of accessors: buffers, or what holds one, that all threads of the process share. What is idle is bounded
 * by the size of the pool, however many threads there are and of whatever kind; nothing is kept for a thread.
 *
 * <p>Nobody waits. Where no buffer is idle a new one is made, and where there is no room for one that comes back it is
 * left to the collector. A thread that takes and gives back, over and over, gets the same one each time, so that
 * nothing is allocated. Who takes a second before the first is back, as a listener does that copies within a copy, gets
 * another. Any number of threads may use a pool.
 *
 * @param <T> what is shared
 */
public final class Pool<T> {

    /**
     * Slots of the array between two that are used, so that threads on different CPUs do not write to one cache line.
     */
    private static final int SPREAD = 16;

    private static final int TRIES = 4;
    private static final int SIZE =
            Math.clamp(Integer.highestOneBit(Runtime.getRuntime().availableProcessors()) * 4L, 16, 256);

    private final AtomicReferenceArray<T> idle = new AtomicReferenceArray<>(SIZE * SPREAD);
    private final Supplier<? extends T> maker;

    /**
     * An empty pool.
     *
     * @param maker of what is shared; may give null, which {@link #take} then returns
     */
    public Pool(Supplier<? extends T> maker) {
        this.maker = maker;
    }

    /** {@return the most that are idle at a time} */
    public static int size() {
        return SIZE;
    }

    /** {@return one that nobody else has: an idle one, or a new one} */
    public T take() {
        int home = home();
        for (int i = 0; i < TRIES; i++) {
            int slot = slot(home + i);
            if (idle.getOpaque(slot) != null) {
                T taken = idle.getAndSet(slot, null);
                if (taken != null) {
                    return taken;
                }
            }
        }
        return maker.get();
    }

    /**
     * Gives back what was taken.
     *
     * @param back not used any more by the caller
     * @return whether there was room for it
     */
    public boolean give(T back) {
        int home = home();
        for (int i = 0; i < TRIES; i++) {
            int slot = slot(home + i);
            if (idle.getOpaque(slot) == null && idle.compareAndSet(slot, null, back)) {
                return true;
            }
        }
        return false;
    }

    /** Where a thread begins to look; ids of threads are dense, so that neighbours begin at different slots. */
    private static int home() {
        return (int) ((Thread.currentThread().threadId() * 0x9E37_79B9_7F4A_7C15L) >>> 40);
    }

    private static int slot(int index) {
        return (index & SIZE - 1) * SPREAD;
    }
}
