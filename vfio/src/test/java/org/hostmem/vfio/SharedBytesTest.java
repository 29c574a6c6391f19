package org.hostmem.vfio;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.hostmem.vfio.VfioUserServer.Bar;
import org.hostmem.vfio.linux.IoctlNumbers;
import org.hostmem.vfio.linux.Linux;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which bytes two regions both reach, by whatever ways they were opened. */
class SharedBytesTest {

    private static final String ADDRESS = "0000:03:00.0";
    private static final int K64 = 0x10000;

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void aFile() throws IOException {
        file = Files.write(folder.resolve("file"), new byte[K64]);
    }

    private static Device open(Path path) {
        return Vfio.file(path, VfioOptions.none());
    }

    @Test
    void aFileIsTheSameByEveryName() throws IOException {
        Path symbolic = Files.createSymbolicLink(folder.resolve("symbolic"), file);
        Path hard = Files.createLink(folder.resolve("hard"), file);
        try (Device one = open(file)) {
            for (Path name :
                    new Path[] {file, symbolic, hard, folder.resolve("../" + folder.getFileName() + "/file")}) {
                try (Device other = open(name)) {
                    assertThat(one.region(0).sharedWith(other.region(0))).containsExactly(new SharedBytes(0, 0, K64));
                }
                assertThat(one.region(0).isIn(name)).isTrue();
            }
        }
    }

    @Test
    void aCopyOfAFileIsAnother() throws IOException {
        Path copy = Files.copy(file, folder.resolve("copy"));
        try (Device one = open(file);
                Device other = open(copy)) {
            assertThat(one.region(0).sharedWith(other.region(0))).isEmpty();
            assertThat(one.region(0).isIn(copy)).isFalse();
            assertThat(one.region(0).isIn(folder.resolve("absent"))).isFalse();
        }
    }

    @Test
    void aDescriptorOfAFileIsTheFile() {
        int descriptor = Linux.INSTANCE.open(file.toString());
        try (Device one = open(file);
                Device other = Vfio.adopt(descriptor, VfioOptions.none())) {
            assertThat(one.region(0).sharedWith(other.region(0))).containsExactly(new SharedBytes(0, 0, K64));
        }
    }

    @Test
    void aBarIsTheSameByVfioAndBySysfs() throws IOException {
        FakeSysfs fake = new FakeSysfs(folder);
        Path device = fake.device(ADDRESS, "vfio-pci", "7");
        fake.resources(ADDRESS, "0xfeb00000 0xfeb0ffff 0x200");
        Files.write(device.resolve("resource0"), new byte[K64]);
        Files.write(device.resolve("config"), new byte[256]);
        FakeKernel kernel = new FakeKernel(IoctlNumbers.of(System.getProperty("os.arch")));
        try (Device vfio = Vfio.open(ADDRESS, VfioOptions.none(), kernel, fake.sys(), fake.dev());
                Device sysfs = Vfio.sysfs(
                        fake.sys().resolve("bus/pci/devices/" + ADDRESS + "/resource0"),
                        VfioOptions.none(),
                        Linux.INSTANCE,
                        fake.sys(),
                        "amd64")) {
            assertThat(vfio.region(0).sharedWith(sysfs.region(0))).containsExactly(new SharedBytes(0, 0, K64));
            assertThat(sysfs.region(7).sharedWith(vfio.region(7))).isNotEmpty();
            assertThat(vfio.region(3).sharedWith(sysfs.region(0))).isEmpty();
        }
    }

    @Test
    void aServersRegionIsTheFileThatItPasses() {
        int descriptor = Linux.INSTANCE.open(file.toString());
        try (VfioUserServer server = new VfioUserServer(folder.resolve("s"))) {
            server.bars.put(0, new Bar(K64 / 2, 7, K64 / 2, new int[] {descriptor}, new long[0][], new byte[0]));
            server.bars.put(2, new Bar(K64, 7, 0, new int[] {descriptor}, new long[0][], new byte[0]));
            try (Device served = Vfio.open("unix:" + folder.resolve("s"), VfioOptions.none());
                    Device one = open(file)) {
                SharedBytes upperHalf = new SharedBytes(0, K64 / 2, K64 / 2);
                assertThat(served.region(0).sharedWith(one.region(0))).containsExactly(upperHalf);
                assertThat(served.region(0).sharedWith(served.region(2)))
                        .as("two regions of one device")
                        .containsExactly(upperHalf);
                assertThat(served.region(2).isIn(file)).isTrue();
            }
        } finally {
            Linux.INSTANCE.close(descriptor);
        }
    }

    @Test
    void twoEmbeddedDevicesShareNothing() {
        try (Device one = EmbeddedDevice.open();
                Device other = EmbeddedDevice.open()) {
            assertThat(one.region(0).sharedWith(other.region(0))).isEmpty();
            assertThat(one.region(0).sharedWith(one.region(1))).isEmpty();
            assertThat(one.region(0).sharedWith(one.region(0))).containsExactly(new SharedBytes(0, 0, 16 << 20));
        }
    }
}
