package org.hostmem.vfio;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.hostmem.vfio.linux.Errno;
import org.hostmem.vfio.linux.Linux;
import org.hostmem.vfio.socket.DescriptorSocket;
import org.hostmem.vfio.socket.UnixSockets;

/**
 * A device served over a Unix socket, as the vfio-user protocol describes it: made for tests, with a framing of its
 * own, so that a mistake of the library's is not shared.
 *
 * <p>It writes down what it is sent and which accesses it saw, and can be told to answer a command in another way.
 */
public final class VfioUserServer implements AutoCloseable {

    static final int VERSION = 1;
    static final int GET_INFO = 4;
    static final int GET_REGION_INFO = 5;
    static final int READ = 9;
    static final int WRITE = 10;
    static final int RESET = 13;

    /** A region: what {@code vfio_region_info} says of it, and its bytes. */
    public record Bar(long size, int flags, long fdOffset, int[] fds, long[][] areas, byte[] bytes) {

        /** {@code vfio_region_info} with a sparse-mmap capability if there are areas. */
        ByteBuffer report(int index) {
            ByteBuffer report = ByteBuffer.allocate(32 + (areas.length == 0 ? 0 : 16 + 16 * areas.length))
                    .order(ByteOrder.nativeOrder());
            report.putInt(report.capacity())
                    .putInt(flags | (areas.length == 0 ? 0 : 8))
                    .putInt(index)
                    .putInt(areas.length == 0 ? 0 : 32)
                    .putLong(size)
                    .putLong(fdOffset);
            if (areas.length > 0) {
                report.putShort((short) 1)
                        .putShort((short) 1)
                        .putInt(0)
                        .putInt(areas.length)
                        .putInt(0);
                for (long[] area : areas) {
                    report.putLong(area[0]).putLong(area[1]);
                }
            }
            return report.flip();
        }
    }

    /** Answers one command. */
    interface Answer {
        void to(Message command);
    }

    /** What was received: the fields of its header, and its payload. */
    record Message(int id, int command, int flags, int error, ByteBuffer payload) {}

    public final Map<Integer, Bar> bars = new TreeMap<>();
    final Map<Integer, Answer> answers = new HashMap<>();
    final List<String> received = Collections.synchronizedList(new ArrayList<>());
    public final List<String> accesses = Collections.synchronizedList(new ArrayList<>());
    String capabilities = "{\"capabilities\":{\"max_msg_fds\":8,\"max_data_xfer_size\":1048576}}";
    int deviceFlags = 3;
    private final int listener;
    private DescriptorSocket client;
    private final Thread thread;

    /** {@return a descriptor of a file, for a {@link Bar} to be mapped from} */
    public static int descriptor(Path file) {
        return Linux.INSTANCE.open(file.toString());
    }

    /** {@return the same, for a mapping that cannot be written} */
    public static int descriptorForReading(Path file) {
        return Linux.INSTANCE.openForReading(file.toString());
    }

    /** Says this of its capabilities. */
    public void claim(String text) {
        capabilities = text;
    }

    /** Answers every write with EIO from now on. */
    public void refuseWrites() {
        answers.put(WRITE, message -> error(message, Errno.EIO));
    }

    /** Listens at a path; one client after the other. */
    public VfioUserServer(Path path) {
        listener = UnixSockets.listen(path);
        thread = Thread.ofPlatform().daemon().start(() -> {
            try {
                while (true) {
                    client = UnixSockets.accept(listener);
                    serve();
                }
            } catch (VfioException closed) {
                // By close().
            }
        });
    }

    /** Serves one client. */
    VfioUserServer(DescriptorSocket client) {
        listener = -1;
        this.client = client;
        thread = Thread.ofPlatform().daemon().start(this::serve);
    }

    private void serve() {
        try {
            while (true) {
                ByteBuffer header = receive(16);
                ByteBuffer payload = receive(header.getInt(4) - 16);
                received.add(HexFormat.of().formatHex(header.array())
                        + (payload.capacity() == 0 ? "" : " " + HexFormat.of().formatHex(payload.array())));
                Message message = new Message(
                        header.getShort(0), header.getShort(2), header.getInt(8), header.getInt(12), payload);
                answers.getOrDefault(message.command(), this::answer).to(message);
            }
        } catch (VfioException gone) {
            client.close();
        }
    }

