package org.hostmem.engine;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;

/**
 * A pool of buffers, or of objects with a buffer, that all threads of the process share. The size of the pool bounds
 * the number of idle ones, whatever the number and the kind of threads. Nothing is kept for a thread.
 *
 * <p>No thread waits. If no buffer is idle, a new one is made. If there is no room for one that comes back, the garbage
 * collector gets it. A thread that takes and gives back repeatedly gets the same one each time, so nothing is
 * allocated. A thread that takes a second one before the first is back gets another, for example a listener that copies
 * within a copy. Any number of threads may use a pool.
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
     * Makes an empty pool.
     *
     * @param maker of the shared objects. It may return null, and {@link #take} then returns null
     */
    public Pool(Supplier<? extends T> maker) {
        this.maker = maker;
    }

    /** {@return the highest number of idle ones} */
    public static int size() {
        return SIZE;
    }

    /** {@return one that no other thread has: an idle one, or a new one} */
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

    /** The slot where a thread begins to look. Ids of threads are dense, so neighbours begin at different slots. */
    private static int home() {
        return (int) ((Thread.currentThread().threadId() * 0x9E37_79B9_7F4A_7C15L) >>> 40);
    }

    private static int slot(int index) {
        return (index & SIZE - 1) * SPREAD;
    }
}
