package org.hostmem.vfio;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A sysfs with PCI devices, and a /dev with nodes, made of files and links as Linux has them. */
record FakeSysfs(Path root) {

    Path sys() {
        return root.resolve("sys");
    }

    Path dev() {
        return root.resolve("dev");
    }

    Path device(String address, String driver, String group) throws IOException {
        Path device = Files.createDirectories(root.resolve("sys/devices/pci0000:00/" + address));
        Path all = Files.createDirectories(root.resolve("sys/bus/pci/devices"));
        Files.createSymbolicLink(all.resolve(address), device);
        if (driver != null) {
            Files.createSymbolicLink(
                    device.resolve("driver"), Files.createDirectories(root.resolve("sys/bus/pci/drivers/" + driver)));
        }
        if (group != null) {
            Path members = Files.createDirectories(root.resolve("sys/kernel/iommu_groups/" + group + "/devices"));
            Files.createSymbolicLink(device.resolve("iommu_group"), members.getParent());
            Files.createSymbolicLink(members.resolve(address), device);
        }
        return device;
    }

    /** The device's own node, in sysfs and in /dev. */
    void cdev(String address, String name) throws IOException {
        Path inSysfs = Files.createDirectories(root.resolve("sys/devices/pci0000:00/" + address + "/vfio-dev/" + name));
        Files.createSymbolicLink(inSysfs.resolve("device"), inSysfs.getParent().getParent());
        Files.createSymbolicLink(
                Files.createDirectories(root.resolve("sys/class/vfio-dev")).resolve(name), inSysfs);
        Files.createFile(
                Files.createDirectories(root.resolve("dev/vfio/devices")).resolve(name));
    }

    /** Makes a group one of those that VFIO makes up. */
    void withoutIommu(String group) throws IOException {
        Files.writeString(root.resolve("sys/kernel/iommu_groups/" + group + "/name"), "vfio-noiommu\n");
    }

    /** The file {@code resource}: one line for each BAR, for example {@code 0x1000 0x1fff 0x200}. */
    void resources(String address, String... bars) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (int index = 0; index < 13; index++) {
            String[] bar = index < bars.length && !bars[index].isEmpty()
                    ? bars[index].split(" ")
                    : new String[] {"0x0", "0x0", "0x0"};
            for (int field = 0; field < 3; field++) {
                lines.append(String.format("0x%016x", Long.decode(bar[field]))).append(field < 2 ? " " : "\n");
            }
        }
        Files.writeString(root.resolve("sys/devices/pci0000:00/" + address + "/resource"), lines);
    }
}
