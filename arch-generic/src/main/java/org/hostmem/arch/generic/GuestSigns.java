package org.hostmem.arch.generic;

import static org.hostmem.spi.GuestSign.Test.BEGINS;
import static org.hostmem.spi.GuestSign.Test.BYTES;
import static org.hostmem.spi.GuestSign.Test.CONTAINS;
import static org.hostmem.spi.GuestSign.Test.ENDS;
import static org.hostmem.spi.GuestSign.Test.ENTRY;
import static org.hostmem.spi.GuestSign.Test.EXISTS;
import static org.hostmem.spi.GuestSign.Test.SMBIOS_BIT;
import static org.hostmem.spi.GuestSign.Test.WORD;

import java.util.ArrayList;
import java.util.List;
import org.hostmem.spi.GuestSign;
import org.hostmem.spi.GuestSign.Test;

/** The signs of a guest on more than one ISA: those of {@code systemd-detect-virt}, and more. */
public final class GuestSigns {

    private static final String DMI = "systemd:src/basic/virt.c detect_vm_dmi_vendor";
    private static final String DEVICE_TREE = "systemd:src/basic/virt.c detect_vm_device_tree";
    private static final String ACPI = "ACPI 6.0 5.2.9 (FADT, Hypervisor Vendor Identity)";

    private static final List<String> DMI_FILES =
            List.of("product_name", "sys_vendor", "board_vendor", "bios_vendor", "product_version");

    /** A maker's word, and whose it is. */
    private record Maker(String word, String of) {}

    private static final List<Maker> MAKERS = List.of(
            new Maker("KVM", "KVM"),
            new Maker("OpenStack", "KVM"),
            new Maker("KubeVirt", "KVM"),
            new Maker("Amazon EC2", "Amazon EC2"),
            new Maker("QEMU", "QEMU"),
            new Maker("VMware", "VMware"),
            new Maker("VMW", "VMware"),
            new Maker("innotek GmbH", "VirtualBox"),
            new Maker("VirtualBox", "VirtualBox"),
            new Maker("Oracle Corporation", "VirtualBox"),
            new Maker("Xen", "Xen"),
            new Maker("Bochs", "Bochs"),
            new Maker("Parallels", "Parallels"),
            new Maker("BHYVE", "bhyve"),
            new Maker("Hyper-V", "Hyper-V"),
            new Maker("Apple Virtualization", "Apple Virtualization"),
            new Maker("Google Compute Engine", "Google Compute Engine"));

    private GuestSigns() {}

    /**
     * {@return the makers and products that firmware names in its DMI tables; a cloud's machine without a hypervisor is
     * called {@code .metal} there}
     */
    public static List<GuestSign> dmi() {
        List<GuestSign> signs = new ArrayList<>();
        for (Test test : List.of(ENDS, CONTAINS)) {
            signs.add(GuestSign.none(
                    "sys/class/dmi/id/product_name",
                    test,
                    test == ENDS ? ".metal" : ".metal-", // m7i.metal-24xl
                    "a machine of Amazon EC2 without a hypervisor",
                    "systemd:src/basic/virt.c detect_vm_dmi"));
        }
        for (String file : DMI_FILES) {
            MAKERS.forEach(
                    maker -> signs.add(GuestSign.guest("sys/class/dmi/id/" + file, BEGINS, maker.word, maker.of, DMI)));
        }
        signs.add(GuestSign.guest(
                "sys/firmware/dmi/entries/0-0/raw",
                SMBIOS_BIT,
                "19.4",
                "the firmware says that it is a virtual machine's",
                "DMTF DSP0134 (SMBIOS), BIOS characteristics extension byte 2; systemd:src/basic/virt.c"
                        + " detect_vm_smbios"));
        return signs;
    }

    /** {@return what a hypervisor puts into a device tree} */
    public static List<GuestSign> deviceTree() {
        return List.of(
                GuestSign.guest("proc/device-tree/hypervisor", EXISTS, "", "a hypervisor's own node", DEVICE_TREE),
                GuestSign.guest(
                        "proc/device-tree/compatible",
                        WORD,
                        "linux,dummy-virt",
                        "a virtual board of QEMU, of kvmtool or of crosvm",
                        "qemu:hw/arm/virt.c create_fdt; kvmtool:arm/fdt.c; crosvm:aarch64/src/fdt.rs"),
                GuestSign.guest(
                        "proc/device-tree/compatible",
                        WORD,
                        "riscv-virtio",
                        "the virtual board of QEMU",
                        "qemu:hw/riscv/virt.c create_fdt"),
                GuestSign.guest("proc/device-tree", ENTRY, "fw-cfg@", "QEMU's configuration device", DEVICE_TREE));
    }

    /** {@return what tells a domain of Xen; the privileged one has the devices} */
    public static List<GuestSign> xen() {
        return List.of(
                GuestSign.none(
                        "proc/xen/capabilities",
                        WORD,
                        "control_d",
                        "Xen's privileged domain, which has the devices",
                        "systemd:src/basic/virt.c detect_vm_xen_dom0"),
                GuestSign.guest(
                        "sys/hypervisor/type",
                        EXISTS,
                        "",
                        "a hypervisor that the kernel knows, such as Xen",
                        "linux:Documentation/ABI/stable/sysfs-hypervisor-xen; systemd:src/basic/virt.c"
                                + " detect_vm_hypervisor"));
    }

    /** {@return what a hypervisor puts into ACPI tables; they are root's to read} */
    public static List<GuestSign> acpi() {
        return List.of(GuestSign.guest(
                "sys/firmware/acpi/tables/FACP", BYTES, "268", "the firmware names its hypervisor", ACPI));
    }

    /**
     * {@return several lists as one}
     *
     * @param lists of signs, the most telling first
     */
    public static List<GuestSign> all(List<List<GuestSign>> lists) {
        return lists.stream().flatMap(List::stream).toList();
    }
}
