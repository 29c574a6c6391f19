package org.hostmem.vfio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.hostmem.AccessOptions;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.vfio.VfioUserServer.Bar;
import org.hostmem.vfio.linux.Linux;
import org.hostmem.vfio.socket.DescriptorSocket;
import org.hostmem.vfio.socket.UnixSockets;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * No descriptor of a device, of its memory or of a connection gets into a program that this process starts: each is
 * close-on-exec, as the kernel says in /proc/self/fdinfo.
 *
 * <p>The nodes of /dev are opened by the one call that {@code aNode} is about; the device's own descriptor comes from
 * the kernel, which makes it close-on-exec itself.
 */
class CloseOnExecTest {

    private static final int O_CLOEXEC = 0x80000;
    private static final int K64 = 1 << 16;
    private static final String PCI = "0000:03:00.0";

    @TempDir
    private Path folder;

    /** Number to what it is. */
    private static Map<Integer, String> descriptors() throws IOException {
        Map<Integer, String> all = new TreeMap<>();
        for (String number : Path.of("/proc/self/fd").toFile().list()) {
            try {
                all.put(
                        Integer.parseInt(number),
                        Files.readSymbolicLink(Path.of("/proc/self/fd", number)).toString());
            } catch (NoSuchFileException closedMeanwhile) {
                // The one of this very listing, for instance.
            }
        }
        return all;
    }

    private static int flags(int fd) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/fdinfo/" + fd)).stream()
                .filter(line -> line.startsWith("flags:"))
                .mapToInt(line -> Integer.parseInt(line.substring(6).strip(), 8))
                .findFirst()
                .orElseThrow();
    }

    /** Opens, and opens each region; what is open then and was not before. */
    private static DynamicTest way(String name, int atLeast, Callable<Device> open) {
        return dynamicTest(name, () -> {
            Map<Integer, String> before = descriptors();
            List<HostMemoryAccessor> accessors = new ArrayList<>();
            try (Device device = open.call()) {
                device.regions().forEach(region -> accessors.add(region.open(AccessOptions.DEFAULT)));
                Map<Integer, String> opened = descriptors();
                before.forEach(opened::remove);
                opened.values()
                        .removeIf(file -> file.endsWith(".jar")
                                || file.endsWith(".class")
                                || file.endsWith("/modules")); // the JVM's
                assertThat(opened).as("what %s has open", name).hasSizeGreaterThanOrEqualTo(atLeast);
                for (Map.Entry<Integer, String> one : opened.entrySet()) {
                    assertThat(flags(one.getKey()) & O_CLOEXEC)
                            .as("close-on-exec of %s", one)
                            .isEqualTo(O_CLOEXEC);
                }
            } finally {
                accessors.forEach(HostMemoryAccessor::close);
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> everyDescriptorOfEveryWay() throws IOException {
        Path file = folder.resolve("file");
        Files.write(file, new byte[K64]);
        FakeSysfs fake = new FakeSysfs(folder);
        Path function = fake.device(PCI, "e1000e", null);
        fake.resources(PCI, "0xfeb00000 0xfeb0ffff 0x200");
        Files.write(function.resolve("resource0"), new byte[K64]);
        Files.write(function.resolve("config"), ByteBuffer.allocate(256).array());
        return Stream.of(
                way("embedded", 6, EmbeddedDevice::open),
                way("a file", 1, () -> Vfio.file(file, VfioOptions.none())),
                way(
                        "a memfd, adopted",
                        1,
                        () -> Vfio.adopt(Linux.INSTANCE.memoryFile("given", K64), VfioOptions.none())),
                way(
                        "sysfs",
                        2,
                        () -> Vfio.sysfs(
                                fake.sys().resolve("bus/pci/devices/" + PCI),
                                VfioOptions.none(),
                                Linux.INSTANCE,
                                fake.sys(),
                                "amd64")),
                way("a hand-over", 1, this::handOver),
                way("vfio-user", 3, this::vfioUser),
                dynamicTest("a node", () -> {
                    int fd = Linux.INSTANCE.open(file.toString());
                    assertThat(flags(fd) & O_CLOEXEC).isEqualTo(O_CLOEXEC);
                    Linux.INSTANCE.close(fd);
                }));
    }

    private Device handOver() throws InterruptedException {
        Path socket = folder.resolve("h");
        int listener = UnixSockets.listen(socket);
        Thread sender = Thread.ofPlatform().daemon().start(() -> {
            try (DescriptorSocket receiver = UnixSockets.accept(listener)) {
                int file = Linux.INSTANCE.memoryFile("given", K64);
                receiver.send(Arena.ofAuto().allocate(1), file);
                Linux.INSTANCE.close(file);
            }
        });
        Device device = Vfio.receive(socket, VfioOptions.none());
        sender.join(); // its descriptors must not go while they are looked at
        return device;
    }

    private Device vfioUser() {
        VfioUserServer server = new VfioUserServer(folder.resolve("v"));
        int[] files = {Linux.INSTANCE.memoryFile("one", K64), Linux.INSTANCE.memoryFile("two", 2 * K64)};
        server.bars.put(0, new Bar(K64, 7, 0, Arrays.copyOf(files, 1), new long[0][], new byte[0]));
        server.bars.put(
                1,
                new Bar(
                        2 * K64,
                        7,
                        0,
                        new int[] {files[1], files[1]},
                        new long[][] {{0, K64}, {K64, K64}},
                        new byte[0]));
        return Vfio.open("unix:" + folder.resolve("v"), VfioOptions.none());
    }
}