    private ByteBuffer receive(int count) {
        MemorySegment bytes = Arena.ofAuto().allocate(Math.max(1, count));
        client.receiveAll(bytes.asSlice(0, count), new ArrayList<>(), DescriptorSocket.FOREVER);
        return ByteBuffer.wrap(bytes.asSlice(0, count).toArray(JAVA_BYTE)).order(ByteOrder.nativeOrder());
    }

    /** As a good server. */
    void answer(Message message) {
        ByteBuffer asked = message.payload();
        switch (message.command()) {
            case VERSION -> reply(message, version(0, 1, capabilities));
            case GET_INFO -> reply(message, words(16, deviceFlags, 9, 5));
            case GET_REGION_INFO -> {
                Bar bar = bars.getOrDefault(asked.getInt(8), new Bar(0, 0, 0, new int[0], new long[0][], new byte[0]));
                byte[] report = bar.report(asked.getInt(8)).array();
                if (asked.getInt(0) < report.length) {
                    ByteBuffer first = ByteBuffer.wrap(report, 0, 32).order(ByteOrder.nativeOrder());
                    first.putInt(4, first.getInt(4) & ~8).putInt(12, 0);
                    reply(message, Arrays.copyOf(report, 32));
                } else {
                    reply(message, report, bar.fds());
                }
            }
            case READ, WRITE -> access(message, asked);
            case RESET -> reply(message, new byte[0]);
            default -> error(message, 22);
        }
    }

    private void access(Message message, ByteBuffer asked) {
        int offset = (int) asked.getLong(0);
        int count = asked.getInt(12);
        Bar bar = bars.get(asked.getInt(8));
        accesses.add((message.command() == READ ? "read " : "write ") + count + "@0x" + Integer.toHexString(offset)
                + " of " + asked.getInt(8));
        if (bar == null || offset + count > bar.size()) {
            error(message, 22);
            return;
        }
        if (message.command() == READ) {
            byte[] reply = Arrays.copyOf(asked.array(), 16 + count);
            System.arraycopy(bar.bytes(), offset, reply, 16, count);
            reply(message, reply);
        } else {
            asked.get(16, bar.bytes(), offset, count);
            reply(message, Arrays.copyOf(asked.array(), 16));
        }
    }

    /** u16 major, u16 minor, the text, NUL. */
    static byte[] version(int major, int minor, String text) {
        byte[] json = text == null ? new byte[0] : (text + "\0").getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(4 + json.length)
                .order(ByteOrder.nativeOrder())
                .putShort((short) major)
                .putShort((short) minor)
                .put(json)
                .array();
    }

    static byte[] words(int... words) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * words.length).order(ByteOrder.nativeOrder());
        for (int word : words) {
            bytes.putInt(word);
        }
        return bytes.array();
    }

    void reply(Message to, byte[] payload, int... fds) {
        send(to.id(), to.command(), 1, 0, payload, fds);
    }

    void error(Message to, int errno) {
        send(to.id(), to.command(), 0x21, errno, new byte[0]);
    }

    /** u16 id, u16 command, u32 size, u32 flags, u32 error, payload. */
    void send(int id, int command, int flags, int error, byte[] payload, int... fds) {
        ByteBuffer message = ByteBuffer.allocate(16 + payload.length).order(ByteOrder.nativeOrder());
        message.putShort((short) id)
                .putShort((short) command)
                .putInt(16 + payload.length)
                .putInt(flags)
                .putInt(error)
                .put(payload);
        raw(message.array(), fds);
    }

    /** Bytes as they are. */
    void raw(byte[] bytes, int... fds) {
        MemorySegment segment =
                Arena.ofAuto().allocate(Math.max(1, bytes.length)).asSlice(0, bytes.length);
        MemorySegment.copy(bytes, 0, segment, JAVA_BYTE, 0, bytes.length);
        client.send(segment, fds);
    }

    /** The server hangs up. */
    void hangUp() {
        client.close();
    }

    /** Until as many messages came in, or ten seconds are over. */
    void awaitReceived(int count) throws InterruptedException {
        for (int i = 0; received.size() < count && i < 1000; i++) {
            Thread.sleep(10);
        }
    }

    @Override
    public void close() {
        if (listener >= 0) {
            Linux.callInt(Linux.function("shutdown"), listener, 2, 0, 0);
            Linux.INSTANCE.close(listener);
        }
        if (client != null) {
            client.close();
        }
        bars.values().forEach(bar -> Arrays.stream(bar.fds()).distinct().forEach(Linux.INSTANCE::close));
        try {
            thread.join(10_000);
        } catch (InterruptedException impatient) {
            Thread.currentThread().interrupt();
        }
    }
}
