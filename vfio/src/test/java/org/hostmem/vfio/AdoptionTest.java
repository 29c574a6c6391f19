package org.hostmem.vfio;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.hostmem.AccessOptions;
import org.hostmem.AccessRejectedException;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.vfio.kernel.Adoption;
import org.hostmem.vfio.linux.Errno;
import org.hostmem.vfio.linux.IoctlNumbers;
import org.hostmem.vfio.linux.Linux;
import org.hostmem.vfio.socket.DescriptorSocket;
import org.hostmem.vfio.socket.UnixSockets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Descriptors from elsewhere: of files, real ones; of a VFIO device, a character device for which the fake kernel
 * answers.
 */
class AdoptionTest {

    private static final String ADDRESS = "0000:03:00.0";

    @TempDir
    Path root;

    private final FakeKernel kernel = new FakeKernel(IoctlNumbers.of(System.getProperty("os.arch")));
    private FakeSysfs fake;
    private Path self;

    @BeforeEach
    void aFunctionBoundToVfioPci() throws IOException {
        fake = new FakeSysfs(root);
        fake.device(ADDRESS, "vfio-pci", "7");
        self = Files.createDirectories(root.resolve("self"));
        Files.createDirectories(self.resolve("fdinfo"));
        Files.createDirectories(self.resolve("fd"));
    }

    private static Set<String> openDescriptors() throws IOException {
        try (var all = Files.list(Path.of("/proc/self/fd"))) {
            return all.map(Path::toString).collect(Collectors.toSet());
        }
    }

    private static long descriptorsOf(String name) throws IOException {
        long count = 0;
        for (String descriptor : openDescriptors()) {
            try {
                count += Files.readSymbolicLink(Path.of(descriptor)).toString().contains(name) ? 1 : 0;
            } catch (IOException closedMeanwhile) {
                continue;
            }
        }
        return count;
    }

    /** A character device. */
    private int device(String target, String info) throws IOException {
        int fd = Linux.INSTANCE.open("/dev/null");
        Files.createSymbolicLink(self.resolve("fd/" + fd), Path.of(target));
        Files.writeString(self.resolve("fdinfo/" + fd), "pos:\t0\nflags:\t02100002\n" + info);
        return fd;
    }

    private Device adopt(List<Integer> fds, String said) {
        return new Adoption(kernel, kernel.ioctls, fake.sys(), fake.dev(), self)
                .open(fds, "fd:" + fds.getFirst(), said, VfioOptions.none());
    }

    @Test
    void theKernelTellsWhichDeviceItIs() throws IOException {
        int fd = device("anon_inode:[vfio-device]", "vfio-device-syspath: /sys/devices/pci0000:00/" + ADDRESS + "\n");
        try (Device device = adopt(List.of(fd), "")) {
            assertThat(device.address()).isEqualTo(ADDRESS);
            assertThat(device.driver()).isEqualTo("vfio-pci");
            assertThat(device.way()).isEqualTo("descriptor");
            assertThat(device.region(0).capabilities().cacheModeSource()).isEqualTo(CacheModeSource.DRIVER_TABLE);
        }
        assertThat(kernel.calls).contains("close " + fd);
        Linux.INSTANCE.close(fd);
    }

    @Test
    void theDevicesOwnNodeTellsItToo() throws IOException {
        fake.cdev(ADDRESS, "vfio4");
        int fd = device("/dev/vfio/devices/vfio4", "");
        try (Device device = adopt(List.of(fd), "")) {
            assertThat(device.address()).isEqualTo(ADDRESS);
        }
        Linux.INSTANCE.close(fd);
    }

    @Test
    void elseWhoeverHandsItOverMaySayIt() throws IOException {
        int fd = device("anon_inode:[vfio-device]", "");
        try (Device device = adopt(List.of(fd), ADDRESS)) {
            assertThat(device.driver()).isEqualTo("vfio-pci");
        }
        try (Device device = adopt(List.of(fd), "../../" + ADDRESS)) {
            assertThat(device.address()).isEqualTo("fd:" + fd);
            assertThat(device.driver()).isEqualTo("unknown");
            assertThat(device.region(0).capabilities().cacheMode()).isEqualTo(CacheMode.UNKNOWN);
            assertThat(device.region(0).certainty()).isEqualTo(Certainty.NONE);
        }
        Linux.INSTANCE.close(fd);
    }

    @Test
    void aNodeWithoutAnIommuIsBoundToOne() throws IOException {
        kernel.open("/dev/vfio/devices/vfio4");
        int fd = device("/dev/vfio/devices/vfio4", "");
        try (Device device = adopt(List.of(fd, 201), "")) {
            assertThat(kernel.calls)
                    .containsSubsequence("open iommu", "BIND [16, 0, 103, 0]", "ATTACH [12, 0, 77]", "GET_INFO");
            assertThat(device.regions()).extracting(Region::index).containsExactly(0, 3, 7);
            kernel.calls.clear();
        }
        assertThat(kernel.calls).containsExactly("close " + fd, "close 201", "close 103");
        Linux.INSTANCE.close(fd);
    }

