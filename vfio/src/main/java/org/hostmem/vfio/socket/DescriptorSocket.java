package org.hostmem.vfio.socket;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.IntConsumer;
import org.hostmem.vfio.VfioException;
import org.hostmem.vfio.linux.Descriptor;
import org.hostmem.vfio.linux.Errno;
import org.hostmem.vfio.linux.Linux;
import org.hostmem.vfio.linux.Opening;

/**
 * One end of a stream between two processes that carries bytes and file descriptors ({@code SCM_RIGHTS}).
 * {@code java.nio} cannot receive descriptors.
 *
 * <p>One thread may send while another one receives; {@link #close} may come from any thread, and ends a call that
 * waits. Nothing that is received is trusted. Every descriptor is close-on-exec, and none is lost on an error. If this
 * process cannot open all descriptors of a message, the whole message is refused.
 */
public final class DescriptorSocket implements PeerStream {

    /** A timeout that never ends. */
    public static final int FOREVER = -1;

    /**
     * {@code SCM_MAX_FD}: the kernel carries no more with one message. So a truncated message means that this process
     * may open no more.
     */
    public static final int MAX_DESCRIPTORS = 253;

    private static final int MSG_CTRUNC = 8;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int MSG_CMSG_CLOEXEC = 0x4000_0000;
    private static final int SHUT_RDWR = 2;
    private static final int SOL_SOCKET = 1;
    private static final int SCM_RIGHTS = 1;
    private static final short POLLIN = 1;
    private static final short POLLOUT = 4;

    /**
     * {@code struct msghdr} of 64-bit Linux: pointer name 0, u32 namelen 8, pointer iov 16, size iovlen 24, pointer
     * control 32, size controllen 40, int flags 48.
     */
    private static final int MSGHDR_SIZE = 56;
    /** {@code struct iovec}: pointer base 0, size len 8. */
    private static final int IOVEC_SIZE = 16;
    /**
     * {@code struct cmsghdr}: size len 0 (with this header), int level 8, int type 12; then the descriptors, an int
     * each.
     */
    private static final int CMSG_HEADER = 16;
    /** {@code struct pollfd}: int fd 0, short events 4, short revents 6. */
    private static final int POLLFD_SIZE = 8;

    private static final MemorySegment SENDMSG = Linux.function("sendmsg");
    private static final MemorySegment RECVMSG = Linux.function("recvmsg");
    private static final MemorySegment SEND = Linux.function("send");
    private static final MemorySegment POLL = Linux.function("poll");
    private static final MemorySegment SHUTDOWN = Linux.function("shutdown");

    private final String name;
    private final Descriptor socket;

    // The arguments of a call, made once: a register access may be a message, and does not allocate.
    private final MemorySegment control = Arena.ofAuto().allocate(controlSize(MAX_DESCRIPTORS), 8);
    private final MemorySegment part = Arena.ofAuto().allocate(IOVEC_SIZE, 8);
    private final MemorySegment message = Arena.ofAuto().allocate(MSGHDR_SIZE, 8);
    private final MemorySegment pollIn = Arena.ofAuto().allocate(POLLFD_SIZE, 4);
    private final MemorySegment pollOut = Arena.ofAuto().allocate(POLLFD_SIZE, 4);

    /**
     * Takes over a connected socket.
     *
     * @param name for messages
     */
    public DescriptorSocket(String name, int fd) {
        this.name = name;
        socket = new Descriptor(Linux.INSTANCE, fd);
        message.set(JAVA_LONG, 16, part.address());
        message.set(JAVA_LONG, 24, 1);
        message.set(JAVA_LONG, 32, control.address());
    }

    /**
     * Connects to the process that listens at a path.
     *
     * @throws VfioException if nobody listens, or this process may not connect; the message says what to do
     */
    public static DescriptorSocket connect(Path path) {
        return new DescriptorSocket(path.toString(), UnixSockets.connect(path));
    }

    /** The two ends of a new connection. */
    public static List<DescriptorSocket> pair() {
        int[] ends = UnixSockets.pair();
        return List.of(new DescriptorSocket("pair", ends[0]), new DescriptorSocket("pair", ends[1]));
    }

    /**
     * Sends all of a native segment, and descriptors along with its first byte; they stay open here.
     *
     * @param descriptors at most {@link #MAX_DESCRIPTORS}; none if there is no byte to carry them
     * @throws VfioException if the other end is gone
     */
    public void send(MemorySegment bytes, int... descriptors) {
        long done = descriptors.length == 0 ? 0 : checked("sending to", sendFirst(bytes, descriptors));
        checked("sending to", sendRest(bytes, done, bytes.byteSize(), FOREVER));
    }

