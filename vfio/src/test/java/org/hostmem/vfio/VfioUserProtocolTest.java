package org.hostmem.vfio;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.hostmem.vfio.VfioUserException.Failure;
import org.hostmem.vfio.VfioUserServer.Bar;
import org.hostmem.vfio.VfioUserServer.Message;
import org.hostmem.vfio.linux.Errno;
import org.hostmem.vfio.linux.Linux;
import org.hostmem.vfio.socket.DescriptorSocket;
import org.hostmem.vfio.user.VfioUserCapabilities;
import org.hostmem.vfio.user.VfioUserConnection;
import org.hostmem.vfio.user.VfioUserFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is sent, to the byte, and what becomes of every kind of nonsense in return. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class VfioUserProtocolTest {

    private final List<DescriptorSocket> ends = DescriptorSocket.pair();
    private final VfioUserServer server = new VfioUserServer(ends.getLast());
    private final Arena arena = Arena.ofShared();
    private final RegionInfo registers = new RegionInfo(2, 3, 4096, 0, List.of());

    VfioUserProtocolTest() {
        server.bars.put(2, new Bar(4096, 3, 0, new int[0], new long[0][], new byte[4096]));
    }

    @AfterEach
    void stop() {
        server.close();
        ends.forEach(DescriptorSocket::close);
        arena.close();
    }

    private VfioUserFile connect(long timeoutMillis) {
        return new VfioUserFile(
                Linux.INSTANCE,
                new VfioUserConnection(ends.getFirst(), timeoutMillis * 1_000_000, Linux.INSTANCE),
                "unix:test");
    }

    private VfioUserFile connect() {
        return connect(20_000);
    }

    private static boolean isLittleEndian() {
        return ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    }

    /** Written from the protocol's text, field by field: id, command, size, flags, error; then the payload. */
    @Test
    @EnabledIf("isLittleEndian")
    void everyMessageHasTheBytesOfTheProtocol() {
        long area = 1 << 16;
        server.bars.put(
                0,
                new Bar(
                        area,
                        7,
                        0,
                        new int[] {Linux.INSTANCE.memoryFile("bar", area)},
                        new long[][] {{0, area}},
                        new byte[0]));
        try (VfioUserFile file = connect()) {
            file.regionInfo(0);
            MemorySegment data = arena.allocate(8, 8);
            data.set(JAVA_LONG, 0, 0x8877665544332211L);
            assertThat(file.write(registers, 0x123, data, 1)).isEqualTo(1);
            assertThat(file.write(registers, 0x128, data, 8)).isEqualTo(8);
            assertThat(file.read(registers, 0x124, data, 4)).isEqualTo(4);
            assertThat(file.reset()).isZero();
        }
        String json = "{\"capabilities\":{\"max_msg_fds\":16,\"max_data_xfer_size\":1048576}}\0";
        String version = HexFormat.of().formatHex(json.getBytes(StandardCharsets.US_ASCII));
        assertThat(server.received)
                .containsExactly(
                        "0100" + "0100" + "%02x000000".formatted(20 + json.length()) + "00000000" + "00000000" + " "
                                + "0000" + "0100" + version,
                        "0200" + "0400" + "20000000" + "00000000" + "00000000" + " " + "10000000" + "00000000"
                                + "00000000" + "00000000",
                        "0300" + "0500" + "30000000" + "00000000" + "00000000" + " " + "20000000" + "00000000"
                                + "00000000" + "00000000" + "0000000000000000" + "0000000000000000",
                        "0400" + "0500" + "30000000" + "00000000" + "00000000" + " " + "40000000" + "00000000"
                                + "00000000" + "00000000" + "0000000000000000" + "0000000000000000",
                        "0500" + "0a00" + "21000000" + "00000000" + "00000000" + " " + "2301000000000000" + "02000000"
                                + "01000000" + "11",
                        "0600" + "0a00" + "28000000" + "00000000" + "00000000" + " " + "2801000000000000" + "02000000"
                                + "08000000" + "1122334455667788",
                        "0700" + "0900" + "20000000" + "00000000" + "00000000" + " " + "2401000000000000" + "02000000"
                                + "04000000",
                        "0800" + "0d00" + "10000000" + "00000000" + "00000000");
    }

    @Test
    void noMessageIsLongerThanTheServerTakes() {
        server.capabilities = "{\"capabilities\":{\"max_data_xfer_size\":16}}";
        try (VfioUserFile file = connect()) {
            MemorySegment data = arena.allocate(64);
            assertThat(file.read(registers, 0, data, 64)).isEqualTo(16);
            assertThat(file.write(registers, 0, data, 64)).isEqualTo(16);
        }
        assertThat(server.accesses).containsExactly("read 16@0x0 of 2", "write 16@0x0 of 2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"capabilities\":{}}",
                " {\"capabilities\" : {\"migration\":{\"pgsize\":4096},\"max_msg_fds\":0,\"new\":[[[{}]]]},"
                        + " \"x\":null} ",
                "{\"capabilities\":{\"max_data_xfer_size\":9223372036854775807}}",
                "{\"capabilities\":{\"twin_socket\":{\"supported\":false}}}"
            })
    void capabilitiesThatAreUnknownAreLeftAlone(String text) {
        assertThat(VfioUserCapabilities.parse((text + "\0").getBytes(StandardCharsets.UTF_8))
                        .maxTransfer())
                .isGreaterThanOrEqualTo(1 << 20);
    }

    @Test
    void capabilitiesHaveDefaults() {
        assertThat(VfioUserCapabilities.parse(new byte[0])).isEqualTo(new VfioUserCapabilities(1, 1048576));
        server.answers.put(
                VfioUserServer.VERSION, command -> server.reply(command, VfioUserServer.version(0, 0, null)));
        assertThatCode(() -> connect().close()).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "1",
                "{",
                "{}{}",
                "{\"capabilities\":7}",
                "{\"capabilities\":{\"max_msg_fds\":\"8\"}}",
                "{\"capabilities\":{\"max_msg_fds\":-1}}",
                "{\"capabilities\":{\"max_data_xfer_size\":0}}",
                "{\"capabilities\":{\"max_data_xfer_size\":1.5}}",
                "{\"capabilities\":{\"max_data_xfer_size\":1e400}}",
                "{\"capabilities\":{\"max_data_xfer_size\":99999999999999999999}}",
                "{'capabilities':{}}",
                "{\"capabilities\":{}} x",
                "{}\0{}",
                "{\"capabilities\":{\"max_msg_fds\":true}}"
            })
    void capabilitiesThatAreNoneAreRefused(String text) {
        assertThatThrownBy(() -> VfioUserCapabilities.parse((text + "\0").getBytes(StandardCharsets.UTF_8)))
                .isInstanceOfSatisfying(
                        VfioUserException.class, e -> assertThat(e.failure()).isEqualTo(Failure.CAPABILITIES));
    }

    @Test
    void capabilitiesEndWithANulAndAreUtf8() {
        for (byte[] bad : new byte[][] {
            "{}".getBytes(StandardCharsets.UTF_8),
            {(byte) 0xff, 0},
            ("[".repeat(60_000) + "\0").getBytes(StandardCharsets.UTF_8)
        }) {
            assertThatThrownBy(() -> VfioUserCapabilities.parse(bad)).isInstanceOf(VfioUserException.class);
        }
        byte[] deep = ("{\"capabilities\":{\"x\":" + "[".repeat(60_000) + "\0").getBytes(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> VfioUserCapabilities.parse(deep))
                .as("no stack overflow")
                .isInstanceOf(VfioUserException.class);
    }

    private static Arguments wrong(String name, Failure failure, BiConsumer<VfioUserServer, Message> answer) {
        return arguments(name, failure, answer);
    }

    /** To a read of 4 bytes at 8 of region 2. */
    static Stream<Arguments> wrongAnswers() {
        byte[] right = VfioUserServer.words(8, 0, 2, 4, 0);
        return Stream.of(
                wrong(
                        "another identification",
                        Failure.UNKNOWN_REPLY,
                        (server, m) -> server.send(m.id() + 1, 9, 1, 0, right)),
                wrong("another command", Failure.WRONG_COMMAND, (server, m) -> server.send(m.id(), 10, 1, 0, right)),
                wrong(
                        "neither command nor reply",
                        Failure.MESSAGE_TYPE,
                        (server, m) -> server.send(m.id(), 9, 2, 0, right)),
                wrong(
                        "smaller than a header",
                        Failure.MESSAGE_TOO_SHORT,
                        (server, m) -> server.raw(VfioUserServer.words(m.id() | 9 << 16, 15, 1, 0))),
                wrong(
                        "no size at all",
                        Failure.MESSAGE_TOO_SHORT,
                        (server, m) -> server.raw(VfioUserServer.words(m.id() | 9 << 16, 0, 1, 0))),
                wrong(
                        "two gigabytes",
                        Failure.MESSAGE_TOO_LONG,
                        (server, m) -> server.raw(VfioUserServer.words(m.id() | 9 << 16, 0x7fffffff, 1, 0))),
                wrong(
                        "four gigabytes",
                        Failure.MESSAGE_TOO_LONG,
                        (server, m) -> server.raw(VfioUserServer.words(m.id() | 9 << 16, -1, 1, 0))),
                wrong(
                        "a command of two megabytes",
                        Failure.MESSAGE_TOO_LONG,
                        (server, m) -> server.raw(VfioUserServer.words(m.id() | 12 << 16, 2 << 20, 0, 0))),
                wrong("no payload", Failure.REPLY_TRUNCATED, (server, m) -> server.send(m.id(), 9, 1, 0, new byte[0])),
                wrong(
                        "half of the data",
                        Failure.REPLY_TRUNCATED,
                        (server, m) -> server.send(m.id(), 9, 1, 0, Arrays.copyOf(right, 18))),
                wrong(
                        "another offset",
                        Failure.REPLY_MISMATCH,
                        (server, m) -> server.send(m.id(), 9, 1, 0, VfioUserServer.words(4, 0, 2, 4, 0))),
                wrong(
                        "another region",
                        Failure.REPLY_MISMATCH,
                        (server, m) -> server.send(m.id(), 9, 1, 0, VfioUserServer.words(8, 0, 3, 4, 0))),
                wrong(
                        "more than was asked for",
                        Failure.REPLY_MISMATCH,
                        (server, m) -> server.send(m.id(), 9, 1, 0, VfioUserServer.words(8, 0, 2, 8, 0, 0))),
                wrong(
                        "a negative count",
                        Failure.REPLY_MISMATCH,
                        (server, m) -> server.send(m.id(), 9, 1, 0, VfioUserServer.words(8, 0, 2, -1, 0))),
                wrong("the end of the connection", Failure.CLOSED, (server, m) -> server.hangUp()),
                wrong("the end of the connection within a header", Failure.CLOSED, (server, m) -> {
                    server.raw(new byte[7]);
                    server.hangUp();
                }),
                wrong("the end of the connection within a payload", Failure.CLOSED, (server, m) -> {
                    server.raw(VfioUserServer.words(m.id() | 9 << 16, 36, 1, 0, 8));
                    server.hangUp();
                }),
                wrong("commands without end", Failure.FLOOD, (server, m) -> {
                    for (int i = 0; i <= 4096; i++) {
                        server.send(i, 11, 0x10, 0, new byte[16]);
                    }
                }));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("wrongAnswers")
    void aWrongAnswerEndsTheConnection(String name, Failure failure, BiConsumer<VfioUserServer, Message> answer) {
        try (VfioUserFile file = connect()) {
            server.answers.put(VfioUserServer.READ, command -> answer.accept(server, command));
            MemorySegment data = arena.allocate(8);
            long result = file.read(registers, 8, data, 4);
            assertThat(result).isEqualTo(-Errno.ECONNRESET);
            assertThat(file.explain(result)).startsWith(failure + ": ");
            server.answers.clear();
            assertThat(file.read(registers, 8, data, 4))
                    .as("no later byte is trusted")
                    .isEqualTo(-Errno.ECONNRESET);
            assertThat(file.reset()).isEqualTo(-Errno.ECONNRESET);
        }
    }

    @Test
    void aServerThatDoesNotAnswerIsWaitedForSoLongOnly() {
        try (VfioUserFile file = connect(300)) {
            server.answers.put(VfioUserServer.READ, command -> {});
            long start = System.nanoTime();
            long result = file.read(registers, 8, arena.allocate(4), 4);
            assertThat(file.explain(result)).startsWith("TIMEOUT: ").contains("300 ms");
            assertThat(System.nanoTime() - start).isBetween(250_000_000L, 20_000_000_000L);
        }
    }

    @Test
    void aServerThatAnswersByTheByteGetsNoMoreTime() {
        try (VfioUserFile file = connect(300)) {
            server.answers.put(VfioUserServer.READ, command -> {
                for (int i = 0; i < 1000; i++) {
                    server.raw(new byte[1]);
                    LockSupport.parkNanos(100_000_000);
                }
            });
            long result = file.read(registers, 8, arena.allocate(4), 4);
            assertThat(file.explain(result)).startsWith("TIMEOUT");
        }
    }

    @Test
    void commandsOfTheServerBeforeTheReplyAreRefused() throws InterruptedException {
        try (VfioUserFile file = connect()) {
            server.received.clear();
            server.answers.put(VfioUserServer.READ, command -> {
                server.send(7, 11, 0, 0, VfioUserServer.words(0x1000, 0, 64, 0));
                server.send(8, 12, 0, 0, new byte[16 + (1 << 20)]);
                server.send(9, 11, 0x10, 0, VfioUserServer.words(0x1000, 0, 64, 0));
                server.send(10, 99, 0, 0, new byte[0]);
                server.answer(command);
            });
            assertThat(file.read(registers, 8, arena.allocate(4), 4)).isEqualTo(4);
            server.awaitReceived(4);
        }
        if (isLittleEndian()) {
            assertThat(server.received)
                    .as("EFAULT, EFAULT, none to the third, ENOSYS")
                    .containsSubsequence(
                            "0700" + "0b00" + "10000000" + "21000000" + "0e000000",
                            "0800" + "0c00" + "10000000" + "21000000" + "0e000000",
                            "0a00" + "6300" + "10000000" + "21000000" + "26000000")
                    .hasSize(4);
        }
    }

    @Test
    void aReplyThatNobodyAskedForEndsTheConnection() {
        VfioUserConnection connection = new VfioUserConnection(ends.getFirst(), 1_000_000_000, Linux.INSTANCE);
        connection.serveIdle();
        assertThat(connection.isOver()).isFalse();
        server.send(1, 9, 1, 0, new byte[0]);
        for (int i = 0; !connection.isOver() && i < 1000; i++) {
            connection.serveIdle();
            LockSupport.parkNanos(1_000_000);
        }
        assertThat(connection.failure().failure()).isEqualTo(Failure.UNKNOWN_REPLY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.0", "0.2", "65535.0", "1.1"})
    void anotherVersionIsRefused(String version) {
        int dot = version.indexOf('.');
        byte[] payload = VfioUserServer.version(
                Integer.parseInt(version.substring(0, dot)), Integer.parseInt(version.substring(dot + 1)), "{}");
        server.answers.put(VfioUserServer.VERSION, command -> server.reply(command, payload));
        assertThatThrownBy(this::connect)
                .isInstanceOfSatisfying(
                        VfioUserException.class, e -> assertThat(e.failure()).isEqualTo(Failure.VERSION))
                .hasMessageContaining(version);
    }

    @Test
    void aServerThatRefusesTheVersionIsQuoted() {
        server.answers.put(VfioUserServer.VERSION, command -> server.error(command, 22));
        assertThatThrownBy(this::connect)
                .isInstanceOf(VfioException.class)
                .hasMessageContaining("VFIO_USER_VERSION")
                .hasMessageContaining("unix:test")
                .hasMessageContaining("EINVAL");
    }

    @Test
    void aReportThatGrowsIsAskedForAgainButNotForEver() {
        try (VfioUserFile file = connect()) {
            server.answers.put(VfioUserServer.GET_REGION_INFO, command -> {
                byte[] report = new byte[32];
                System.arraycopy(VfioUserServer.words(command.payload().getInt(0) + 16), 0, report, 0, 4);
                server.reply(command, report);
            });
            assertThatThrownBy(() -> file.regionInfo(0))
                    .isInstanceOf(VfioException.class)
                    .hasMessageContaining("8 requests");
        }
    }

    @Test
    void aReportThatIsTooLargeIsRefused() {
        try (VfioUserFile file = connect()) {
            server.answers.put(
                    VfioUserServer.GET_REGION_INFO,
                    command -> server.reply(command, Arrays.copyOf(VfioUserServer.words(-1), 32)));
            assertThatThrownBy(() -> file.regionInfo(0))
                    .isInstanceOf(RegionInfoException.class)
                    .hasMessageContaining("4294967295");
        }
    }

    @Test
    void descriptorsThatNobodyWantsAreClosed() throws IOException {
        int file = Linux.INSTANCE.memoryFile("sent", 4096);
        try (VfioUserFile device = connect()) {
            server.answers.put(
                    VfioUserServer.READ,
                    command -> server.reply(command, VfioUserServer.words(8, 0, 2, 4, 0), file, file, file));
            long before = openDescriptors();
            assertThat(device.read(registers, 8, arena.allocate(4), 4)).isEqualTo(4);
            assertThat(openDescriptors()).isEqualTo(before);
            int[] many = new int[17];
            Arrays.fill(many, file);
            server.answers.put(
                    VfioUserServer.READ, command -> server.reply(command, VfioUserServer.words(8, 0, 2, 4, 0), many));
            assertThat(device.explain(device.read(registers, 8, arena.allocate(4), 4)))
                    .startsWith("DESCRIPTORS: more than 16");
            assertThat(openDescriptors()).as("but for the connection's own").isLessThan(before + 1);
        } finally {
            Linux.INSTANCE.close(file);
        }
    }

    private static long openDescriptors() throws IOException {
        try (var all = Files.list(Path.of("/proc/self/fd"))) {
            return all.count();
        }
    }
}
