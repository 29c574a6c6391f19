package org.hostmem.vfio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.AbstractThrowableAssert;
import org.hostmem.vfio.kernel.DeviceOpener;
import org.hostmem.vfio.linux.Errno;
import org.hostmem.vfio.linux.IoctlNumbers;
import org.hostmem.vfio.pci.PciAddress;
import org.hostmem.vfio.pci.PciSysfs;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which way into a device is taken, and what is said to the kernel on it. */
class WaysTest {

    private static final String ADDRESS = "0000:03:00.0";

    @TempDir
    Path root;

    private final FakeKernel kernel = new FakeKernel(IoctlNumbers.of(System.getProperty("os.arch")));
    private FakeSysfs fake;

    @BeforeEach
    void aFunctionBoundToVfioPci() throws IOException {
        fake = new FakeSysfs(root);
        fake.device(ADDRESS, "vfio-pci", "7");
    }

    private Device open(VfioOptions options) {
        return Vfio.open(ADDRESS, options, kernel, fake.sys(), fake.dev());
    }

    private AbstractThrowableAssert<?, ? extends Throwable> assertRefused(VfioOptions options) {
        return assertThatThrownBy(() -> open(options)).isInstanceOf(VfioException.class);
    }

    @Test
    void theDevicesOwnNodeIsPreferredAndBoundAndAttachedBeforeAnythingIsAsked() throws IOException {
        fake.cdev(ADDRESS, "vfio4");
        Device device = open(VfioOptions.none());
        assertThat(kernel.calls)
                .startsWith(
                        "open iommu",
                        "open vfio/devices/vfio4",
                        "BIND [16, 0, 103, 0]",
                        "IOAS_ALLOC on 103 [12, 0, 0]",
                        "ATTACH [12, 0, 77]",
                        "GET_INFO");
        assertThat(device.way()).isEqualTo("cdev");
        assertThat(device.regions()).extracting(Region::index).containsExactly(0, 3, 7);
        kernel.calls.clear();
        device.close();
        assertThat(kernel.calls).containsExactly("close 102", "close 103");
    }

    @ParameterizedTest
    @ValueSource(strings = {"amd64", "ppc64le"})
    void theNumbersAreThoseOfTheArchitecture(String osArch) throws IOException {
        fake.cdev(ADDRESS, "vfio0");
        FakeKernel other = new FakeKernel(IoctlNumbers.of(osArch));
        new DeviceOpener(other, IoctlNumbers.of(osArch), new PciSysfs(fake.sys()), fake.dev(), VfioInterface.SAFE)
                .open(PciAddress.parse(ADDRESS))
                .close();
        assertThat(other.calls).contains("BIND [16, 0, 103, 0]", "IOAS_ALLOC on 103 [12, 0, 0]", "ATTACH [12, 0, 77]");
    }

    @Test
    void theNumbersOfIommufd() {
        assertThat(IoctlNumbers.of("amd64").of(IoctlNumbers.DEVICE_BIND_IOMMUFD))
                .isEqualTo(0x3b76);
        assertThat(IoctlNumbers.of("aarch64").of(IoctlNumbers.DEVICE_ATTACH_IOMMUFD_PT))
                .isEqualTo(0x3b77);
        assertThat(IoctlNumbers.of("riscv64").of(IoctlNumbers.IOMMU_IOAS_ALLOC)).isEqualTo(0x3b81);
        assertThat(IoctlNumbers.of("ppc64le").of(IoctlNumbers.DEVICE_BIND_IOMMUFD))
                .isEqualTo(0x20003b76);
        assertThat(IoctlNumbers.of("ppc64le").of(IoctlNumbers.IOMMU_IOAS_ALLOC)).isEqualTo(0x20003b81);
    }

    @Test
    void aWayThatIsRefusedIsNoEndIfAnotherIsNot() throws IOException {
        fake.cdev(ADDRESS, "vfio4");
        kernel.refusals.put("open iommu", -Errno.EACCES);
        try (Device device = open(VfioOptions.none())) {
            assertThat(device.way()).isEqualTo("group");
        }
    }

    @Test
    void ifAllAreRefusedEachSaysWhy() throws IOException {
        fake.cdev(ADDRESS, "vfio4");
        kernel.refusals.put("BIND [16, 0, 103, 0]", -Errno.EPERM);
        kernel.refusals.put("open vfio/7", -Errno.EBUSY);
        assertRefused(VfioOptions.none())
                .hasMessageContaining("\n  cdev: ")
                .hasMessageContaining("VFIO_DEVICE_BIND_IOMMUFD")
                .hasMessageContaining("EPERM")
                .hasMessageContaining("allow_unsafe_interrupts")
                .hasMessageContaining("\n  group: ")
                .hasMessageContaining("group 7");
        assertThat(kernel.calls.stream().filter(call -> call.startsWith("close ")))
                .containsExactlyInAnyOrder("close 102", "close 103", "close 100");
    }

