package org.hostmem.vfio;

import java.time.Duration;
import java.util.Objects;
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
public final class Interrupts {

    /** Of {@code VFIO_DEVICE_SET_IRQS}. */
    private static final int DATA_NONE = 1;

    private static final int DATA_EVENTFD = 4;
    private static final int MASK = 8;
    private static final int UNMASK = 0x10;
    private static final int TRIGGER = 0x20;

    /** What a number of nanoseconds can express. */
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private final DeviceFile file;
    private final String device;
    private final InterruptIndex index;
    private final InterruptInfo info;
    private Armed armed;
    private boolean closed;

    Interrupts(DeviceFile file, String device, InterruptIndex index) {
        this.file = file;
        this.device = device;
        this.index = index;
        this.info = file.interrupts(index.ordinal());
    }

    /** {@return the kind} */
    public InterruptIndex index() {
        return index;
    }

    /** {@return how many vectors there are; 0 if the device has no interrupts of this kind} */
    public int count() {
        return info.isThere() ? info.count() : 0;
    }

    /** {@return whether {@link #mask} and {@link #unmask} are possible} */
    public boolean maskable() {
        return info.maskable();
    }

    /**
     * {@return whether each signal masks the interrupt until {@link #unmask} or {@link #resample}: it is
     * level-triggered}
     */
    public boolean automasked() {
        return info.automasked();
    }

    /** {@return how many vectors are enabled now} */
    public synchronized int enabled() {
        return armed == null ? 0 : armed.vectors();
    }

    /**
     * Enables the vectors from 0 on, all at once, as hosts that cannot add vectors later want it.
     *
     * @param vectors how many, 1 to {@link #count}
     * @throws IllegalArgumentException if there are not as many
     * @throws IllegalStateException if they are enabled
     * @throws VfioException if the host refuses: of INTX, MSI and MSIX one only can be enabled at a time
     * @throws RegionClosedException if the device is closed
     */
    public synchronized void enable(int vectors) {
        checkOpen();
        if (vectors < 1 || vectors > count()) {
            throw new IllegalArgumentException(
                    vectors + " vectors of " + index + " of " + device + ", which has " + count());
        }
        if (armed != null) {
            throw new IllegalStateException(armed.vectors() + " vectors of " + index + " of " + device
                    + " are enabled already: disable() them first");
        }
        Armed fresh = new Armed(vectors, info.automasked());
        int result = set(DATA_EVENTFD | TRIGGER, 0, vectors, fresh.numbers());
        if (result >= 0 && fresh.resample() != null) {
            result = set(DATA_EVENTFD | UNMASK, 0, 1, fresh.resample().number());
            if (result < 0) {
                set(DATA_NONE | TRIGGER, 0, 0);
            }
        }
        if (result < 0) {
            fresh.end("never enabled");
            throw refused(
                    "enabling " + vectors + " vectors",
                    result,
                    result == -Errno.EINVAL
                            ? "; of INTX, MSI and MSIX one only can be enabled at a time: disable the other"
                            : "");
        }
        armed = fresh;
    }

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
    public long await(int vector, Duration timeout) {
        long nanos = (timeout.compareTo(LONGEST) > 0 ? LONGEST : timeout).toNanos();
        return armed(vector).await(vector, false, System.nanoTime() + nanos);
    }

    /**
     * Waits until a vector is signalled, however long that takes. Otherwise as {@link #await(int, Duration)}.
     *
     * @param vector that is enabled
     * @return how many signals came since they were last taken
     */
    public long await(int vector) {
        return armed(vector).await(vector, true, 0);
    }

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
    public void serve(InterruptHandler handler) {
        Objects.requireNonNull(handler);
        Armed served = armed(0);
        while (served.serve(handler)) {
            // the next one
        }
    }

    /**
     * Masks a vector: signals are kept back until it is unmasked.
     *
     * @param vector that is enabled
     * @throws VfioException if the host cannot: MSI-X for instance is masked by the device's own registers alone
     * @throws RegionClosedException if the device is closed
     */
    public void mask(int vector) {
        change("masking", MASK, vector);
    }