    private long sendFirst(MemorySegment bytes, int[] descriptors) {
        if (bytes.byteSize() == 0 || descriptors.length > MAX_DESCRIPTORS) {
            throw new IllegalArgumentException(descriptors.length + " descriptors with " + bytes.byteSize()
                    + " bytes cannot be sent: send at most " + MAX_DESCRIPTORS + ", with at least one byte");
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment rights = arena.allocate(controlSize(descriptors.length), 8);
            rights.set(JAVA_LONG, 0, CMSG_HEADER + 4L * descriptors.length);
            rights.set(JAVA_INT, 8, SOL_SOCKET);
            rights.set(JAVA_INT, 12, SCM_RIGHTS);
            MemorySegment.copy(descriptors, 0, rights, JAVA_INT, CMSG_HEADER, descriptors.length);
            MemorySegment first = arena.allocate(IOVEC_SIZE, 8);
            first.set(JAVA_LONG, 0, Linux.address(bytes));
            first.set(JAVA_LONG, 8, bytes.byteSize());
            MemorySegment sent = arena.allocate(MSGHDR_SIZE, 8);
            sent.set(JAVA_LONG, 16, first.address());
            sent.set(JAVA_LONG, 24, 1);
            sent.set(JAVA_LONG, 32, rights.address());
            sent.set(JAVA_LONG, 40, rights.byteSize());
            return whenReady(pollOut, POLLOUT, FOREVER, SENDMSG, sent.address(), MSG_NOSIGNAL | MSG_DONTWAIT, 0);
        }
    }

    @Override
    public long sendAll(MemorySegment bytes, long count, int timeoutMillis) {
        return sendRest(bytes, 0, count, timeoutMillis);
    }

    private long sendRest(MemorySegment bytes, long from, long count, int timeoutMillis) {
        try {
            long address = Linux.address(bytes);
            for (long done = from; done < count; ) {
                long result = whenReady(
                        pollOut,
                        POLLOUT,
                        timeoutMillis,
                        SEND,
                        address + done,
                        count - done,
                        MSG_NOSIGNAL | MSG_DONTWAIT);
                if (result < 0) {
                    return result;
                }
                done += result;
            }
            return count;
        } finally {
            Reference.reachabilityFence(bytes);
        }
    }

    /**
     * Receives what is there, at least one byte, into a native segment. Descriptors that come along are closed.
     *
     * @param timeoutMillis how long to wait, or {@link #FOREVER}
     * @return the number of bytes; 0 if the other end has closed
     * @throws VfioException if nothing came in time, or the connection is broken or closed here
     */
    public long receive(MemorySegment bytes, int timeoutMillis) {
        return received(receiveSome(bytes, 0, bytes.byteSize(), Linux.INSTANCE::close, timeoutMillis), timeoutMillis);
    }

    /**
     * Receives what is there, at least one byte, into a native segment, and the descriptors that come along, which are
     * the caller's to close.
     *
     * @param descriptors to which they are added
     * @param timeoutMillis how long to wait, or {@link #FOREVER}
     * @return the number of bytes; 0 if the other end has closed
     * @throws VfioException if nothing came in time, the connection is broken or closed here, or this process may not
     *     open as many; then all that came along are closed
     */
    public long receive(MemorySegment bytes, List<Integer> descriptors, int timeoutMillis) {
        return received(receiveSome(bytes, 0, bytes.byteSize(), descriptors::add, timeoutMillis), timeoutMillis);
    }

    private long received(long result, int timeoutMillis) {
        if (result == -Errno.ETIMEDOUT) {
            throw new VfioException(name + " has sent nothing for " + timeoutMillis + " ms");
        }
        if (result == -Errno.EMFILE) {
            throw new VfioException("receiving from " + name
                    + ": EMFILE: not all the descriptors that were sent could be opened: raise the limit of"
                    + " open files (ulimit -n)");
        }
        return checked("receiving from", result);
    }

