package org.hostmem.vfio.kernel;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.hostmem.vfio.VfioException;
import org.hostmem.vfio.VfioInterface;
import org.hostmem.vfio.linux.IoctlNumbers;
import org.hostmem.vfio.linux.Syscalls;
import org.hostmem.vfio.pci.PciAddress;
import org.hostmem.vfio.pci.PciSysfs;

/**
 * Tries the allowed ways to a device, in their order. It fails only if all of them fail.
 *
 * @param ways that are allowed
 */
public record DeviceOpener(Syscalls syscalls, IoctlNumbers ioctls, PciSysfs sysfs, Path dev, List<VfioInterface> ways) {

    /**
     * Opens a device that a VFIO driver has.
     *
     * @throws VfioException if all ways fail; the message says for each what to do
     */
    public KernelDeviceFile open(PciAddress address) {
        Map<VfioInterface, String> refusals = new LinkedHashMap<>();
        for (VfioInterface way : ways) {
            if (isThere(way, address)) {
                try {
                    return open(way, address);
                } catch (VfioException refused) {
                    refusals.put(way, refused.getMessage());
                }
            }
        }
        if (refusals.isEmpty()) {
            throw nothingThere(address);
        }
        if (refusals.size() == 1) {
            throw new VfioException(refusals.values().iterator().next());
        }
        StringBuilder all = new StringBuilder("no way into " + address + ":");
        refusals.forEach(
                (way, refusal) -> all.append("\n  ").append(way).append(": ").append(refusal));
        throw new VfioException(all.toString());
    }

    private boolean isThere(VfioInterface way, PciAddress address) {
        return switch (way) {
            case CDEV, NO_IOMMU_CDEV -> cdev(way, address).isPresent();
            case GROUP -> sysfs.hasGroup(address) && !sysfs.isGroupWithoutIommu(address);
            case NO_IOMMU_GROUP -> sysfs.isGroupWithoutIommu(address);
        };
    }

    /** The name of a node that exists both in sysfs and in {@code /dev}. */
    private Optional<String> cdev(VfioInterface way, PciAddress address) {
        return sysfs.cdev(address, way.isWithoutIommu())
                .filter(name -> Files.exists(new CdevOpener(syscalls, ioctls, sysfs, dev).node(name)));
    }

    private KernelDeviceFile open(VfioInterface way, PciAddress address) {
        return switch (way) {
            case CDEV, NO_IOMMU_CDEV ->
                new CdevOpener(syscalls, ioctls, sysfs, dev)
                        .open(address, cdev(way, address).orElseThrow(), way);
            case GROUP, NO_IOMMU_GROUP -> new GroupOpener(syscalls, ioctls, sysfs, dev).open(address, way);
        };
    }

    private VfioException nothingThere(PciAddress address) {
        List<VfioInterface> others = new ArrayList<>(List.of(VfioInterface.values()));
        others.removeIf(way -> ways.contains(way) || !isThere(way, address));
        if (!others.isEmpty() && others.getFirst().isWithoutIommu()) {
            return new VfioException(address
                    + " can be opened only without an IOMMU. Nothing then keeps it from reading and writing all of"
                    + " this host's memory: if you trust it, allow it by VfioOptions.allowingNoIommu(), or --no-iommu"
                    + " on the command line");
        }
        if (!others.isEmpty()) {
            return new VfioException(address + " cannot be opened by " + ways + ", which the options allow, but by "
                    + others + ": allow that (VfioOptions.through, --way)");
        }
        return new VfioException(address
                + " is in no IOMMU group. Switch the IOMMU on in the firmware and on the kernel's command line"
                + " (intel_iommu=on, or what the platform needs). If there is no IOMMU and you trust the device, run:"
                + " echo 1 > /sys/module/vfio/parameters/enable_unsafe_noiommu_mode, bind the driver again, and allow"
                + " no-IOMMU (VfioOptions.allowingNoIommu(), --no-iommu)");
    }
}
