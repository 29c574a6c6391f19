package org.hostmem.vfio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.hostmem.AccessOptions;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.CacheMode;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.TransferOrder;
import org.hostmem.vfio.linux.IoctlNumbers;
import org.hostmem.vfio.linux.Linux;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link VfioOptions#withoutMapping}: every access is a call, whatever the way. */
class UnmappedTest {

    private static final VfioOptions OPTIONS = VfioOptions.none()
            .with(new CacheModeCapabilityDecoder(EmbeddedDevice.CACHE_MODE_CAPABILITY))
            .withoutMapping();
    private static final String ADDRESS = "0000:03:00.0";

    @TempDir
    Path folder;

    @Test
    void noRegionOfTheEmbeddedDeviceIsMapped() {
        try (Device device = EmbeddedDevice.open(OPTIONS)) {
            for (Region region : device.regions()) {
                assertThat(region.capabilities().areas()).isEmpty();
                assertThat(region.capabilities().cacheMode()).isEqualTo(CacheMode.UNKNOWN);
                try (HostMemoryAccessor accessor = region.open(AccessOptions.DEFAULT)) {
                    assertThat(accessor.rules().isa()).isEqualTo("pread");
                    assertThat(accessor.planBulk(Direction.READ, 0, 16, TransferOrder.ASCENDING))
                            .hasToString("BULK 4x4@0");
                }
            }
            try (HostMemoryAccessor registers =
                    device.region(EmbeddedDevice.REGISTERS).open(AccessOptions.DEFAULT)) {
                assertThat(registers.readInt(0)).isEqualTo(EmbeddedDevice.ID);
                registers.writeLong(8, 0x0102030405060708L);
                assertThat(registers.readLong(8)).isEqualTo(0x0102030405060708L);
                assertThatThrownBy(registers::asSegment).isInstanceOf(AccessRejectedException.class);
            }
            assertThat(device.region(0).notes())
                    .anyMatch(note -> note.contains("[0x0, 0x1000000)")
                            && note.contains("VfioOptions.withoutMapping")
                            && note.contains("pread and pwrite"));
        }
    }

    @Test
    void aFileIsReadAndWrittenByCallsToo() throws IOException {
        Path file = Files.write(folder.resolve("f"), new byte[] {1, 2, 3, 4, 5, 6, 7, 8});
        try (Device device = Vfio.file(file, VfioOptions.none().withoutMapping());
                HostMemoryAccessor bytes = device.region(0).open(AccessOptions.DEFAULT)) {
            assertThat(device.region(0).capabilities().cacheMode()).isEqualTo(CacheMode.UNKNOWN);
            bytes.writeInt(0, -1);
            assertThat(bytes.readByte(4)).isEqualTo((byte) 5);
        }
        assertThat(Files.readAllBytes(file)).containsExactly(-1, -1, -1, -1, 5, 6, 7, 8);
    }

    @Test
    void aKernelsDeviceIsAskedForNoMapping() throws IOException {
        FakeKernel kernel = new FakeKernel(IoctlNumbers.of(System.getProperty("os.arch")));
        FakeSysfs fake = new FakeSysfs(folder);
        fake.device(ADDRESS, "vfio-pci", "7");
        try (Device device = Vfio.open(ADDRESS, VfioOptions.none().withoutMapping(), kernel, fake.sys(), fake.dev())) {
            device.regions()
                    .forEach(region -> region.open(AccessOptions.DEFAULT).close());
            assertThat(kernel.calls).noneMatch(call -> call.startsWith("map "));
        }
    }

    @Test
    void whatHasNoCallsIsOutOfReachAndSaysSo() throws IOException {
        FakeSysfs fake = new FakeSysfs(folder);
        Path function = fake.device(ADDRESS, "e1000e", null);
        fake.resources(ADDRESS, "0xfeb00000 0xfeb0ffff 0x200");
        Files.write(function.resolve("resource0"), new byte[0x10000]);
        Files.write(function.resolve("config"), new byte[256]);
        try (Device device = Vfio.sysfs(
                        fake.sys().resolve("bus/pci/devices/" + ADDRESS),
                        VfioOptions.none().withoutMapping(),
                        Linux.INSTANCE,
                        fake.sys(),
                        "amd64");
                HostMemoryAccessor bar = device.region(0).open(AccessOptions.DEFAULT)) {
            assertThat(device.region(0).notes())
                    .anyMatch(note -> note.contains("VfioOptions.withoutMapping") && !note.contains("pread"));
            assertThat(bar.planScalar(0, 4)).hasToString("REJECTED");
            assertThatThrownBy(() -> bar.readInt(0))
                    .isInstanceOfSatisfying(
                            AccessRejectedException.class,
                            refused -> assertThat(refused.reason()).isEqualTo(Reason.UNSUPPORTED));
        }
    }
}