    @Override
    public long receiveSome(MemorySegment bytes, long offset, long count, IntConsumer descriptors, int timeoutMillis) {
        Objects.checkFromIndexSize(offset, count, bytes.byteSize());
        try {
            part.set(JAVA_LONG, 0, Linux.address(bytes) + offset);
            part.set(JAVA_LONG, 8, count);
            message.set(JAVA_LONG, 40, control.byteSize());
            long result = whenReady(
                    pollIn, POLLIN, timeoutMillis, RECVMSG, message.address(), MSG_CMSG_CLOEXEC | MSG_DONTWAIT, 0);
            if (result < 0) {
                return result;
            }
            boolean truncated = (message.get(JAVA_INT, 48) & MSG_CTRUNC) != 0;
            passDescriptors(
                    Math.min(control.byteSize(), message.get(JAVA_LONG, 40)),
                    truncated ? Linux.INSTANCE::close : descriptors);
            return truncated ? -Errno.EMFILE : result;
        } finally {
            Reference.reachabilityFence(bytes);
        }
    }

    /**
     * Fills a native segment.
     *
     * @param descriptors to which those that come along are added, even if there is an error later
     * @param timeoutMillis how long to wait for each part, or {@link #FOREVER}
     * @throws VfioException as {@link #receive}, or if the other end closed before that
     */
    public void receiveAll(MemorySegment bytes, List<Integer> descriptors, int timeoutMillis) {
        for (long done = 0; done < bytes.byteSize(); ) {
            long count = receive(bytes.asSlice(done), descriptors, timeoutMillis);
            if (count == 0) {
                throw new VfioException(
                        name + " closed the connection after " + done + " of " + bytes.byteSize() + " bytes");
            }
            done += count;
        }
    }

    /** Of the message that was just received. */
    private void passDescriptors(long length, IntConsumer descriptors) {
        for (long at = 0; at + CMSG_HEADER <= length; ) {
            long size = control.get(JAVA_LONG, at);
            if (size < CMSG_HEADER || size > length - at) {
                return;
            }
            if (control.get(JAVA_INT, at + 8) == SOL_SOCKET && control.get(JAVA_INT, at + 12) == SCM_RIGHTS) {
                for (long fd = at + CMSG_HEADER; fd + 4 <= at + size; fd += 4) {
                    descriptors.accept(control.get(JAVA_INT, fd));
                }
            }
            at += (size + 7) & -8;
        }
    }

    private static long controlSize(int descriptors) {
        return CMSG_HEADER + ((4L * descriptors + 7) & -8);
    }

    @Override
    public boolean isReadable() {
        int fd = socket.acquire();
        if (fd < 0) {
            return false;
        }
        try {
            return await(fd, pollIn, POLLIN, 0) > 0;
        } finally {
            socket.release();
        }
    }

    /**
     * The descriptor is held during the wait, too. If it is closed meanwhile, the call still sees the end of the
     * connection.
     */
    private long whenReady(
            MemorySegment poll,
            short event,
            int timeoutMillis,
            MemorySegment function,
            long second,
            long third,
            long fourth) {
        int fd = socket.acquire();
        if (fd < 0) {
            return -Errno.EBADF;
        }
        try {
            while (true) {
                long ready = await(fd, poll, event, timeoutMillis);
                long result = ready > 0
                        ? Linux.call(function, fd, second, third, fourth)
                        : ready == 0 ? -Errno.ETIMEDOUT : ready;
                if (result != -Errno.EAGAIN) {
                    return result;
                }
            }
        } finally {
            socket.release();
        }
    }

    /** 0 if it does not become ready in time. */
    private static int await(int fd, MemorySegment poll, short event, int timeoutMillis) {
        poll.set(JAVA_INT, 0, fd);
        poll.set(JAVA_SHORT, 4, event);
        return Linux.callInt(POLL, poll.address(), 1, timeoutMillis, 0);
    }

    private long checked(String what, long result) {
        if (result < 0) {
            throw new VfioException(what + " " + name + ": "
                    + switch ((int) -result) {
                        case Errno.EPIPE, Errno.ECONNRESET ->
                            Errno.name(result) + ": the process at the other end is gone";
                        case Errno.EBADF -> "the connection is closed";
                        default -> Errno.name(result) + Opening.advice(result);
                    });
        }
        return result;
    }

    /** Ends the calls in flight, and closes. A second call does nothing. */
    @Override
    public void close() {
        int fd = socket.acquire();
        if (fd >= 0) {
            Linux.callInt(SHUTDOWN, fd, SHUT_RDWR, 0, 0);
            socket.release();
        }
        socket.close();
    }

    @Override
    public String toString() {
        return name;
    }
}
