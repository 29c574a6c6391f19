package org.hostmem.vfio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.hostmem.AccessOptions;
import org.hostmem.AccessRejectedException;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionBoundsException;
import org.hostmem.RegionFaultException;
import org.hostmem.vfio.device.VfioDevice;
import org.hostmem.vfio.linux.Errno;
import org.hostmem.vfio.linux.Linux;
import org.hostmem.vfio.linux.Syscalls;
import org.hostmem.vfio.pci.PciResource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A PCI device through sysfs: real mappings, of files that stand in for its BARs. */
class SysfsTest {

    private static final String ADDRESS = "0000:03:00.0";
    private static final int K64 = 0x10000;
    private static final String MEMORY = " 0x200";
    private static final String PORTS = " 0x101";

    @TempDir
    Path root;

    private FakeSysfs fake;
    private Path folder;

    @BeforeEach
    void aFunctionWithThreeBars() throws IOException {
        fake = new FakeSysfs(root);
        folder = fake.device(ADDRESS, "e1000e", null);
        // A BAR of 256 bytes that begins 0x1300 behind a multiple of 64 KiB; ports; a prefetchable BAR of 128 KiB.
        fake.resources(
                ADDRESS, "0xfeb01300 0xfeb013ff" + MEMORY, "0xc000 0xc01f" + PORTS, "0xf0000000 0xf001ffff 0x2208");
        pattern("resource0", K64);
        pattern("resource1", 32);
        pattern("resource2", 2 * K64);
        pattern("resource2_wc", 2 * K64);
        ByteBuffer config = ByteBuffer.allocate(256)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0, 0x11e81234)
                .putShort(4, (short) 0x103);
        Files.write(folder.resolve("config"), config.array());
    }

    private void pattern(String name, int size) throws IOException {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) (i >> 8);
        }
        Files.write(folder.resolve(name), bytes);
    }

    private Device open(String path, Syscalls syscalls, String isa) {
        return Vfio.sysfs(root.resolve("sys").resolve(path), VfioOptions.none(), syscalls, fake.sys(), isa);
    }

    private Device open(String path) {
        return open(path, Linux.INSTANCE, "amd64");
    }

    @Test
    void theFolderOfADeviceHasItsBarsAndItsConfigurationSpace() {
        try (Device device = open("bus/pci/devices/" + ADDRESS)) {
            assertThat(device.address()).isEqualTo(ADDRESS);
            assertThat(device.driver()).isEqualTo("e1000e");
            assertThat(device.way()).isEqualTo("sysfs");
            assertThat(device.regions())
                    .extracting(region ->
                            region.index() + " " + region.capabilities().size())
                    .containsExactly("0 256", "1 32", "2 131072", "7 256");
            assertThat(device.memoryEnabled()).isTrue();
        }
    }

    @Test
    void theFileSaysHowABarIsMapped() {
        assertMode("resource0", "amd64", 0, CacheMode.NONCACHED, "pgprot_device, which is pgprot_noncached here");
        assertMode("resource0", "riscv64", 0, CacheMode.NONCACHED, "pgprot_noncached");
        assertMode("resource0", "ppc64le", 0, CacheMode.NONCACHED, "pgprot_noncached");
        assertMode("resource2", "aarch64", 2, CacheMode.DEVICE, "pgprot_device for resource2");
        assertMode("resource2_wc", "amd64", 2, CacheMode.WRITE_COMBINING, "pgprot_writecombine for resource2_wc");
        assertMode("resource2_wc", "aarch64", 2, CacheMode.WRITE_COMBINING, "pgprot_writecombine");
    }

    private void assertMode(String file, String isa, int index, CacheMode mode, String source) {
        try (Device device = open("bus/pci/devices/" + ADDRESS + "/" + file, Linux.INSTANCE, isa)) {
            Region region = device.region(index);
            assertThat(region.capabilities().cacheMode()).isEqualTo(mode);
            assertThat(region.capabilities().cacheModeSource()).isEqualTo(CacheModeSource.BY_CONSTRUCTION);
            assertThat(region.certainty()).isEqualTo(Certainty.CERTAIN);
            assertThat(region.notes())
                    .filteredOn(note -> !note.contains("guest"))
                    .singleElement()
                    .asString()
                    .contains("by construction", source);
            assertThat(device.regions()).extracting(Region::index).containsExactly(index, 7);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4096, K64})
    void aBarThatIsSmallerThanAPageIsFoundInIt(int pageSize) {
        OtherPages host = new OtherPages(pageSize);
        try (Device device = open("bus/pci/devices/" + ADDRESS + "/resource0", host, "amd64");
                HostMemoryAccessor bar = device.region(0).open(AccessOptions.DEFAULT)) {
            int lead = 0xfeb01300 % pageSize & pageSize - 1;
            assertThat(host.mappings).containsExactly("0x" + Integer.toHexString(lead + 0x100) + "@0x0");
            assertThat(bar.size()).isEqualTo(0x100);
            assertThat(bar.readByte(0)).isEqualTo((byte) (lead >> 8));
            assertThatThrownBy(() -> bar.readByte(0x100)).isInstanceOf(RegionBoundsException.class);
            assertThatThrownBy(() -> bar.readInt(-4)).isInstanceOf(RegionBoundsException.class);
        }
    }

    @Test
    void portsAreReachedByCalls() throws IOException {
        try (Device device = open("bus/pci/devices/" + ADDRESS);
                HostMemoryAccessor ports = device.region(1).open(AccessOptions.DEFAULT)) {
            ports.writeInt(4, 0x11223344);
            assertThat(ports.readShort(6)).isEqualTo((short) 0x1122);
        }
        assertThat(Arrays.copyOfRange(Files.readAllBytes(folder.resolve("resource1")), 4, 8))
                .containsExactly(0x44, 0x33, 0x22, 0x11);
    }

    @Test
    void memoryThatIsOffIsForeseenAndTurnedOn() throws IOException {
        try (RandomAccessFile config =
                new RandomAccessFile(folder.resolve("config").toFile(), "rw")) {
            config.seek(4);
            config.write(1);
        }
        try (Device device = open("bus/pci/devices/" + ADDRESS + "/resource2");
                HostMemoryAccessor bar = device.region(2).open(AccessOptions.DEFAULT)) {
            assertThatThrownBy(() -> bar.readInt(0))
                    .isInstanceOfSatisfying(
                            RegionFaultException.class,
                            fault -> assertThat(fault.isForeseen()).isTrue());
            device.setMemoryEnabled(true);
            assertThat(bar.readInt(0x100)).isEqualTo(0x01010101);
        }
    }

    /** Its memory bit is always 0, and its memory always on. */
    @Test
    void aVirtualFunctionIsNotTakenForSilent() throws IOException {
        Files.createSymbolicLink(folder.resolve("physfn"), root);
        try (RandomAccessFile config =
                new RandomAccessFile(folder.resolve("config").toFile(), "rw")) {
            config.seek(4);
            config.write(0);
        }
        try (Device device = open("bus/pci/devices/" + ADDRESS + "/resource2");
                HostMemoryAccessor bar = device.region(2).open(AccessOptions.DEFAULT)) {
            assertThat(bar.readInt(0x100)).isEqualTo(0x01010101);
        }
    }

    @Test
    void aMappedBarHasNoOtherWay() {
        try (Device device = open("bus/pci/devices/" + ADDRESS + "/resource2")) {
            assertThat(device.region(2).capabilities().areas())
                    .singleElement()
                    .satisfies(area -> assertThat(area.size()).isEqualTo(2 * K64));
            assertThat(device.resettable()).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bus/pci/devices/" + ADDRESS + "/config",
                "bus/pci/devices",
                "kernel",
                "bus/pci/devices/" + ADDRESS + "/resource",
                "bus/pci/devices/" + ADDRESS + "/../../../..",
                "bus/pci/devices/" + ADDRESS + "/resource0/.."
            })
    void nothingElseBelowSysIsOpened(String path) throws IOException {
        Files.createDirectories(root.resolve("sys/kernel"));
        assertThatThrownBy(() -> open(path)).isInstanceOf(VfioException.class);
    }

    @Test
    void whatLeadsOutOfSysIsNotOpened() throws IOException {
        Path outside = Files.createDirectories(root.resolve("elsewhere/devices/" + ADDRESS));
        Files.createFile(outside.resolve("resource0"));
        Files.createSymbolicLink(root.resolve("sys/bus/pci/devices/link"), outside);
        assertThatThrownBy(() -> open("bus/pci/devices/link/resource0"))
                .isInstanceOf(VfioException.class)
                .hasMessageContaining("link/resource0");
        assertThatThrownBy(() -> open("../elsewhere/devices/" + ADDRESS + "/resource0"))
                .isInstanceOf(VfioException.class)
                .hasMessageContaining("/resource0");
    }

    @Test
    void whatIsNotThereIsNamed() {
        assertThatThrownBy(() -> open("bus/pci/devices/" + ADDRESS + "/resource1_wc"))
                .isInstanceOf(VfioException.class)
                .hasMessageContaining("resource1_wc")
                .hasMessageContaining("prefetchable");
        assertThatThrownBy(() -> open("bus/pci/devices/0000:09:00.0"))
                .isInstanceOf(VfioException.class)
                .hasMessageContaining("0000:09:00.0");
    }

    @Test
    void linesOfTheResourceFileThatAreNoBarsAreNone() {
        String zero = "0x0000000000000000";
        assertThat(PciResource.parse(List.of(
                        zero + " " + zero + " " + zero,
                        "nonsense",
                        "0x0000000000002000 0x0000000000001000 0x0000000000000200",
                        "0x0000000000001000 0x0000000000001fff 0x0000000000000200",
                        "0x0000000000001000 0x0000000000001fff 0x0000000000000400")))
                .containsOnlyKeys(3);
        assertThat(PciResource.parse(List.of())).isEmpty();
    }

    @Test
    void theKernelsListOfMemoryTypesConfirmsOrDenies() throws IOException {
        Path list =
                Files.createDirectories(root.resolve("sys/kernel/debug/x86")).resolve("pat_memtype_list");
        try (VfioDevice device = (VfioDevice) open("bus/pci/devices/" + ADDRESS)) {
            assertThat(device.checkCacheMode(device.region(2), fake.sys()).finding())
                    .isEqualTo(CacheModeCheck.Finding.IMPOSSIBLE);
            Files.writeString(
                    list,
                    "PAT memtype list:\n"
                            + "PAT: [mem 0x00000000f0000000-0x00000000f0010000] uncached-minus\n"
                            + "PAT: [mem 0x00000000f0010000-0x00000000f0020000] uncached-minus\n"
                            + "PAT: [mem 0x00000000f0020000-0x00000000f0030000] write-combining\n");
            CacheModeCheck check = device.checkCacheMode(device.region(2), fake.sys());
            assertThat(check.finding()).isEqualTo(CacheModeCheck.Finding.AGREES);
            assertThat(check.evidence()).hasSize(2).first().asString().contains("0x00000000f0000000", "uncached-minus");
            assertThat(device.checkCacheMode(device.region(0), fake.sys()).finding())
                    .isEqualTo(CacheModeCheck.Finding.NOT_LISTED);
            assertThat(device.checkCacheMode(device.region(1), fake.sys()).finding())
                    .isEqualTo(CacheModeCheck.Finding.IMPOSSIBLE);
            assertThat(device.checkCacheMode(device.region(7), fake.sys()).finding())
                    .isEqualTo(CacheModeCheck.Finding.IMPOSSIBLE);
            Files.writeString(list, "PAT: [mem 0x00000000f001f000-0x00000000f0030000] write-combining\n");
            assertThat(device.checkCacheMode(device.region(2), fake.sys()).finding())
                    .isEqualTo(CacheModeCheck.Finding.DISAGREES);
            Files.writeString(list, "PAT: [mem 0x00000000f001f000-0x00000000f0030000] something-new\n");
            assertThat(device.checkCacheMode(device.region(2), fake.sys()).finding())
                    .isEqualTo(CacheModeCheck.Finding.DISAGREES);
        }
    }

    @Test
    void aBarThatADriverOfTheKernelHasForItselfSaysWhatToDo() {
        OtherPages host = new OtherPages(4096);
        host.refusal = -Errno.EINVAL;
        try (Device device = open("bus/pci/devices/" + ADDRESS + "/resource2", host, "amd64")) {
            assertThatThrownBy(() -> device.region(2).open(AccessOptions.DEFAULT))
                    .isInstanceOf(VfioException.class)
                    .hasMessageContaining("/driver/unbind");
            host.refusal = -Errno.EPERM;
            assertThatThrownBy(() -> device.region(2).open(AccessOptions.DEFAULT))
                    .isInstanceOf(VfioException.class)
                    .hasMessageContaining("lockdown");
        }
    }

    @Test
    void aWriteCombiningBarRefusesAtomicAccesses() {
        try (Device device = open("bus/pci/devices/" + ADDRESS + "/resource2_wc");
                HostMemoryAccessor bar = device.region(2).open(AccessOptions.DEFAULT)) {
            assertThatThrownBy(bar::atomics).isInstanceOf(AccessRejectedException.class);
        }
    }
}
