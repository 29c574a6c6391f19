package org.hostmem.vfio.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.hostmem.vfio.VfioException;

/**
 * A counter of the kernel with a descriptor ({@code eventfd(2)}). Signals add to it, and a read sets it to 0. The
 * descriptor is not reused while a thread waits for it.
 */
public final class EventFd implements AutoCloseable {

    private static final int CLOEXEC_AND_NONBLOCK = 0x80000 | 0x800;
    /** {@code struct pollfd}: s32 descriptor 0, s16 events 4, s16 what came 6. */
    private static final int POLL_SIZE = 8;

    private static final short POLLIN = 1;
    private static final long NANOS_PER_MILLI = 1_000_000;

    private static final MemorySegment EVENTFD = Linux.function("eventfd");
    private static final MemorySegment POLL = Linux.function("poll");
    private static final MemorySegment READ = Linux.function("read");
    private static final MemorySegment WRITE = Linux.function("write");

    private final int fd;
    private final Descriptor descriptor;

    /**
     * Makes a counter without a signal.
     *
     * @throws VfioException if this process has too many descriptors
     */
    public EventFd() {
        fd = Opening.checked(Linux.callInt(EVENTFD, 0, CLOEXEC_AND_NONBLOCK, 0, 0), "eventfd");
        descriptor = new Descriptor(Linux.INSTANCE, fd);
    }

    public int number() {
        return fd;
    }

    /** Keeps the descriptor from being reused; false if it is closed. */
    public boolean acquire() {
        return descriptor.acquire() >= 0;
    }

    public void release() {
        descriptor.release();
    }

    /** Adds one signal. Does nothing once closed. */
    public void signal() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment one = arena.allocateFrom(JAVA_LONG, 1);
            descriptor.use(number -> Linux.call(WRITE, number, one.address(), Long.BYTES, 0));
        }
    }

    /** Takes all signals, and returns their number. */
    public long take() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment count = arena.allocate(JAVA_LONG);
            return descriptor.use(number -> Linux.call(READ, number, count.address(), Long.BYTES, 0)) == Long.BYTES
                    ? count.get(JAVA_LONG, 0)
                    : 0;
        }
    }

    /**
     * Waits for a signal of any of the counters. Each must be acquired.
     *
     * @param deadline as {@link System#nanoTime} counts; not used if {@code forever} is set
     */
    public static void await(EventFd[] any, boolean forever, long deadline) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment all = arena.allocate((long) POLL_SIZE * any.length, 4);
            for (int i = 0; i < any.length; i++) {
                all.set(JAVA_INT, (long) POLL_SIZE * i, any[i].fd);
                all.set(JAVA_SHORT, (long) POLL_SIZE * i + 4, POLLIN);
            }
            while (true) {
                long left = forever ? 0 : Math.max(0, deadline - System.nanoTime());
                int millis = forever
                        ? -1
                        : (int) Math.min(Integer.MAX_VALUE, (left + NANOS_PER_MILLI - 1) / NANOS_PER_MILLI);
                int result = Linux.callOnce(POLL, all.address(), any.length, millis);
                if (result > 0 || (result == 0 && left <= NANOS_PER_MILLI * Integer.MAX_VALUE)) {
                    return;
                }
                if (result < 0 && result != -Errno.EINTR) {
                    throw new VfioException("poll: " + Errno.name(result));
                }
            }
        }
    }

    @Override
    public void close() {
        descriptor.close();
    }
}
