package org.hostmem.vfio.linux;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntToLongFunction;

/**
 * A file descriptor that is not closed while a call on it is running. Otherwise the next file opened would get its
 * number, and the call would reach that file (R10).
 *
 * <p>{@link #close} or the last running call closes it, whichever comes last.
 */
public final class Descriptor implements AutoCloseable {
    private static final int CLOSED = 1 << 30;

    private final Syscalls syscalls;
    private final int fd;

    /** The number of running calls, and {@link #CLOSED}. */
    private final AtomicInteger state = new AtomicInteger();

    public Descriptor(Syscalls syscalls, int fd) {
        this.syscalls = syscalls;
        this.fd = fd;
    }

    /** The number, for messages and for handing it over while the device is open. */
    public int number() {
        return fd;
    }

    /** Begins a call, and returns the number of the descriptor; -1 if it is closed. */
    public int acquire() {
        if (state.incrementAndGet() < CLOSED) {
            return fd;
        }
        release();
        return -1;
    }

    /** Ends a call. */
    public void release() {
        if (state.decrementAndGet() == CLOSED) {
            closeOnce();
        }
    }

    /** Makes one call; {@code -EBADF} if the descriptor is closed. */
    public long use(IntToLongFunction call) {
        int number = acquire();
        if (number < 0) {
            return -Errno.EBADF;
        }
        try {
            return call.applyAsLong(number);
        } finally {
            release();
        }
    }

    @Override
    public void close() {
        int before = state.getAndUpdate(s -> s | CLOSED);
        if (before == 0) {
            closeOnce();
        }
    }

    /** A late {@link #acquire} that fails reaches {@link #CLOSED} again. Only one may close. */
    private void closeOnce() {
        if (state.compareAndSet(CLOSED, CLOSED | CLOSED >> 1)) {
            syscalls.close(fd);
        }
    }
}