    @Test
    void aNodeThatCannotBeBoundSaysWhatToDoAndClosesEverything() throws IOException {
        kernel.open("/dev/vfio/devices/vfio4");
        kernel.refusals.put("open iommu", -Errno.EACCES);
        int fd = device("/dev/vfio/devices/vfio4", "");
        assertThatThrownBy(() -> adopt(List.of(fd, 201), ""))
                .isInstanceOf(VfioException.class)
                .hasMessageContaining("VFIO_DEVICE_BIND_IOMMUFD")
                .hasMessageContaining("EACCES");
        assertThat(kernel.calls).endsWith("close " + fd, "close 201");
        Linux.INSTANCE.close(fd);
    }

    @Test
    void somethingThatIsNoVfioDeviceIsRefusedAndStaysOpen() throws IOException {
        int fd = Linux.INSTANCE.open("/dev/null");
        Set<String> before = openDescriptors();
        assertThatThrownBy(() -> Vfio.adopt(fd, VfioOptions.none()))
                .isInstanceOf(VfioException.class)
                .hasMessageContaining("ENOTTY");
        assertThat(openDescriptors()).isEqualTo(before);
        Linux.INSTANCE.close(fd);
        assertThatThrownBy(() -> Vfio.adopt(fd, VfioOptions.none()))
                .isInstanceOf(VfioException.class)
                .hasMessageContaining("EBADF");
        assertThatThrownBy(() -> Vfio.adopt(-1, VfioOptions.none())).isInstanceOf(VfioException.class);
    }

    @Test
    void pipesSocketsAndFilesThatTheKernelMakesUpAreRefused() throws IOException {
        int[] ends = UnixSockets.pair();
        assertThatThrownBy(() -> Vfio.adopt(ends[0], VfioOptions.none()))
                .isInstanceOf(VfioException.class)
                .hasMessageContaining("socket");
        Linux.INSTANCE.close(ends[0]);
        Linux.INSTANCE.close(ends[1]);
        int status = Linux.INSTANCE.openForReading("/proc/self/status");
        assertThatThrownBy(() -> Vfio.adopt(status, VfioOptions.none()))
                .isInstanceOf(VfioException.class)
                .hasMessageContaining("kernel");
        Linux.INSTANCE.close(status);
        int folder = Linux.INSTANCE.openForReading("/");
        assertThatThrownBy(() -> Vfio.adopt(folder, VfioOptions.none()))
                .isInstanceOf(VfioException.class)
                .hasMessageContaining("folder");
        Linux.INSTANCE.close(folder);
    }

    @Test
    void theJvmsOwnFilesAreNotTakenFromIt() {
        int modules = Linux.INSTANCE.openForReading(System.getProperty("java.home") + "/lib/modules");
        assertThatThrownBy(() -> Vfio.adopt(modules, VfioOptions.none()))
                .isInstanceOf(VfioException.class)
                .hasMessageContainingAll("JVM", "" + modules);
        Linux.INSTANCE.close(modules);
    }

    @Test
    void aMemfdIsNormalMemoryAndItsDescriptorIsTakenOver() throws IOException {
        int fd = Linux.INSTANCE.memoryFile("lent", 8192);
        try (Device device = Vfio.adopt(fd, VfioOptions.none());
                HostMemoryAccessor memory = device.region(0).open(AccessOptions.DEFAULT)) {
            assertThat(descriptorsOf("memfd:lent")).isEqualTo(1);
            assertThat(memory.size()).isEqualTo(8192);
            assertThat(memory.capabilities().cacheMode()).isEqualTo(CacheMode.NORMAL);
            assertThat(device.region(0).certainty()).isEqualTo(Certainty.CERTAIN);
            memory.writeInt(8188, 7);
            assertThat(memory.atomics().getAcquire(8188, 4)).isEqualTo(7);
        }
    }

    @Test
    void aDescriptorThatIsDuplicatedStaysTheCallers() throws IOException {
        int fd = Linux.INSTANCE.memoryFile("lent", 4096);
        Set<String> before = openDescriptors();
        Vfio.duplicate(fd, VfioOptions.none()).close();
        assertThat(openDescriptors()).isEqualTo(before);
        Linux.INSTANCE.close(fd);
    }