    /**
     * Unmasks a vector. If the level of an INTX is up still, it is signalled again at once.
     *
     * @param vector that is enabled
     * @throws VfioException if the host cannot
     * @throws RegionClosedException if the device is closed
     */
    public void unmask(int vector) {
        change("unmasking", UNMASK, vector);
    }

    /**
     * Says that the device was quieted, and unmasks the automasked interrupt by its own descriptor: the same as
     * {@link #unmask}, without a call of the device's.
     *
     * @throws VfioException if interrupts of this kind are not masked by a signal
     * @throws RegionClosedException if the device is closed
     */
    public void resample() {
        EventFd resample = armed(0).resample();
        if (resample == null) {
            throw new VfioException(
                    index + " of " + device + " is not masked by a signal: there is nothing to resample");
        }
        resample.signal();
    }

    /**
     * Has the host signal a vector as the device would, to try what waits for it. The device has no part in it.
     *
     * @param vector that is enabled
     * @throws VfioException if the host cannot
     * @throws RegionClosedException if the device is closed
     */
    public void trigger(int vector) {
        change("triggering", TRIGGER, vector);
    }

    private void change(String what, int action, int vector) {
        armed(vector);
        int result = set(DATA_NONE | action, vector, 1);
        if (result < 0) {
            throw refused(
                    what + " vector " + vector,
                    result,
                    result == -Errno.ENOTTY && !info.maskable()
                            ? ": the host cannot mask this kind; the device's own registers can"
                            : "");
        }
    }

    /**
     * {@return the number of the descriptor (an eventfd) that a vector signals, for those who hand it on: to KVM, or to
     * an epoll of their own. It belongs to this object, and ends with {@link #disable}}
     *
     * @param vector that is enabled
     */
    public int descriptor(int vector) {
        return armed(vector).signal(vector).number();
    }

    /**
     * Disables all vectors, and wakes who waits for them. Does nothing if none are enabled.
     *
     * @throws VfioException if the host refuses; nobody waits any more then, all the same
     */
    public synchronized void disable() {
        if (armed != null) {
            int result = set(DATA_NONE | TRIGGER, 0, 0);
            end("the interrupts were disabled");
            if (result < 0 && result != -Errno.EBADF) {
                throw refused("disabling", result, "");
            }
        }
    }

    /** With the device. */
    synchronized void close() {
        closed = true;
        if (armed != null) {
            try {
                set(DATA_NONE | TRIGGER, 0, 0); // whatever it says: the descriptor of the device is closed next
            } finally {
                end("the device is closed");
            }
        }
    }

    private void end(String why) {
        armed.end(why);
        armed = null;
    }

    private synchronized Armed armed(int vector) {
        checkOpen();
        if (armed == null) {
            throw new IllegalStateException(
                    index + " of " + device + " is not enabled: enable(1) to enable(" + Math.max(1, count()) + ")");
        }
        Objects.checkIndex(vector, armed.vectors());
        return armed;
    }

    private void checkOpen() {
        if (closed) {
            throw new RegionClosedException("the device is closed, and its interrupts with it");
        }
        if (!info.isThere()) {
            throw new VfioException(device + " has no interrupts of the kind " + index);
        }
    }

    private int set(int flags, int start, int count, int... descriptors) {
        return file.setInterrupts(flags, index.ordinal(), start, count, descriptors);
    }

    private VfioException refused(String what, int result, String advice) {
        return new VfioException(what + " of " + index + " of " + device + " (VFIO_DEVICE_SET_IRQS): "
                + Errno.name(result) + Opening.advice(result) + advice);
    }

    /** {@return for example {@code MSIX of 0000:01:00.0, 2 of 65 enabled}} */
    @Override
    public String toString() {
        return index + " of " + device + ", " + enabled() + " of " + count() + " enabled";
    }
}
