package org.hostmem.vfio;

import java.nio.file.Path;

/**
 * Opens a device by its own node: {@code /dev/iommu} and the node, then the one bound to the other.
 *
 * @param dev {@code /dev}
 */
record CdevOpener(Syscalls syscalls, IoctlNumbers ioctls, Path dev) {

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
            int device = opening.node(node(name), "is devtmpfs mounted on /dev, and the node allowed in this container?", "; another process has the device");
            new Iommufd(syscalls, ioctls).bind(iommu, device);
            return opening.device(ioctls, address.text(), way.toString());
        }
    }
}
