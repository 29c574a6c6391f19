package org.hostmem.vfio;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.BitSet;
import java.util.function.IntConsumer;
import org.hostmem.AccessOptions;
import org.hostmem.AccessRejectedException;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionFaultException;
import org.hostmem.TransferOrder;
import org.hostmem.vfio.device.VfioDevice;
import org.hostmem.vfio.linux.Errno;
import org.hostmem.vfio.linux.Syscalls;
import org.hostmem.vfio.socket.PeerStream;
import org.hostmem.vfio.user.VfioUserConnection;
import org.hostmem.vfio.user.VfioUserFile;

/**
 * A server that sends anything: a device is opened, read, written, reset and closed, or a typed exception says what is
 * wrong with the server; no descriptor stays open. Run by {@code integration-tests/lab/fuzz}; what it found is replayed
 * by {@link FuzzCorpusTest}.
 *
 * <p>The input is a row of pieces. One begins with a byte that says what it is: raw bytes, or a message whose header
 * has the identification and the command of the request, so that the depths are reached too; whether it is an error or
 * a command; and how many descriptors come with it.
 */
public final class VfioUserFuzz {

    private static final int RAW = 1;
    private static final int ERROR = 2;
    private static final int COMMAND = 4;
    private static final int SHORT = 8;
    private static final MemorySegment RAM = Arena.global().allocate(8, 8);

    private VfioUserFuzz() {}

    /**
     * One input.
     *
     * @param input what the server sends
     */
    public static void fuzzerTestOneInput(byte[] input) {
        Kernel kernel = new Kernel();
        Server server = new Server(ByteBuffer.wrap(input).order(ByteOrder.nativeOrder()), kernel);
        VfioUserConnection connection = new VfioUserConnection(server, 60_000_000_000L, kernel.syscalls);
        try (Device device = new VfioDevice(
                "unix:fuzz",
                DriverTable.VFIO_USER,
                new VfioUserFile(kernel.syscalls, connection, "unix:fuzz"),
                VfioOptions.none())) {
            device.regions().forEach(VfioUserFuzz::use);
            connection.serveIdle();
            if (device.resettable()) {
                device.reset();
            }
        } catch (VfioException | VfioUserException | RegionInfoException refused) {
            require(refused.getMessage().length() < 10_000, "a message of a bounded length");
        }
        require(kernel.open.isEmpty(), "every descriptor closed, and these are open: " + kernel.open);
        require(server.sent <= 64L * 1024 + 32L * input.length, "no more sent than makes sense");
    }

    /** Of regions that can be mapped only those that are not: the fake kernel has no memory. */
    private static void use(Region region) {
        if (!region.info().areas().isEmpty()) {
            return;
        }
        try (HostMemoryAccessor accessor = region.open(AccessOptions.DEFAULT)) {
            long size = accessor.size();
            if (size >= 8) {
                accessor.planScalar(size - 8, 8);
                accessor.readLong(size - 8 & -8);
                accessor.writeInt(0, 1);
                accessor.readByte(size - 1);
                accessor.readBytes(1, RAM, 0, 7, TransferOrder.ASCENDING);
            }
        } catch (RegionFaultException | AccessRejectedException refused) {
            require(refused.getMessage() != null, "a message");
        }
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError("expected: " + what);
        }
    }

    /** Sends the input. */
    private static final class Server implements PeerStream {
        private final ByteBuffer input;
        private final Kernel kernel;
        private ByteBuffer piece = ByteBuffer.allocate(0);
        private int descriptors;
        private short lastId;
        private short lastCommand;
        private long sent;
        private boolean closed;

        Server(ByteBuffer input, Kernel kernel) {
            this.input = input;
            this.kernel = kernel;
        }

        @Override
        public long sendAll(MemorySegment bytes, long count, int timeoutMillis) {
            if (closed) {
                return -Errno.EPIPE;
            }
            sent += count;
            if (bytes.get(JAVA_INT, 8) == 0) {
                lastId = bytes.get(JAVA_SHORT, 0);
                lastCommand = bytes.get(JAVA_SHORT, 2);
            }
            return count;
        }

        @Override
        public long receiveSome(MemorySegment bytes, long offset, long count, IntConsumer into, int timeoutMillis) {
            if (closed || !piece.hasRemaining() && !nextPiece()) {
                return 0;
            }
            for (; descriptors > 0; descriptors--) {
                into.accept(kernel.newDescriptor());
            }
            int part = (int) Math.min(count, piece.remaining());
            for (int i = 0; i < part; i++) {
                bytes.set(JAVA_BYTE, offset + i, piece.get());
            }
            return part;
        }

        private boolean nextPiece() {
            while (input.remaining() >= 3 && !piece.hasRemaining()) {
                readPiece();
            }
            return piece.hasRemaining();
        }

        private void readPiece() {
            int kind = input.get();
            int length = Math.min(
                    kind >= 0 && (kind & SHORT) != 0
                            ? Byte.toUnsignedInt(input.get())
                            : Short.toUnsignedInt(input.getShort()),
                    input.remaining());
            descriptors = kind >> 4 & 7;
            boolean raw = (kind & RAW) != 0;
            piece = ByteBuffer.allocate(length + 16).order(ByteOrder.nativeOrder());
            if (!raw) {
                int flags = (kind & COMMAND) != 0 ? 0 : (kind & ERROR) != 0 ? 0x21 : 1;
                piece.putShort(lastId)
                        .putShort((kind & COMMAND) != 0 ? (short) (11 + (length & 1)) : lastCommand)
                        .putInt(length + 16)
                        .putInt(flags)
                        .putInt((kind & ERROR) != 0 ? length : 0);
            }
            piece.put(input.slice(input.position(), length)).flip();
            input.position(input.position() + length);
        }

        @Override
        public boolean isReadable() {
            return !closed && (piece.hasRemaining() || input.remaining() >= 3);
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    /** Counts descriptors, and has nothing else. */
    private static final class Kernel {
        private final BitSet open = new BitSet();
        private int next = 100;
        private final Syscalls syscalls = (Syscalls) Proxy.newProxyInstance(
                Syscalls.class.getClassLoader(),
                new Class<?>[] {Syscalls.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "pageSize" -> 4096;
                    case "close" -> close((int) arguments[0]);
                    case "map" -> (long) -Errno.ENODEV; // so that everything goes by messages
                    default -> throw new AssertionError("expected: no call of " + method);
                });

        int newDescriptor() {
            open.set(next);
            return next++;
        }

        private int close(int fd) {
            require(open.get(fd), "a descriptor that is open: " + fd);
            open.clear(fd);
            return 0;
        }
    }
}
