package org.hostmem.vfio;

import java.nio.file.Path;
import java.util.List;

/**
 * Opens a device by its own node: {@code /dev/iommu} and the node, then the one bound to the other.
 *
 * @param dev {@code /dev}
 */
record CdevOpener(Syscalls syscalls, IoctlNumbers ioctls, PciSysfs sysfs, Path dev) {

    Path node(String name) {
        return dev.resolve("vfio/devices").resolve(name);
    }

    /**
     * Opens a device that a VFIO driver has.
     *
     * @param name of the node, as sysfs has it
     * @throws VfioException if a step is refused, with what to do
     */
    KernelDeviceFile open(PciAddress address, String name, Way way) {
        try (Opening opening = new Opening(syscalls)) {
            int iommu = opening.node(dev.resolve("iommu"), "the iommufd module is not loaded: modprobe iommufd", "");
            int device = node(opening, name);
            int space = new Iommufd(syscalls, ioctls).bind(iommu, device);
            return opening.device(
                    ioctls,
                    address.text(),
                    way.toString(),
                    others -> new DmaSpace(new IoasSpace(this, way, others.getFirst(), space)));
        }
    }

    /**
     * Opens one more device, in the address space of others.
     *
     * @throws VfioException if a step is refused, with what to do
     */
    KernelDeviceFile join(PciAddress address, String name, Way way, SharedDescriptor iommu, int id, DmaSpace space) {
        try (Opening opening = new Opening(syscalls)) {
            int device = node(opening, name);
            new Iommufd(syscalls, ioctls).bind(iommu.number(), device, id);
            KernelDeviceFile file = opening.device(ioctls, address.text(), way.toString(), List.of(iommu), space);
            iommu.retain();
            return file;
        }
    }

    private int node(Opening opening, String name) {
        return opening.node(
                node(name),
                "is devtmpfs mounted on /dev, and the node allowed in this container?",
                "; another process has the device");
    }
}
