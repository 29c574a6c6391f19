package org.hostmem.vfio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.hostmem.vfio.linux.Linux;
import org.hostmem.vfio.socket.UnixSockets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The socket of a hand-over: there while somebody can connect, and what was left behind is no obstacle. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HandOverSocketTest {

    @TempDir
    Path folder;

    private Path socket;
    private Path file;

    @BeforeEach
    void paths() throws IOException {
        socket = folder.resolve("s");
        file = Files.write(folder.resolve("f"), new byte[64]);
    }

    private CompletableFuture<Void> serve() {
        return CompletableFuture.runAsync(
                () -> {
                    try (Device device = Vfio.file(file, VfioOptions.none())) {
                        HandOver.serve(device, socket, null);
                    }
                },
                task -> Thread.ofPlatform().daemon().start(task));
    }

    private void receive(CompletableFuture<Void> server) throws Exception {
        while (!server.isDone() && (!Files.exists(socket) || !UnixSockets.isTaken(socket))) {
            Thread.sleep(5);
        }
        Vfio.receive(socket, VfioOptions.none()).close();
        server.get(30, TimeUnit.SECONDS);
    }

    @Test
    void whatWasLeftBehindHalfMadeIsNoObstacle() throws Exception {
        Linux.INSTANCE.close(UnixSockets.bind(Path.of(socket + "~")));
        receive(serve());
        assertThat(folder)
                .isDirectoryNotContaining(
                        found -> found.getFileName().toString().startsWith("s"));
    }

    @Test
    void aSocketThatSomebodyListensOnIsRefusedAndGoesOn() throws Exception {
        CompletableFuture<Void> first = serve();
        while (!Files.exists(socket)) {
            Thread.sleep(5);
        }
        for (int i = 0; i < 3; i++) {
            try (Device device = Vfio.file(file, VfioOptions.none())) {
                assertThatThrownBy(() -> HandOver.serve(device, socket, null))
                        .isInstanceOf(VfioException.class)
                        .hasMessageContaining(socket.toString());
            }
        }
        assertThat(first).as("the first one did not notice").isNotDone();
        receive(first);
    }

    @Test
    void whatIsNoSocketIsNeverRemoved() throws Exception {
        Path kept = Files.writeString(folder.resolve("kept"), "kept");
        Files.createSymbolicLink(socket, kept);
        try (Device device = Vfio.file(file, VfioOptions.none())) {
            assertThatThrownBy(() -> HandOver.serve(device, socket, null))
                    .isInstanceOf(VfioException.class)
                    .hasMessageContaining("is not a socket");
            Files.delete(socket);
            Linux.INSTANCE.close(UnixSockets.bind(folder.resolve("left")));
            Files.createSymbolicLink(socket, folder.resolve("left"));
            assertThatThrownBy(() -> HandOver.serve(device, socket, null))
                    .isInstanceOf(VfioException.class)
                    .hasMessageContaining("is not a socket");
        }
        assertThat(kept).hasContent("kept");
        assertThat(folder.resolve("left")).exists();
    }

    /** Each time one of them takes it over, and the others see that one. */
    @Test
    void ofManyThatFindTheRemainsOneTakesThemOver() throws Exception {
        for (int round = 0; round < 30; round++) {
            Linux.INSTANCE.close(UnixSockets.bind(socket));
            List<CompletableFuture<Void>> servers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                servers.add(serve());
            }
            while (servers.stream().filter(CompletableFuture::isDone).count() < 3) {
                Thread.sleep(1);
            }
            assertThat(servers.stream().filter(CompletableFuture::isCompletedExceptionally))
                    .hasSize(3);
            receive(servers.stream()
                    .filter(server -> !server.isDone())
                    .findFirst()
                    .orElseThrow());
        }
    }
}
