package org.hostmem.vfio;

import java.time.Duration;
import org.hostmem.RegionClosedException;

/**
 * The interrupts of one kind that an open {@link Device} raises. Safe for use by any number of threads.
 *
 * <pre>{@code
 * Interrupts msix = device.interrupts(InterruptIndex.MSIX);
 * msix.enable(2); // before the device is told to use them
 * device.setBusMaster(true); // without it a message of the device reaches nobody
 * long signals = msix.await(1, Duration.ofSeconds(1)); // 0 after the time
 * }</pre>
 *
 * <p><b>Counting.</b> The host adds signals up until somebody takes them: after each wake a driver looks for work until
 * there is none. If several threads wait for one vector, one of them gets the signals.
 *
 * <p><b>Memory order.</b> What the device wrote to RAM before its message is there when the wait returns: the kernel
 * has ordered it. What it may have written after that is read behind {@code barrier(FROM_DEVICE)}, or an acquire of the
 * flag that says it is complete.
 *
 * <p><b>Waiting.</b> Nobody spins: a waiting thread is in {@code poll(2)}. A virtual thread holds its carrier while it
 * waits, so that as many carriers as waiters are needed: let platform threads wait, or one that {@linkplain #serve
 * serves}. {@link Thread#interrupt} does not end a wait; {@link #disable}, closing the device, and the time do.
 *
 * <p><b>The end.</b> {@link #disable} and {@link Device#close} wake every waiter with {@link RegionClosedException}. A
 * reset of the device leaves interrupts enabled.
 */
public interface Interrupts {

    /** {@return the kind} */
    InterruptIndex index();

    /** {@return how many vectors there are; 0 if the device has no interrupts of this kind} */
    int count();

    /** {@return whether {@link #mask} and {@link #unmask} are possible} */
    boolean maskable();

    /**
     * {@return whether each signal masks the interrupt until {@link #unmask} or {@link #resample}: it is
     * level-triggered}
     */
    boolean automasked();

    /** {@return how many vectors are enabled now} */
    int enabled();

    /**
     * Enables the vectors from 0 on, all at once, as hosts that cannot add vectors later want it.
     *
     * @param vectors how many, 1 to {@link #count}
     * @throws IllegalArgumentException if there are not as many
     * @throws IllegalStateException if they are enabled
     * @throws VfioException if the host refuses: of INTX, MSI and MSIX one only can be enabled at a time
     * @throws RegionClosedException if the device is closed
     */
    void enable(int vectors);

    /**
     * Waits until a vector is signalled.
     *
     * @param vector that is enabled
     * @param timeout the most time to wait, rounded up to milliseconds; 0 or less: only looks
     * @return how many signals came since they were last taken; 0 after the time
     * @throws IndexOutOfBoundsException if the vector is not one of the enabled ones
     * @throws IllegalStateException if none are enabled
     * @throws RegionClosedException if they are disabled, or the device is closed, before or meanwhile
     */
    long await(int vector, Duration timeout);

    /**
     * Waits until a vector is signalled, however long that takes. Otherwise as {@link #await(int, Duration)}.
     *
     * @param vector that is enabled
     * @return how many signals came since they were last taken
     */
    long await(int vector);

    /**
     * Calls a handler on this thread at every interrupt, of all vectors that are enabled, until they are disabled or
     * the device is closed; then it returns. What the handler throws ends it too, and leaves the interrupts enabled.
     * After the handler an automasked interrupt is {@linkplain #resample resampled}: the handler must have quieted the
     * device.
     *
     * @param handler to call
     * @throws IllegalStateException if none are enabled
     * @throws RegionClosedException if the device is closed before it begins
     */
    void serve(InterruptHandler handler);

    /**
     * Masks a vector: signals are kept back until it is unmasked.
     *
     * @param vector that is enabled
     * @throws VfioException if the host cannot: MSI-X for instance is masked by the device's own registers alone
     * @throws RegionClosedException if the device is closed
     */
    void mask(int vector);

    /**
     * Unmasks a vector. If the level of an INTX is up still, it is signalled again at once.
     *
     * @param vector that is enabled
     * @throws VfioException if the host cannot
     * @throws RegionClosedException if the device is closed
     */
    void unmask(int vector);

    /**
     * Says that the device was quieted, and unmasks the automasked interrupt by its own descriptor: the same as
     * {@link #unmask}, without a call of the device's.
     *
     * @throws VfioException if interrupts of this kind are not masked by a signal
     * @throws RegionClosedException if the device is closed
     */
    void resample();

    /**
     * Has the host signal a vector as the device would, to try what waits for it. The device has no part in it.
     *
     * @param vector that is enabled
     * @throws VfioException if the host cannot
     * @throws RegionClosedException if the device is closed
     */
    void trigger(int vector);

    /**
     * {@return the number of the descriptor (an eventfd) that a vector signals, for those who hand it on: to KVM, or to
     * an epoll of their own. It belongs to this object, and ends with {@link #disable}}
     *
     * @param vector that is enabled
     */
    int descriptor(int vector);

    /**
     * Disables all vectors, and wakes who waits for them. Does nothing if none are enabled.
     *
     * @throws VfioException if the host refuses; nobody waits any more then, all the same
     */
    void disable();
}