    @Test
    void aFileThatIsOpenForReadingIsReadOnly() throws IOException {
        Path file = Files.write(root.resolve("file"), new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
        int fd = Linux.INSTANCE.openForReading(file.toString());
        try (Device device = Vfio.adopt(fd, VfioOptions.none());
                HostMemoryAccessor memory = device.region(0).open(AccessOptions.DEFAULT)) {
            assertThat(memory.readInt(0)).isEqualTo(0x04030201);
            assertThatThrownBy(() -> memory.writeInt(0, 1)).isInstanceOf(AccessRejectedException.class);
        }
    }

    @Test
    void aProcessThatListensHandsMemoryOver() throws IOException {
        Path socket = root.resolve("socket");
        int listener = UnixSockets.listen(socket);
        int memory = Linux.INSTANCE.memoryFile("shared", 4096);
        CompletableFuture<Void> sender = CompletableFuture.runAsync(() -> {
            try (DescriptorSocket receiver = UnixSockets.accept(listener);
                    Arena arena = Arena.ofConfined()) {
                receiver.send(arena.allocate(1), memory);
            }
        });
        try (Device device = Vfio.receive(socket, VfioOptions.none());
                HostMemoryAccessor region = device.region(0).open(AccessOptions.DEFAULT);
                Arena arena = Arena.ofConfined()) {
            sender.join();
            region.writeInt(16, 0x1234567);
            MemorySegment seen = arena.allocate(JAVA_INT);
            Linux.INSTANCE.pread(memory, seen, 4, 16);
            assertThat(seen.get(JAVA_INT, 0)).isEqualTo(0x1234567);
        } finally {
            Linux.INSTANCE.close(listener);
            Linux.INSTANCE.close(memory);
        }
    }

    @Test
    void aProcessThatSendsNothingUsefulIsRefusedAndNothingLeaks() throws IOException {
        Path socket = root.resolve("socket");
        int listener = UnixSockets.listen(socket);
        List<int[]> messages = List.of(new int[0], new int[] {0}, new int[] {listener});
        int standIn = Linux.INSTANCE.openForReading("/proc/self/status");
        messages.get(1)[0] = standIn;
        Set<String> before = openDescriptors();
        List<String> refusals = new ArrayList<>();
        for (int[] descriptors : messages) {
            CompletableFuture<Void> sender = CompletableFuture.runAsync(() -> {
                try (DescriptorSocket receiver = UnixSockets.accept(listener);
                        Arena arena = Arena.ofConfined()) {
                    receiver.send(arena.allocate(1), descriptors);
                }
            });
            assertThatThrownBy(() -> Vfio.receive(socket, VfioOptions.none()))
                    .isInstanceOf(VfioException.class)
                    .satisfies(refused -> refusals.add(refused.getMessage()));
            sender.join();
        }
        assertThat(refusals.get(0)).contains(socket.toString(), "SCM_RIGHTS");
        assertThat(refusals.get(1)).contains("kernel");
        assertThat(refusals.get(2)).contains("socket");
        assertThat(openDescriptors()).isEqualTo(before);
        Linux.INSTANCE.close(listener);
        Linux.INSTANCE.close(standIn);
    }

    @Test
    void aDeviceIsServedWithItsAddressToWhomItIsFor() throws Exception {
        int fd = device("anon_inode:[vfio-device]", "");
        Path path = root.resolve("socket");
        Device device = adopt(List.of(fd), ADDRESS);
        CompletableFuture<Void> server = CompletableFuture.runAsync(() -> HandOver.serve(device, path, null));
        while (!Files.exists(path)) {
            Thread.onSpinWait();
        }
        Device received = HandOver.receive(
                path, new Adoption(kernel, kernel.ioctls, fake.sys(), fake.dev(), self), VfioOptions.none());
        assertThat(received.address()).isEqualTo(ADDRESS);
        server.join();
        assertThat(root).isDirectoryNotContaining(found -> found.toString().contains("socket"));
        received.close();
        device.close();
        Linux.INSTANCE.close(fd);
    }

    @Test
    void aFileIsServedAsADeviceIs() throws Exception {
        Path path = root.resolve("socket");
        Path file = Files.write(root.resolve("file"), new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
        try (Device device = Vfio.file(file, VfioOptions.none())) {
            CompletableFuture<Void> server = CompletableFuture.runAsync(() -> HandOver.serve(device, path, null));
            while (!Files.exists(path)) {
                Thread.onSpinWait();
            }
            try (Device received = Vfio.receive(path, VfioOptions.none());
                    HostMemoryAccessor memory = received.region(0).open(AccessOptions.DEFAULT)) {
                server.join();
                memory.writeInt(4, 7);
            }
        }
        assertThat(Files.readAllBytes(file)).containsExactly(1, 2, 3, 4, 7, 0, 0, 0);
    }

    @Test
    void aSocketThatIsThereAlreadyIsNotReplaced() throws IOException {
        int fd = device("anon_inode:[vfio-device]", "");
        Path path = Files.createFile(root.resolve("socket"));
        try (Device device = adopt(List.of(fd), ADDRESS)) {
            assertThatThrownBy(() -> HandOver.serve(device, path, null))
                    .isInstanceOf(VfioException.class)
                    .hasMessageContaining(path.toString());
        }
        assertThat(path).exists();
        assertThat(root.resolve("socket~")).doesNotExist();
        Linux.INSTANCE.close(fd);
    }

    @Test
    void theSocketIsForItsOwnerOnly() throws IOException {
        Path path = root.resolve("socket");
        int listener = UnixSockets.listen(path);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                .isEqualTo("rw-------");
        Linux.INSTANCE.close(listener);
    }

    @Test
    void onlyADeviceWithDescriptorsCanBeServed() {
        try (Device embedded = EmbeddedDevice.open()) {
            assertThatThrownBy(() -> HandOver.serve(embedded, root.resolve("socket"), null))
                    .isInstanceOf(VfioException.class)
                    .hasMessageContainingAll("embedded", "VFIO");
        }
    }
}
