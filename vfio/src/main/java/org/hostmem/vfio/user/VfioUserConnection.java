package org.hostmem.vfio.user;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;
import org.hostmem.vfio.RegionInfoParser;
import org.hostmem.vfio.VfioUserException;
import org.hostmem.vfio.VfioUserException.Failure;
import org.hostmem.vfio.linux.Errno;
import org.hostmem.vfio.linux.Syscalls;
import org.hostmem.vfio.socket.PeerStream;
import org.hostmem.vfio.socket.ReceivedDescriptors;
import org.jspecify.annotations.Nullable;

/**
 * The messages of a vfio-user connection, without their meaning.
 *
 * <p>A message: u16 identification 0, u16 command 2, u32 size with this header 4, u32 flags 8, u32 error 12, in the
 * host's byte order, then its payload. Only one request runs at a time, because the order of accesses is promised.
 * Before the reply the server may send commands of its own. This library exports no memory, so it answers each of them
 * with an error. Bytes that are not a message end the connection, because no later byte can be trusted.
 *
 * <p>Time and memory are bounded. A request has a deadline, and only so many commands may come before its reply. A
 * message has at most {@link #CAPACITY} bytes.
 */
public final class VfioUserConnection implements AutoCloseable {

    public static final int VERSION = 1;
    public static final int DEVICE_GET_INFO = 4;
    public static final int DEVICE_GET_REGION_INFO = 5;
    public static final int REGION_READ = 9;
    public static final int REGION_WRITE = 10;
    public static final int DMA_READ = 11;
    public static final int DMA_WRITE = 12;
    public static final int DEVICE_RESET = 13;

    /** Bytes of a header. */
    public static final int HEADER = 16;

    /** The longest payload of a request. */
    public static final int REQUEST_CAPACITY = 4096;

    /** The longest payload of a reply. */
    public static final int CAPACITY = RegionInfoParser.MAX_SIZE;

    /** The longest payload of a server's command: a DMA_WRITE of as many bytes as this library accepts. */
    private static final int MAX_COMMAND = 16 + VfioUserCapabilities.OWN.maxTransfer();

    /** The most commands that the server may send before one reply. */
    private static final int MAX_COMMANDS = 4096;

    private static final int TYPE = 0xf;
    private static final int TYPE_COMMAND = 0;
    private static final int TYPE_REPLY = 1;
    private static final int NO_REPLY = 0x10;
    private static final int ERROR = 0x20;

    /** No errno is higher. */
    private static final int MAX_ERRNO = 4095;

    private final PeerStream stream;
    private final long timeoutNanos;
    private final ReceivedDescriptors descriptors;
    private final IntConsumer taker;
    private final ReentrantLock lock = new ReentrantLock();
    private final MemorySegment out = Arena.ofAuto().allocate(HEADER + REQUEST_CAPACITY, 8);
    private final MemorySegment in = Arena.ofAuto().allocate(HEADER + CAPACITY, 8);
    private final MemorySegment request = out.asSlice(HEADER);
    private final MemorySegment reply = in.asSlice(HEADER);
    private short lastId;
    private volatile boolean closed;
    private volatile @Nullable VfioUserException failure;

    // The header that was received last.
    private short id;
    private int command;
    private int flags;
    private int error;
    private int size;

    /**
     * Takes over a stream.
     *
     * @param timeoutNanos for each request
     * @param syscalls closes descriptors that nobody takes
     */
    public VfioUserConnection(PeerStream stream, long timeoutNanos, Syscalls syscalls) {
        this.stream = stream;
        this.timeoutNanos = timeoutNanos;
        descriptors = new ReceivedDescriptors(syscalls);
        taker = descriptors::add;
    }

    /**
     * Begins a request; {@link #unlock} ends it. Between the two, only this thread uses {@link #request},
     * {@link #reply} and {@link #exchange}.
     */
    public void lock() {
        lock.lock();
    }

    public void unlock() {
        descriptors.clear();
        lock.unlock();
    }

    /** The buffer for the payload of a request. */
    public MemorySegment request() {
        return request;
    }

    /** The payload of the reply. */
    public MemorySegment reply() {
        return reply;
    }

    /** Returns the descriptors that came with the reply. The caller now owns them. */
    public int[] takeDescriptors() {
        return descriptors.take();
    }

    /**
     * Sends a command and waits for its reply.
     *
     * @param command of the request
     * @param payload size of what is in {@link #request}
     * @return the size of what is in {@link #reply}, or {@code -errno} if the server answered with an error
     * @throws VfioUserException if the connection is over
     */
    public int exchange(int command, int payload) {
        checkOpen();
        long deadline = System.nanoTime() + timeoutNanos;
        lastId++;
        send(lastId, command, payload, TYPE_COMMAND, 0, deadline);
        for (int commands = 0; commands <= MAX_COMMANDS; commands++) {
            receive(deadline);
            if ((flags & TYPE) == TYPE_REPLY) {
                return result(command);
            }
            answer(deadline);
        }
        throw fail(
                Failure.FLOOD, "the server sent " + MAX_COMMANDS + " commands before the reply to command " + command);
    }

    /** The result in the reply that was just received. */
    private int result(int expected) {
        if (id != lastId) {
            throw fail(
                    Failure.UNKNOWN_REPLY,
                    "the reply is to message " + Short.toUnsignedInt(id) + ", and the request was message "
                            + Short.toUnsignedInt(lastId));
        }
        if (command != expected) {
            throw fail(
                    Failure.WRONG_COMMAND,
                    "the reply is to command " + command + ", and the request was command " + expected);
        }
        if ((flags & ERROR) == 0) {
            return size;
        }
        return error > 0 && error <= MAX_ERRNO ? -error : -Errno.EIO;
    }

