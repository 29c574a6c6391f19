package org.hostmem.vfio.pci;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.hostmem.vfio.VfioException;

/**
 * Reads from sysfs the drivers and the IOMMU groups of PCI devices.
 *
 * @param root {@code /sys}
 */
public record PciSysfs(Path root) {

    /** Drivers that leave a device alone, so that its group stays viable. */
    private static boolean leavesAlone(String driver) {
        return isVfio(driver) || driver.equals("pci-stub") || driver.equals("pcieport");
    }

    /** The name of every VFIO driver contains this. */
    public static boolean isVfio(String driver) {
        return driver.contains("vfio");
    }

    public Path device(PciAddress address) {
        return root.resolve("bus/pci/devices").resolve(address.text());
    }

    /** The addresses of the devices that are bound to a VFIO driver, ascending. */
    public List<String> vfioDevices() {
        List<String> found = new ArrayList<>();
        try (DirectoryStream<Path> devices = Files.newDirectoryStream(root.resolve("bus/pci/devices"))) {
            for (Path device : devices) {
                driver(device)
                        .filter(PciSysfs::isVfio)
                        .ifPresent(driver -> found.add(device.getFileName().toString()));
            }
        } catch (IOException noPci) {
            return List.of();
        }
        Collections.sort(found);
        return found;
    }

    /**
     * The name of the VFIO driver that a device is bound to.
     *
     * @throws VfioException if there is no such device, or it is bound to another driver; the message has the commands
     *     to change that
     */
    public String vfioDriver(PciAddress address) {
        if (!Files.exists(device(address))) {
            throw new VfioException(
                    "there is no PCI device " + address + "; ls /sys/bus/pci/devices lists the devices");
        }
        String driver = driver(device(address)).orElse("");
        if (isVfio(driver)) {
            return driver;
        }
        String device = "/sys/bus/pci/devices/" + address;
        String unbind = driver.isEmpty() ? "" : "  echo " + address + " > " + device + "/driver/unbind\n";
        throw new VfioException("the driver of " + address + " is " + (driver.isEmpty() ? "none" : driver)
                + ": bind vfio-pci instead:\n  modprobe vfio-pci\n  echo vfio-pci > " + device + "/driver_override\n"
                + unbind
                + "  echo " + address + " > /sys/bus/pci/drivers_probe");
    }

    /** The name of the driver that a device is bound to; empty if there is none. */
    public String driver(PciAddress address) {
        return driver(device(address)).orElse("");
    }

    /** The BARs that a device has, by index. */
    public Map<Integer, PciResource> resources(PciAddress address) {
        return PciResource.parse(lines(device(address).resolve("resource")));
    }

    public boolean hasGroup(PciAddress address) {
        return groupName(address).isPresent();
    }

    private Optional<String> groupName(PciAddress address) {
        return linkTarget(device(address).resolve("iommu_group")).filter(name -> name.matches("[0-9]{1,9}"));
    }

    /** The number of a device's IOMMU group. */
    public String group(PciAddress address) {
        return groupName(address).orElseThrow(() -> new VfioException(address + " is in no IOMMU group"));
    }

    /** Whether VFIO made the group, for a device without an IOMMU. */
    public boolean isGroupWithoutIommu(PciAddress address) {
        return groupName(address)
                .map(group -> root.resolve("kernel/iommu_groups").resolve(group).resolve("name"))
                .map(PciSysfs::lines)
                .filter(List.of("vfio-noiommu")::equals)
                .isPresent();
    }

    /** The lines of a small file; none if it cannot be read. */
    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException unreadable) {
            return List.of();
        }
    }

    /**
     * The name of a device's own node. Without an IOMMU it has another name, so that nobody opens it by mistake. All
     * other entries are ignored.
     *
     * @param withoutIommu which of the two is wanted
     */
    public Optional<String> cdev(PciAddress address, boolean withoutIommu) {
        try (DirectoryStream<Path> names =
                Files.newDirectoryStream(device(address).resolve("vfio-dev"))) {
            for (Path name : names) {
                if (name.getFileName().toString().matches(withoutIommu ? "noiommu-vfio[0-9]{1,9}" : "vfio[0-9]{1,9}")) {
                    return Optional.of(name.getFileName().toString());
                }
            }
        } catch (IOException none) {
            return Optional.empty();
        }
        return Optional.empty();
    }

    /** The devices of a group whose drivers keep it from being viable, for people. */
    public String culprits(String group) {
        TreeMap<String, String> culprits = new TreeMap<>();
        try (DirectoryStream<Path> members = Files.newDirectoryStream(
                root.resolve("kernel/iommu_groups").resolve(group).resolve("devices"))) {
            for (Path member : members) {
                driver(member)
                        .filter(driver -> !leavesAlone(driver))
                        .ifPresent(driver -> culprits.put(member.getFileName().toString(), driver));
            }
        } catch (IOException unreadable) {
            return "a device in /sys/kernel/iommu_groups/" + group + "/devices";
        }
        return culprits.entrySet().stream()
                .map(e -> e.getKey() + " (driver " + e.getValue() + ")")
                .collect(Collectors.joining(", "));
    }

    private static Optional<String> driver(Path device) {
        return linkTarget(device.resolve("driver"));
    }

    private static Optional<String> linkTarget(Path link) {
        try {
            return Files.exists(link, LinkOption.NOFOLLOW_LINKS)
                    ? Optional.of(Files.readSymbolicLink(link).getFileName().toString())
                    : Optional.empty();
        } catch (IOException | UnsupportedOperationException unreadable) {
            return Optional.empty();
        }
    }
}
