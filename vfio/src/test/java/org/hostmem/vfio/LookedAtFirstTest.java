package org.hostmem.vfio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.hostmem.AccessOptions;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.vfio.device.VfioDevice;
import org.hostmem.vfio.file.HostFile;
import org.hostmem.vfio.linux.Linux;
import org.hostmem.vfio.linux.Syscalls;
import org.hostmem.vfio.socket.UnixSockets;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** What a path names is looked at before it is opened: opening alone can do something. */
class LookedAtFirstTest {

    @TempDir
    Path folder;

    private final List<String> opened = new ArrayList<>();

    /** The real system calls; writes down what opens something. */
    private Syscalls watched(Runnable afterTheLook) {
        return (Syscalls) Proxy.newProxyInstance(
                Syscalls.class.getClassLoader(), new Class<?>[] {Syscalls.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("open") || method.getName().equals("openForReading")) {
                        opened.add(arguments[0].toString());
                    }
                    try {
                        Object result = method.invoke(Linux.INSTANCE, arguments);
                        if (method.getName().equals("openAsPath")) {
                            afterTheLook.run();
                        }
                        return result;
                    } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                    }
                });
    }

    private DynamicTest refused(String what, Path path) {
        return dynamicTest(what, () -> {
            opened.clear();
            assertThatThrownBy(() -> HostFile.open(watched(() -> {}), path))
                    .isInstanceOf(VfioException.class)
                    .hasMessageContaining("is " + what);
            assertThat(opened).as("opened to see that it is %s", what).isEmpty();
        });
    }

    @TestFactory
    Stream<DynamicTest> whatIsNoFileWithContentsIsNotOpened() throws Exception {
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        Path socket = folder.resolve("socket");
        Linux.INSTANCE.close(UnixSockets.bind(socket));
        Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("/dev/null"));
        List<DynamicTest> all = new ArrayList<>(List.of(
                refused("a pipe", pipe),
                refused("a socket", socket),
                refused("a folder", folder),
                refused("a character device", Path.of("/dev/null")),
                refused("a character device", Path.of("/dev/tty")),
                refused("a character device", Path.of("/dev/ptmx")),
                refused("a character device", link),
                refused("a file that the kernel makes up", Path.of("/proc/self/stat"))));
        Path disk = folder.resolve("disk");
        if (new ProcessBuilder("mknod", disk.toString(), "b", "7", "250")
                        .redirectErrorStream(true)
                        .start()
                        .waitFor()
                == 0) {
            all.add(refused("a block device", disk));
        }
        return all.stream();
    }

    @Test
    void whoWaitsToWriteToAPipeIsNotWoken() throws Exception {
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        Thread writer = Thread.ofPlatform().daemon().start(() -> {
            int end = Linux.INSTANCE.open("/dev/null");
            try {
                Files.newOutputStream(pipe).close();
            } catch (IOException broken) {
                // Its reader is gone again.
            } finally {
                Linux.INSTANCE.close(end);
            }
        });
        writer.join(200);
        for (int i = 0; i < 20; i++) {
            assertThatThrownBy(() -> Vfio.file(pipe, VfioOptions.none()))
                    .isInstanceOf(VfioException.class)
                    .hasMessageContaining("pipe");
        }
        writer.join(200);
        assertThat(writer.isAlive()).as("still waiting for a reader").isTrue();
        Files.newInputStream(pipe).close();
        writer.join();
    }

    @Test
    void whatWasLookedAtIsWhatIsOpened() throws IOException {
        Path path = Files.write(folder.resolve("f"), new byte[] {1, 2, 3, 4});
        Path other = Files.write(folder.resolve("other"), new byte[] {9, 9, 9, 9});
        Syscalls swapped = watched(() -> path.toFile().delete());
        try (Device device = new VfioDevice(
                        "f",
                        HostFile.DRIVER,
                        HostFile.open(swapped, Files.createLink(folder.resolve("g"), path)),
                        VfioOptions.none());
                HostMemoryAccessor bytes = device.region(0).open(AccessOptions.DEFAULT)) {
            assertThat(bytes.readInt(0)).isEqualTo(0x04030201);
        }
        Files.write(path, new byte[] {1, 2, 3, 4});
        Syscalls replaced = watched(() -> {
            try {
                Files.move(other, path, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            } catch (IOException impossible) {
                throw new AssertionError(impossible);
            }
        });
        try (Device device = new VfioDevice("f", HostFile.DRIVER, HostFile.open(replaced, path), VfioOptions.none());
                HostMemoryAccessor bytes = device.region(0).open(AccessOptions.DEFAULT)) {
            assertThat(bytes.readInt(0)).as("the file that was looked at").isEqualTo(0x04030201);
        }
    }

    /** As root every file can be written; a program that runs cannot. */
    @Test
    void aProgramThatRunsIsOpenedForReading() throws Exception {
        Path program = folder.resolve("sleep");
        Files.copy(Path.of("/bin/sleep"), program);
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        Process running = new ProcessBuilder(program.toString(), "60").start();
        try (Device device = Vfio.file(program, VfioOptions.none())) {
            assertThat(device.region(0).capabilities().writable()).isFalse();
        } finally {
            running.destroyForcibly().waitFor();
        }
    }
}
