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
 * <p><b>Counting.</b> The host adds signals up until a thread takes them. So after each wake-up a driver should look
 * for work until there is none. If several threads wait for one vector, one of them gets the signals.
 *
 * <p><b>Memory order.</b> Data that the device wrote to RAM before its message is visible when the wait returns,
 * because the kernel has ordered it. Data that it wrote later needs {@code barrier(FROM_DEVICE)}, or an acquire read of
 * the flag that says it is complete.
 *
 * <p><b>Waiting.</b> A waiting thread is in {@code poll(2)}, and does not spin. A virtual thread holds its carrier
 * while it waits, so each waiter needs a carrier. Let platform threads wait, or one thread that {@linkplain #serve
 * serves}. {@link Thread#interrupt} does not end a wait. {@link #disable}, closing the device, and the timeout end it.
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
     * Enables the vectors from 0 on, all at once, because some hosts cannot add vectors later.
     *
     * @param vectors how many, 1 to {@link #count}
     * @throws IllegalArgumentException if there are not as many
     * @throws IllegalStateException if they are enabled
     * @throws VfioException if the host refuses: only one of INTX, MSI and MSIX can be enabled at a time
     * @throws RegionClosedException if the device is closed
     */
    void enable(int vectors);

    /**
     * Waits until a vector is signalled.
     *
     * @param vector that is enabled
     * @param timeout the longest time to wait, rounded up to milliseconds; 0 or less does not wait
     * @return how many signals came since they were last taken; 0 after the timeout
     * @throws IndexOutOfBoundsException if the vector is not one of the enabled ones
     * @throws IllegalStateException if none are enabled
     * @throws RegionClosedException if they are disabled, or the device is closed, before or during the wait
     */
    long await(int vector, Duration timeout);

    /**
     * Waits until a vector is signalled, without a limit of time. Otherwise it is {@link #await(int, Duration)}.
     *
     * @param vector that is enabled
     * @return how many signals came since they were last taken
     */
    long await(int vector);

    /**
     * Calls a handler on this thread at every interrupt of all enabled vectors. It returns when they are disabled or
     * the device is closed. An exception of the handler also ends it, and leaves the interrupts enabled. After the
     * handler, an automasked interrupt is {@linkplain #resample resampled}: the handler must have cleared the cause in
     * the device.
     *
     * @param handler to call
     * @throws IllegalStateException if none are enabled
     * @throws RegionClosedException if the device is closed before it begins
     */
    void serve(InterruptHandler handler);

    /**
     * Masks a vector: its signals are held until it is unmasked.
     *
     * @param vector that is enabled
     * @throws VfioException if the host cannot: MSI-X, for example, can be masked only by the device's own registers
     * @throws RegionClosedException if the device is closed
     */
    void mask(int vector);

    /**
     * Unmasks a vector. If the level of an INTX is still asserted, it is signalled again at once.
     *
     * @param vector that is enabled
     * @throws VfioException if the host cannot
     * @throws RegionClosedException if the device is closed
     */
    void unmask(int vector);

    /**
     * Unmasks the automasked interrupt by its own descriptor, after the cause in the device was cleared. It does the
     * same as {@link #unmask}, without a call to the device.
     *
     * @throws VfioException if interrupts of this kind are not masked by a signal
     * @throws RegionClosedException if the device is closed
     */
    void resample();

    /**
     * Makes the host signal a vector as the device would, to test the code that waits for it. The device is not
     * involved.
     *
     * @param vector that is enabled
     * @throws VfioException if the host cannot
     * @throws RegionClosedException if the device is closed
     */
    void trigger(int vector);

    /**
     * {@return the number of the descriptor (an eventfd) that a vector signals, to pass to KVM or to an epoll. It
     * belongs to this object, and ends with {@link #disable}}
     *
     * @param vector that is enabled
     */
    int descriptor(int vector);

    /**
     * Disables all vectors, and wakes the threads that wait for them. Does nothing if none are enabled.
     *
     * @throws VfioException if the host refuses; the waiting threads are woken all the same
     */
    void disable();
}
