package org.hostmem.integration.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.hostmem.spi.Guest;
import org.hostmem.spi.Host;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How a machine is found to be a guest, or none: by the tables of every ISA, in files of a made-up machine. */
class GuestSignsTest {

    @TempDir
    private Path root;

    private Guest guest(String isa) {
        return Guest.of(Host.of("Linux", isa, ByteOrder.LITTLE_ENDIAN), root);
    }

    private void file(String path, String text) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "x86_64  | proc/cpuinfo                           | flags : fpu hypervisor avx        | GUEST",
                "x86_64  | proc/cpuinfo                           | flags : fpu avx                   | NO_GUEST",
                "x86_64  | sys/class/dmi/id/sys_vendor            | QEMU                              | GUEST",
                "x86_64  | sys/class/dmi/id/sys_vendor            | Dell Inc.                         | NO_GUEST",
                "aarch64 | proc/device-tree/hypervisor/compatible | linux,kvm                         | GUEST",
                "aarch64 | proc/device-tree/compatible            | linux,dummy-virt                  | GUEST",
                "aarch64 | proc/device-tree/compatible            | raspberrypi,5-model-b             | NO_GUEST",
                "aarch64 | proc/device-tree/fw-cfg@9020000/reg    | x                                 | GUEST",
                "aarch64 | sys/class/dmi/id/product_name          | KVM Virtual Machine               | GUEST",
                "aarch64 | sys/class/dmi/id/product_name          | a1.metal                          | NO_GUEST",
                "aarch64 | sys/class/dmi/id/product_name          | m7g.metal-48xl                    | NO_GUEST",
                "aarch64 | sys/hypervisor/type                    | xen                               | GUEST",
                "aarch64 | sys/class/dmi/id/sys_vendor            | Ampere                            | NO_GUEST",
                "riscv64 | proc/device-tree/compatible            | riscv-virtio                      | GUEST",
                "riscv64 | proc/device-tree/compatible            | starfive,visionfive-2             | NO_GUEST",
                "ppc64   | proc/device-tree/compatible            | ibm,powernv                       | NO_GUEST",
                "ppc64   | proc/device-tree/compatible            | qemu,pseries                      | GUEST",
                "ppc64   | proc/device-tree/device_type           | chrp                              | GUEST",
                "ppc64   | proc/device-tree/ibm,partition-name    | lpar1                             | GUEST",
                "ppc64   | proc/device-tree/hypervisor/compatible | linux,kvm                         | GUEST",
                "sparc   | proc/cpuinfo                           | flags : hypervisor                | UNKNOWN"
            })
    void oneSignTells(String isa, String path, String text, Guest.Answer answer) throws IOException {
        file(path, text + "\n");
        Guest guest = guest(isa);
        assertThat(guest.answer()).as(guest.toString()).isEqualTo(answer);
        assertThat(guest.found()).isNotBlank();
        assertThat(guest.answer() == Guest.Answer.GUEST && guest.source().isBlank())
                .as("a sign has a source")
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource({"x86_64", "aarch64", "ppc64", "riscv64"})
    void aMachineThatShowsNothingMayBeAnything(String isa) {
        assertThat(guest(isa).answer()).isEqualTo(Guest.Answer.UNKNOWN);
    }

    /** The privileged domain of Xen has the signs of a guest, and the devices. */
    @ParameterizedTest
    @CsvSource({"x86_64, proc/cpuinfo", "x86_64, sys/hypervisor/type", "aarch64, proc/device-tree/hypervisor/compatible"
    })
    void whatSaysNoGuestComesFirst(String isa, String sign) throws IOException {
        file(sign, "flags : hypervisor\n");
        assertThat(guest(isa).answer()).isEqualTo(Guest.Answer.GUEST);
        file("proc/xen/capabilities", "control_d\n");
        assertThat(guest(isa).answer()).isEqualTo(Guest.Answer.NO_GUEST);
        assertThat(guest(isa).found()).contains("control_d");
    }

    /** The bit of SMBIOS counts only where the table is long enough to have it: behind the table stand strings. */
    @ParameterizedTest
    @CsvSource({"0x18, 0x10, GUEST", "0x18, 0xef, NO_GUEST", "0x13, 0x10, NO_GUEST"})
    void theFirmwareMaySayThatItIsAVirtualMachines(String length, String extension, Guest.Answer answer)
            throws IOException {
        byte[] table = new byte[0x20];
        table[1] = Integer.decode(length).byteValue();
        table[19] = Integer.decode(extension).byteValue();
        Path file = root.resolve("sys/firmware/dmi/entries/0-0/raw");
        Files.createDirectories(file.getParent());
        Files.write(file, table);
        assertThat(guest("aarch64").answer()).isEqualTo(answer);
    }

    @Test
    void theListsOfADeviceTreeEndInZeroes() throws IOException {
        file("proc/device-tree/compatible", "ibm,p10\0ibm,powernv\0");
        file("proc/device-tree/device_type", "chrp\0");
        assertThat(guest("ppc64").answer()).isEqualTo(Guest.Answer.NO_GUEST);
    }

    @Test
    void theFirmwareMayNameItsHypervisor() throws IOException {
        byte[] table = new byte[276];
        Path file = root.resolve("sys/firmware/acpi/tables/FACP");
        Files.createDirectories(file.getParent());
        Files.write(file, table);
        assertThat(guest("aarch64").answer()).isEqualTo(Guest.Answer.NO_GUEST);
        table[268] = 'M';
        Files.write(file, table);
        assertThat(guest("aarch64").answer()).isEqualTo(Guest.Answer.GUEST);
    }

    @Test
    void thisMachineIsFoundOutOnce() {
        assertThat(Guest.current()).isSameAs(Guest.current());
    }
}
