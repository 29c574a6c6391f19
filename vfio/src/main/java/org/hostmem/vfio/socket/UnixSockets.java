package org.hostmem.vfio.socket;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.hostmem.vfio.VfioException;
import org.hostmem.vfio.linux.Errno;
import org.hostmem.vfio.linux.Linux;
import org.hostmem.vfio.linux.Opening;

/** Makes stream sockets of the Unix domain by their path, for {@link DescriptorSocket}. */
public final class UnixSockets {

    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM_CLOEXEC = 1 | 0x80000;
    private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
    private static final int SOCK_NONBLOCK = 0x800;

    /** How long to wait for a listener that is too busy to accept. */
    private static final long PATIENCE_NANOS = 10_000_000_000L;

    /** {@code struct sockaddr_un}: u16 family 0, path 2, which ends with a zero. */
    private static final int ADDRESS_SIZE = 110;

    private static final int MAX_PATH = ADDRESS_SIZE - 3;

    private static final MemorySegment SOCKET = Linux.function("socket");
    private static final MemorySegment SOCKETPAIR = Linux.function("socketpair");
    private static final MemorySegment CONNECT = Linux.function("connect");
    private static final MemorySegment BIND = Linux.function("bind");
    private static final MemorySegment LISTEN = Linux.function("listen");
    private static final MemorySegment ACCEPT4 = Linux.function("accept4");

    private UnixSockets() {}

    /** Returns a connected descriptor. */
    public static int connect(Path path) {
        return opened(CONNECT, path, SOCK_NONBLOCK);
    }

    /**
     * A descriptor that is bound to a path, which must not be there, and stays when it is closed. Nobody but its owner
     * may connect.
     */
    public static int bind(Path path) {
        int fd = opened(BIND, path, 0);
        try {
            Files.setPosixFilePermissions(
                    path, Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE));
        } catch (IOException refused) {
            Linux.INSTANCE.close(fd);
            throw new VfioException(path + ": its rights could not be set: " + refused.getMessage(), refused);
        }
        return fd;
    }

    /** Listens, so that processes can connect. */
    public static void listen(int fd, Path path) {
        checked(Linux.callInt(LISTEN, fd, 8, 0, 0), path, -1);
    }

    /** A descriptor that is bound to a path and listens. */
    public static int listen(Path path) {
        int fd = bind(path);
        listen(fd, path);
        return fd;
    }

    /**
     * Whether a process holds the socket at a path. It asks by a datagram, which the kernel refuses for a stream, so
     * that process does not notice.
     *
     * @throws VfioException if the kernel does not say
     */
    public static boolean isTaken(Path path) {
        int fd = Linux.callInt(SOCKET, AF_UNIX, SOCK_DGRAM_CLOEXEC, 0, 0);
        checked(fd, path, fd);
        try (Arena arena = Arena.ofConfined()) {
            int result = Linux.callInt(CONNECT, fd, address(arena, path).address(), ADDRESS_SIZE, 0);
            if (result != 0 && result != -Errno.EPROTOTYPE && result != -Errno.ECONNREFUSED) {
                throw new VfioException(path + " exists already, and it is not known whether a process listens there: "
                        + Errno.name(result));
            }
            return result != -Errno.ECONNREFUSED;
        } finally {
            Linux.INSTANCE.close(fd);
        }
    }

    /** Waits until a process connects. */
    public static DescriptorSocket accept(int listener) {
        int fd = Linux.callInt(ACCEPT4, listener, 0, 0, SOCK_STREAM_CLOEXEC & ~1);
        if (fd < 0) {
            throw new VfioException("no connection could be accepted: " + Errno.name(fd));
        }
        return new DescriptorSocket("a client", fd);
    }

    public static int[] pair() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ends = arena.allocate(JAVA_INT, 2);
            int result = Linux.callInt(SOCKETPAIR, AF_UNIX, SOCK_STREAM_CLOEXEC, 0, ends.address());
            if (result < 0) {
                throw new VfioException("no pair of sockets could be made: " + Errno.name(result));
            }
            return ends.toArray(JAVA_INT);
        }
    }

    private static int opened(MemorySegment step, Path path, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment address = address(arena, path);
            int fd = Linux.callInt(SOCKET, AF_UNIX, SOCK_STREAM_CLOEXEC | flags, 0, 0);
            checked(fd, path, fd);
            checked(patiently(step, fd, address), path, fd);
            return fd;
        }
    }

    private static MemorySegment address(Arena arena, Path path) {
        byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
        if (name.length == 0 || name.length > MAX_PATH) {
            throw new VfioException(
                    "the path of a Unix socket has 1 to " + MAX_PATH + " bytes, and this one has " + name.length
                            + (name.length == 0
                                    ? ": give the path of a socket"
                                    : ": use a shorter one, or one relative to the current folder: " + path));
        }
        MemorySegment address = arena.allocate(ADDRESS_SIZE, 2);
        address.set(JAVA_SHORT, 0, (short) AF_UNIX);
        MemorySegment.copy(name, 0, address, JAVA_BYTE, 2, name.length);
        return address;
    }

    /** Connecting gives {@code EAGAIN} while the listener's queue is full. */
    private static int patiently(MemorySegment step, int fd, MemorySegment address) {
        long start = System.nanoTime();
        while (true) {
            int result = Linux.callInt(step, fd, address.address(), ADDRESS_SIZE, 0);
            if (result != -Errno.EAGAIN || System.nanoTime() - start > PATIENCE_NANOS) {
                return result;
            }
            LockSupport.parkNanos(5_000_000);
        }
    }

    private static void checked(int result, Path path, int fd) {
        if (result >= 0) {
            return;
        }
        if (fd >= 0) {
            Linux.INSTANCE.close(fd);
        }
        throw new VfioException(path + ": "
                + switch (-result) {
                    case Errno.ENOENT ->
                        "there is no such socket: start the process that listens there, or correct the path";
                    case Errno.ECONNREFUSED ->
                        "nobody listens there, or it is not a socket: start the process that listens";
                    case Errno.EACCES ->
                        "this user may not connect there: the socket and its folders need write and search permission";
                    case Errno.EAGAIN ->
                        "the process that listens there has accepted no connection for "
                                + PATIENCE_NANOS / 1_000_000_000 + " s";
                    case Errno.EADDRINUSE -> "is there already: remove it";
                    case Errno.EMFILE -> "EMFILE: raise the limit of open files (ulimit -n)";
                    default -> Errno.name(result) + Opening.advice(result);
                });
    }
}
