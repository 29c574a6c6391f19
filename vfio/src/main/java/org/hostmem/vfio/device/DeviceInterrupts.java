package org.hostmem.vfio.device;

import java.time.Duration;
import java.util.Objects;
import org.hostmem.RegionClosedException;
import org.hostmem.vfio.InterruptHandler;
import org.hostmem.vfio.InterruptIndex;
import org.hostmem.vfio.Interrupts;
import org.hostmem.vfio.VfioException;
import org.hostmem.vfio.linux.Errno;
import org.hostmem.vfio.linux.EventFd;
import org.hostmem.vfio.linux.Opening;
import org.hostmem.vfio.region.DeviceFile;
import org.hostmem.vfio.region.InterruptInfo;
import org.jspecify.annotations.Nullable;

/** The interrupts of one kind over a {@link DeviceFile}. */
public final class DeviceInterrupts implements Interrupts {

    /** Of {@code VFIO_DEVICE_SET_IRQS}. */
    private static final int DATA_NONE = 1;

    private static final int DATA_EVENTFD = 4;
    private static final int MASK = 8;
    private static final int UNMASK = 0x10;
    private static final int TRIGGER = 0x20;

    /** The longest time: a long holds its nanoseconds. */
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private final DeviceFile file;
    private final String device;
    private final InterruptIndex index;
    private final InterruptInfo info;
    private @Nullable Armed armed;
    private boolean closed;

    public DeviceInterrupts(DeviceFile file, String device, InterruptIndex index) {
        this.file = file;
        this.device = device;
        this.index = index;
        this.info = file.interrupts(index.ordinal());
    }

    @Override
    public InterruptIndex index() {
        return index;
    }

    @Override
    public int count() {
        return info.isThere() ? info.count() : 0;
    }

    @Override
    public boolean maskable() {
        return info.maskable();
    }

    @Override
    public boolean automasked() {
        return info.automasked();
    }

    @Override
    public synchronized int enabled() {
        return armed == null ? 0 : armed.vectors();
    }

    @Override
    public synchronized void enable(int vectors) {
        checkOpen();
        if (vectors < 1 || vectors > count()) {
            throw new IllegalArgumentException(device + " has " + count() + " vectors of " + index + ", and " + vectors
                    + " cannot be enabled: give 1 to " + count());
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
                            ? "; only one of INTX, MSI and MSIX can be enabled at a time: disable the other"
                            : "");
        }
        armed = fresh;
    }

    @Override
    public long await(int vector, Duration timeout) {
        long nanos = (timeout.compareTo(LONGEST) > 0 ? LONGEST : timeout).toNanos();
        return armed(vector).await(vector, false, System.nanoTime() + nanos);
    }

    @Override
    public long await(int vector) {
        return armed(vector).await(vector, true, 0);
    }

    @Override
    public void serve(InterruptHandler handler) {
        Objects.requireNonNull(handler);
        Armed served = armed(0);
        while (served.serve(handler)) {
            // the next one
        }
    }

    @Override
    public void mask(int vector) {
        change("masking", MASK, vector);
    }

    @Override
    public void unmask(int vector) {
        change("unmasking", UNMASK, vector);
    }

    @Override
    public void resample() {
        EventFd resample = armed(0).resample();
        if (resample == null) {
            throw new VfioException(
                    index + " of " + device + " is not masked by a signal: there is nothing to resample");
        }
        resample.signal();
    }

    @Override
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

    @Override
    public int descriptor(int vector) {
        return armed(vector).signal(vector).number();
    }

    @Override
    public synchronized void disable() {
        if (armed != null) {
            int result = set(DATA_NONE | TRIGGER, 0, 0);
            end(armed, "the interrupts were disabled");
            if (result < 0 && result != -Errno.EBADF) {
                throw refused("disabling", result, "");
            }
        }
    }

    /** With the device. */
    public synchronized void close() {
        closed = true;
        if (armed != null) {
            try {
                set(
                        DATA_NONE | TRIGGER,
                        0,
                        0); // a failure does not matter: the descriptor of the device is closed next
            } finally {
                end(armed, "the device is closed");
            }
        }
    }

    private void end(Armed ending, String why) {
        ending.end(why);
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
            throw new RegionClosedException("the device is closed, so its interrupts are closed too");
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