    @Test
    void everyRefusalOfTheNodeSaysWhatToDoAndClosesWhatWasOpen() throws IOException {
        fake.cdev(ADDRESS, "vfio4");
        assertRefusedWith("open iommu", Errno.ENOENT, "modprobe iommufd", 0);
        assertRefusedWith("open iommu", Errno.EMFILE, "ulimit -n", 0);
        assertRefusedWith("open vfio/devices/vfio4", Errno.EACCES, "udev", 1);
        assertRefusedWith("open vfio/devices/vfio4", Errno.EMFILE, "ulimit -n", 1);
        assertRefusedWith("BIND [16, 0, 103, 0]", Errno.EBUSY, "open in another process", 2);
        assertRefusedWith("BIND [16, 0, 103, 0]", Errno.EINVAL, "open by its own node already", 2);
        assertRefusedWith("IOAS_ALLOC on 103 [12, 0, 0]", Errno.ENOMEM, "IOMMU_IOAS_ALLOC: ENOMEM", 2);
        assertRefusedWith("ATTACH [12, 0, 77]", Errno.EINVAL, "VFIO_DEVICE_ATTACH_IOMMUFD_PT: EINVAL", 2);
        assertRefusedWith("GET_INFO", Errno.EIO, "VFIO_DEVICE_GET_INFO", 2);
    }

    private void assertRefusedWith(String call, int errno, String advice, int opened) {
        kernel.assertRefusedWith(
                call,
                errno,
                opened,
                () -> assertRefused(VfioOptions.none().through(VfioInterface.CDEV))
                        .hasMessageContaining(advice));
    }

    @Test
    void aNodeThatSysfsHasAndDevHasNotIsPassedOver() throws IOException {
        fake.cdev(ADDRESS, "vfio4");
        Files.delete(fake.dev().resolve("vfio/devices/vfio4"));
        try (Device device = open(VfioOptions.none())) {
            assertThat(device.way()).isEqualTo("group");
        }
        assertRefused(VfioOptions.none().through(VfioInterface.CDEV))
                .hasMessageContaining("[cdev]")
                .hasMessageContaining("[group]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"noiommu-vfio0", "vfio", "vfio0x", "xvfio0", "vfio0000000000"})
    void nothingElseThatStandsThereIsTheDevicesNode(String name) throws IOException {
        fake.cdev(ADDRESS, name);
        try (Device device = open(VfioOptions.none())) {
            assertThat(device.way()).isEqualTo("group");
        }
    }

    @Test
    void withoutAnIommuADeviceIsNotOpenedUnasked() throws IOException {
        fake.withoutIommu("7");
        assertRefused(VfioOptions.none())
                .hasMessageContaining("allowingNoIommu()")
                .hasMessageContaining("--no-iommu");
        fake.cdev(ADDRESS, "noiommu-vfio0");
        assertRefused(VfioOptions.none()).hasMessageContaining("--no-iommu");
        assertThat(kernel.calls).isEmpty();
    }

    @Test
    void withoutAnIommuADeviceIsOpenedByItsGroupIfAllowed() throws IOException {
        fake.withoutIommu("7");
        try (Device device = open(VfioOptions.none().allowingNoIommu())) {
            assertThat(device.way()).isEqualTo("no-IOMMU group");
            assertThat(kernel.calls)
                    .containsSubsequence(
                            "open vfio/vfio",
                            "open vfio/noiommu-7",
                            "SET_CONTAINER 100",
                            "SET_IOMMU 8",
                            "GET_DEVICE_FD " + ADDRESS);
        }
    }

    @Test
    void withoutAnIommuADeviceIsOpenedByItsNodeIfAllowed() throws IOException {
        fake.withoutIommu("7");
        fake.cdev(ADDRESS, "noiommu-vfio0");
        try (Device device = open(VfioOptions.none().allowingNoIommu())) {
            assertThat(device.way()).isEqualTo("no-IOMMU cdev");
            assertThat(kernel.calls)
                    .startsWith("open iommu", "open vfio/devices/noiommu-vfio0", "BIND [16, 0, 103, 0]");
        }
        kernel.refusals.put("open vfio/devices/noiommu-vfio0", -Errno.EPERM);
        assertRefused(VfioOptions.none().through(VfioInterface.NO_IOMMU_CDEV)).hasMessageContaining("CAP_SYS_RAWIO");
    }

    @Test
    void aWayWithAnIommuIsTakenEvenIfOneWithoutIsAllowed() {
        try (Device device = open(VfioOptions.none().allowingNoIommu())) {
            assertThat(device.way()).isEqualTo("group");
        }
    }

    @Test
    void theOptionsKeepTheirOrder() {
        assertThat(VfioOptions.none().ways()).containsExactly(VfioInterface.CDEV, VfioInterface.GROUP);
        assertThat(VfioOptions.none().allowingNoIommu().allowingNoIommu().ways())
                .containsExactly(
                        VfioInterface.CDEV,
                        VfioInterface.GROUP,
                        VfioInterface.NO_IOMMU_CDEV,
                        VfioInterface.NO_IOMMU_GROUP);
        assertThat(VfioOptions.none()
                        .allowingNoIommu()
                        .asserting(1, org.hostmem.CacheMode.DEVICE)
                        .with(VfioOptions.WideAccess.REFUSE)
                        .ways())
                .hasSize(4);
        assertThatThrownBy(() -> VfioOptions.none().through()).isInstanceOf(IllegalArgumentException.class);
        assertThat(List.of(VfioInterface.values()))
                .filteredOn(VfioInterface::isWithoutIommu)
                .containsExactly(VfioInterface.NO_IOMMU_CDEV, VfioInterface.NO_IOMMU_GROUP);
    }
}