    /** Answers a command that the server sent by itself, if there is one and no request waits for a reply. */
    public void serveIdle() {
        if (lock.tryLock()) {
            try {
                if (!isOver() && stream.isReadable()) {
                    long deadline = System.nanoTime() + timeoutNanos;
                    receive(deadline);
                    if ((flags & TYPE) == TYPE_REPLY) {
                        throw fail(
                                Failure.UNKNOWN_REPLY,
                                "a reply to message " + Short.toUnsignedInt(id) + " came without a request");
                    }
                    answer(deadline);
                }
            } catch (VfioUserException over) {
                // The failure is kept, and the next request throws it.
            } finally {
                unlock();
            }
        }
    }

    /**
     * Answers a command of the server with an error. No memory was exported to the server, so it cannot read or write
     * any.
     */
    private void answer(long deadline) {
        if ((flags & NO_REPLY) == 0) {
            send(
                    id,
                    command,
                    0,
                    TYPE_REPLY | ERROR,
                    command == DMA_READ || command == DMA_WRITE ? Errno.EFAULT : Errno.ENOSYS,
                    deadline);
        }
    }

    private void send(short messageId, int messageCommand, int payload, int messageFlags, int errno, long deadline) {
        out.set(JAVA_SHORT, 0, messageId);
        out.set(JAVA_SHORT, 2, (short) messageCommand);
        out.set(JAVA_INT, 4, HEADER + payload);
        out.set(JAVA_INT, 8, messageFlags);
        out.set(JAVA_INT, 12, errno);
        long result = stream.sendAll(out, HEADER + payload, left(deadline));
        if (result < 0) {
            throw failed(result, "command " + messageCommand + " could not be sent");
        }
    }

    /**
     * Receives one whole message: its header into the fields, its payload behind the header. The payload of a command
     * is dropped.
     */
    private void receive(long deadline) {
        descriptors.clear();
        receive(0, HEADER, deadline);
        id = in.get(JAVA_SHORT, 0);
        command = Short.toUnsignedInt(in.get(JAVA_SHORT, 2));
        long whole = Integer.toUnsignedLong(in.get(JAVA_INT, 4));
        flags = in.get(JAVA_INT, 8);
        error = in.get(JAVA_INT, 12);
        int type = flags & TYPE;
        if (type != TYPE_COMMAND && type != TYPE_REPLY) {
            throw fail(Failure.MESSAGE_TYPE, "message " + Short.toUnsignedInt(id) + " has type " + type);
        }
        if (whole < HEADER) {
            throw fail(
                    Failure.MESSAGE_TOO_SHORT, "a message has " + whole + " bytes, and its header alone has " + HEADER);
        }
        if (whole - HEADER > (type == TYPE_REPLY ? CAPACITY : MAX_COMMAND)) {
            throw fail(
                    Failure.MESSAGE_TOO_LONG,
                    (type == TYPE_REPLY ? "a reply to command " : "command ") + command + " has " + whole + " bytes");
        }
        size = (int) whole - HEADER;
        for (int rest = size; rest > 0; ) {
            int part = Math.min(rest, CAPACITY);
            receive(HEADER, part, deadline);
            rest -= part;
        }
        if (descriptors.tooMany()) {
            throw fail(
                    Failure.DESCRIPTORS, "more than " + ReceivedDescriptors.MAX + " descriptors came with one message");
        }
    }

    private void receive(int offset, int count, long deadline) {
        for (int done = 0; done < count; ) {
            long result = stream.receiveSome(in, offset + done, count - done, taker, left(deadline));
            if (result <= 0) {
                throw failed(result, "after " + done + " of " + count + " bytes");
            }
            done += (int) result;
        }
    }

    /** In milliseconds, rounded up: 0 is for a deadline that has passed. */
    private static int left(long deadline) {
        return Math.clamp((deadline - System.nanoTime() + 999_999) / 1_000_000, 0, Integer.MAX_VALUE);
    }

    private VfioUserException failed(long result, String where) {
        if (result == -Errno.ETIMEDOUT) {
            return fail(Failure.TIMEOUT, "no answer from the server in " + timeoutNanos / 1_000_000 + " ms, " + where);
        }
        if (result == -Errno.EMFILE) {
            return fail(
                    Failure.DESCRIPTORS,
                    "EMFILE: not all that were sent could be opened: raise the limit of open files (ulimit -n)");
        }
        return fail(
                Failure.CLOSED, (result == 0 ? "the server closed the connection" : Errno.name(result)) + ", " + where);
    }

    /** Ends the connection, because a reply cannot be used. */
    public VfioUserException fail(Failure why, String detail) {
        failure = new VfioUserException(why, detail);
        stream.close();
        return failure;
    }

    private void checkOpen() {
        VfioUserException before = failure;
        if (before != null) {
            throw before;
        }
        if (closed) {
            throw new VfioUserException(Failure.CLOSED, "by this process");
        }
    }

    /** Whether {@link #close} was called. */
    public boolean isClosed() {
        return closed;
    }

    /** Why the connection failed; null if it is open, or was closed by this process. */
    public @Nullable VfioUserException failure() {
        return failure;
    }

    public boolean isOver() {
        return closed || failure != null;
    }

    /** Closes the connection. A running request ends too. */
    @Override
    public void close() {
        closed = true;
        stream.close();
    }
}
