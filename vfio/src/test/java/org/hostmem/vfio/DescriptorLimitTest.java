package org.hostmem.vfio;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.hostmem.vfio.linux.Errno;
import org.hostmem.vfio.linux.Linux;
import org.hostmem.vfio.linux.Opening;
import org.hostmem.vfio.socket.DescriptorSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that may open no more files: what is refused says so, and gives back what it has taken. The limit is this
 * JVM's own, lowered for as long as a test.
 */
class DescriptorLimitTest {

    private static final int RLIMIT_NOFILE = 7;
    private static final MemorySegment GETRLIMIT = Linux.function("getrlimit");
    private static final MemorySegment SETRLIMIT = Linux.function("setrlimit");

    @TempDir
    Path root;

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment limit = arena.allocate(JAVA_LONG, 2);
    private final Deque<Integer> filling = new ArrayDeque<>();
    private Path file;
    private long before;

    /** Everything is done once without the limit, so that every class is there. */
    @BeforeEach
    void learnTheLimit() throws IOException {
        file = Files.write(root.resolve("file"), new byte[4096]);
        Linux.callInt(GETRLIMIT, RLIMIT_NOFILE, limit.address(), 0, 0);
        before = limit.get(JAVA_LONG, 0);
        Vfio.file(file, VfioOptions.none()).close();
        EmbeddedDevice.open().close();
        assertThatThrownBy(() -> DescriptorSocket.connect(root.resolve("none")))
                .isInstanceOf(VfioException.class)
                .hasMessageContaining(root.resolve("none").toString());
    }

    private void setLimit(long soft) {
        limit.set(JAVA_LONG, 0, soft);
        Opening.checked(Linux.callInt(SETRLIMIT, RLIMIT_NOFILE, limit.address(), 0, 0), "setrlimit");
    }

    private void leaveFree(int count) {
        int highest = Linux.INSTANCE.memoryFile("highest", 1);
        setLimit(highest + 16L);
        Linux.INSTANCE.close(highest);
        for (int fd = 0; fd != -Errno.EMFILE; ) {
            fd = Linux.INSTANCE.memoryFile("filling", 1);
            if (fd >= 0) {
                filling.push(fd);
            }
        }
        for (int i = 0; i < count; i++) {
            Linux.INSTANCE.close(filling.pop());
        }
    }

    private int free() {
        List<Integer> probes = new ArrayList<>();
        for (int fd = Linux.INSTANCE.memoryFile("probe", 1); fd >= 0; fd = Linux.INSTANCE.memoryFile("probe", 1)) {
            probes.add(fd);
        }
        probes.forEach(Linux.INSTANCE::close);
        return probes.size();
    }

    @AfterEach
    void restore() {
        setLimit(before);
        filling.forEach(Linux.INSTANCE::close);
        arena.close();
    }

    private static Throwable thrownBy(ThrowingCallable call) {
        try {
            call.call();
            return null;
        } catch (Throwable thrown) {
            return thrown;
        }
    }

    @Test
    void ofDescriptorsThatDoNotAllFitNoneIsKept() {
        List<DescriptorSocket> pair = DescriptorSocket.pair();
        int memory = Linux.INSTANCE.memoryFile("sent", 1);
        pair.getFirst().send(arena.allocate(1), memory, memory, memory);
        List<Integer> received = new ArrayList<>();
        leaveFree(2);
        Throwable refused = thrownBy(() -> pair.getLast().receive(arena.allocate(1), received, 1000));
        int free = free();
        restoreNow();
        assertThat(refused)
                .isInstanceOf(VfioException.class)
                .hasMessageContaining("EMFILE")
                .hasMessageContaining("ulimit -n");
        assertThat(received).isEmpty();
        assertThat(free).isEqualTo(2);
        pair.forEach(DescriptorSocket::close);
        Linux.INSTANCE.close(memory);
    }

    @Test
    void aFileThatCannotBeOpenedSaysWhatToRaise() {
        leaveFree(0);
        Throwable refused = thrownBy(() -> Vfio.file(file, VfioOptions.none()));
        restoreNow();
        assertThat(refused)
                .isInstanceOf(VfioException.class)
                .hasMessageContaining("EMFILE")
                .hasMessageContaining("ulimit -n");
    }

    @Test
    void aConnectionThatCannotBeMadeSaysWhatToRaise() {
        leaveFree(0);
        Throwable refused = thrownBy(() -> DescriptorSocket.connect(root.resolve("none")));
        restoreNow();
        assertThat(refused)
                .isInstanceOf(VfioException.class)
                .hasMessageContaining("EMFILE")
                .hasMessageContaining("ulimit -n");
    }

    @Test
    void aDeviceThatNeedsMoreThanThereAreGivesAllBack() {
        leaveFree(3);
        Throwable refused = thrownBy(EmbeddedDevice::open);
        int free = free();
        restoreNow();
        assertThat(refused).isInstanceOf(VfioException.class).hasMessageContaining("EMFILE");
        assertThat(free).isEqualTo(3);
    }

    @Test
    void aDescriptorThatCannotBeDuplicatedStaysOpen() {
        int memory = Linux.INSTANCE.memoryFile("lent", 4096);
        leaveFree(0);
        Throwable refused = thrownBy(() -> Vfio.adopt(memory, VfioOptions.none()));
        restoreNow();
        assertThat(refused)
                .isInstanceOf(VfioException.class)
                .hasMessageContaining("EMFILE")
                .hasMessageContaining("ulimit -n");
        assertThat(Linux.INSTANCE.close(memory)).isZero();
    }

    /** Before anything is asserted: a failure loads classes. */
    private void restoreNow() {
        setLimit(before);
    }
}
