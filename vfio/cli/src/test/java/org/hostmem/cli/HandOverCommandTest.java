package org.hostmem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.HandOver;
import org.hostmem.vfio.Vfio;
import org.hostmem.vfio.VfioException;
import org.hostmem.vfio.VfioOptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the process of {@code hand-over} leaves behind when a signal ends it. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HandOverCommandTest {

    @TempDir
    Path folder;

    private Path socket;
    private Path file;

    @BeforeEach
    void paths() throws IOException {
        socket = folder.resolve("s");
        file = Files.write(folder.resolve("f"), new byte[64]);
    }

    private static Process hostmem(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin/java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                classPath(),
                Main.class.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    /** Of tests that are run on the module path, too. */
    private static String classPath() {
        String modules = System.getProperty("jdk.module.path", "");
        return System.getProperty("java.class.path") + (modules.isEmpty() ? "" : ":" + modules);
    }

    @Test
    void aSignalThatEndsTheProcessRemovesTheSocket() throws Exception {
        Process process = hostmem("hand-over", file.toString(), socket.toString());
        while (!Files.exists(socket) && process.isAlive()) {
            Thread.sleep(10);
        }
        assertThat(process.isAlive()).as("serving").isTrue();
        process.destroy();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(folder)
                .isDirectoryNotContaining(
                        found -> found.getFileName().toString().startsWith("s"));
    }

    @Test
    void whatAKilledProcessLeftBehindIsTakenOver() throws Exception {
        Process process = hostmem("hand-over", file.toString(), socket.toString());
        while (!Files.exists(socket) && process.isAlive()) {
            Thread.sleep(10);
        }
        process.destroyForcibly().waitFor();
        assertThat(socket).exists();
        CompletableFuture<Void> server = CompletableFuture.runAsync(() -> {
            try (Device device = Vfio.file(file, VfioOptions.none())) {
                HandOver.serve(device, socket, null);
            }
        });
        receive();
        server.get(30, TimeUnit.SECONDS);
        assertThat(socket).doesNotExist();
    }

    /** Until somebody listens there again. */
    private void receive() throws InterruptedException {
        while (true) {
            try {
                Vfio.receive(socket, VfioOptions.none()).close();
                return;
            } catch (VfioException nobodyListensYet) {
                Thread.sleep(5);
            }
        }
    }
}
