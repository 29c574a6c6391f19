package org.hostmem.vfio;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.hostmem.vfio.linux.Linux;
import org.hostmem.vfio.socket.DescriptorSocket;
import org.hostmem.vfio.socket.UnixSockets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bytes and descriptors between two ends, on real sockets. */
class DescriptorSocketTest {

    private static final int SECOND = 1000;

    @TempDir
    private Path folder;

    private final Arena arena = Arena.ofConfined();
    private final List<DescriptorSocket> ends = DescriptorSocket.pair();
    private final DescriptorSocket one = ends.getFirst();
    private final DescriptorSocket other = ends.getLast();
    private final List<Integer> received = new ArrayList<>();

    @AfterEach
    void close() {
        ends.forEach(DescriptorSocket::close);
        received.forEach(Linux.INSTANCE::close);
        arena.close();
    }

    private MemorySegment text(String text) {
        MemorySegment bytes = arena.allocateFrom(text);
        return bytes.asSlice(0, bytes.byteSize() - 1);
    }

    private static String text(MemorySegment bytes, long length) {
        return new String(bytes.asSlice(0, length).toArray(JAVA_BYTE));
    }

    private static long openDescriptors() throws IOException {
        try (var all = Files.list(Path.of("/proc/self/fd"))) {
            return all.count();
        }
    }

    @Test
    void bytesArriveInOrderAndWithoutDescriptors() {
        one.send(text("abc"));
        one.send(text("def"));
        MemorySegment bytes = arena.allocate(6);
        other.receiveAll(bytes, received, SECOND);
        assertThat(text(bytes, 6)).isEqualTo("abcdef");
        assertThat(received).isEmpty();
    }

    @Test
    void aDescriptorArrivesAsTheSameFileAndIsCloseOnExec() throws IOException {
        int file = Linux.INSTANCE.memoryFile("sent", 4096);
        Linux.INSTANCE.pwrite(file, text("inside"), 6, 0);
        one.send(text("x"), file, file);
        Linux.INSTANCE.close(file);
        MemorySegment bytes = arena.allocate(16);
        assertThat(other.receive(bytes, received, SECOND)).isEqualTo(1);
        assertThat(received).hasSize(2).doesNotHaveDuplicates();
        assertThat(Linux.INSTANCE.pread(received.getLast(), bytes, 6, 0)).isEqualTo(6);
        assertThat(text(bytes, 6)).isEqualTo("inside");
        // The octal O_CLOEXEC.
        assertThat(Files.readString(Path.of("/proc/self/fdinfo/" + received.getFirst())))
                .containsPattern("flags:\\s+02[0-7]+");
    }

    @Test
    void manyBytesCarryTheirDescriptorsOnce() throws Exception {
        int file = Linux.INSTANCE.memoryFile("sent", 1);
        MemorySegment many = Arena.ofShared().allocate(4 << 20);
        many.set(JAVA_BYTE, many.byteSize() - 1, (byte) 7);
        Thread sender = Thread.ofPlatform().start(() -> one.send(many, file));
        MemorySegment bytes = arena.allocate(many.byteSize());
        other.receiveAll(bytes, received, 10 * SECOND);
        sender.join();
        Linux.INSTANCE.close(file);
        assertThat(received).hasSize(1);
        assertThat(bytes.get(JAVA_BYTE, bytes.byteSize() - 1)).isEqualTo((byte) 7);
    }

    @Test
    void descriptorsNobodyAskedForAreClosed() throws IOException {
        long before = openDescriptors();
        int file = Linux.INSTANCE.memoryFile("sent", 1);
        one.send(text("x"), file);
        Linux.INSTANCE.close(file);
        assertThat(other.receive(arena.allocate(1), SECOND)).isEqualTo(1);
        assertThat(openDescriptors()).isEqualTo(before);
    }

    @Test
    void asManyDescriptorsAsTheKernelCarriesArrive() {
        int file = Linux.INSTANCE.memoryFile("sent", 1);
        int[] most = new int[DescriptorSocket.MAX_DESCRIPTORS];
        java.util.Arrays.fill(most, file);
        one.send(text("x"), most);
        other.receive(arena.allocate(1), received, SECOND);
        assertThat(received).hasSize(most.length);
        assertThatThrownBy(() -> one.send(text("x"), new int[most.length + 1]))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> one.send(text(""), file)).isInstanceOf(IllegalArgumentException.class);
        Linux.INSTANCE.close(file);
    }

    @Test
    void silenceEndsWithATimeout() {
        assertThatThrownBy(() -> other.receive(arena.allocate(1), received, 20))
                .isInstanceOf(VfioException.class)
                .hasMessageContaining("20 ms");
    }

    @Test
    void anEndThatIsGoneIsNoticed() {
        one.close();
        assertThat(other.receive(arena.allocate(1), received, SECOND)).isZero();
        assertThatThrownBy(() -> other.receiveAll(arena.allocate(4), received, SECOND))
                .isInstanceOf(VfioException.class)
                .hasMessageContaining("0 of 4 bytes");
        assertThatThrownBy(() -> other.send(text("x")))
                .isInstanceOf(VfioException.class)
                .hasMessageContaining("EPIPE");
        assertThatThrownBy(() -> one.send(text("x")))
                .isInstanceOf(VfioException.class)
                .hasMessageNotContaining("EPIPE");
    }

    @Test
    void closingEndsACallThatWaits() {
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
            Thread closer = Thread.ofPlatform().start(() -> {
                try {
                    Thread.sleep(50);
                } catch (InterruptedException never) {
                    throw new AssertionError(never);
                }
                other.close();
            });
            try (Arena mine = Arena.ofConfined()) {
                assertThat(other.receive(mine.allocate(1), received, DescriptorSocket.FOREVER))
                        .isZero();
            }
            closer.join();
        });
    }

    @Test
    void aPathLeadsToWhoeverListensThere() {
        Path path = folder.resolve("socket");
        int listener = UnixSockets.listen(path);
        try (DescriptorSocket client = DescriptorSocket.connect(path);
                DescriptorSocket server = UnixSockets.accept(listener)) {
            client.send(text("hello"));
            MemorySegment bytes = arena.allocate(5);
            server.receiveAll(bytes, received, SECOND);
            assertThat(text(bytes, 5)).isEqualTo("hello");
        } finally {
            Linux.INSTANCE.close(listener);
        }
        assertThatThrownBy(() -> DescriptorSocket.connect(path))
                .isInstanceOf(VfioException.class)
                .hasMessageContaining(path.toString());
    }

    @Test
    void aPathThatLeadsNowhereIsRefusedWithWhatToDo() throws IOException {
        long before = openDescriptors();
        assertThatThrownBy(() -> DescriptorSocket.connect(folder.resolve("none")))
                .isInstanceOf(VfioException.class)
                .hasMessageContaining(folder.resolve("none").toString());
        assertThatThrownBy(() -> DescriptorSocket.connect(folder.resolve("x".repeat(200))))
                .isInstanceOf(VfioException.class)
                .hasMessageContaining("1 to 107 bytes");
        assertThatThrownBy(() -> DescriptorSocket.connect(Path.of("")))
                .isInstanceOf(VfioException.class)
                .hasMessageContaining("1 to 107 bytes");
        assertThat(openDescriptors()).isEqualTo(before);
    }
}
