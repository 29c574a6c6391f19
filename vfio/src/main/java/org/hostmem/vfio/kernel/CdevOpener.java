package org.hostmem.vfio.kernel;

import java.nio.file.Path;
import java.util.List;
import org.hostmem.vfio.VfioException;
import org.hostmem.vfio.VfioInterface;
import org.hostmem.vfio.dma.SharedSpace;
import org.hostmem.vfio.linux.IoctlNumbers;
import org.hostmem.vfio.linux.Opening;
import org.hostmem.vfio.linux.SharedDescriptor;
import org.hostmem.vfio.linux.Syscalls;
import org.hostmem.vfio.pci.PciAddress;
import org.hostmem.vfio.pci.PciSysfs;

/**
 * Opens a device by its own node. It opens {@code /dev/iommu} and the node, then binds the node to it.
 *
 * @param dev {@code /dev}
 */
public record CdevOpener(Syscalls syscalls, IoctlNumbers ioctls, PciSysfs sysfs, Path dev) {

    public Path node(String name) {
        return dev.resolve("vfio/devices").resolve(name);
    }

    /**
     * Opens a device that a VFIO driver has.
     *
     * @param name of the node, as sysfs has it
     * @throws VfioException if a step is refused, with what to do
     */
    public KernelDeviceFile open(PciAddress address, String name, VfioInterface way) {
        try (Opening opening = new Opening(syscalls)) {
            int iommu = opening.node(dev.resolve("iommu"), "the iommufd module is not loaded: modprobe iommufd", "");
            int device = node(opening, name);
            int space = new Iommufd(syscalls, ioctls).bind(iommu, device);
            return KernelDeviceFile.of(
                    opening,
                    syscalls,
                    ioctls,
                    address.text(),
                    way.toString(),
                    others -> new SharedSpace(new IoasSpace(this, way, others.getFirst(), space)));
        }
    }

    /**
     * Opens one more device, in the address space of others.
     *
     * @throws VfioException if a step is refused, with what to do
     */
    public KernelDeviceFile join(
            PciAddress address, String name, VfioInterface way, SharedDescriptor iommu, int id, SharedSpace space) {
        try (Opening opening = new Opening(syscalls)) {
            int device = node(opening, name);
            new Iommufd(syscalls, ioctls).bind(iommu.number(), device, id);
            KernelDeviceFile file = KernelDeviceFile.of(
                    opening, syscalls, ioctls, address.text(), way.toString(), List.of(iommu), space);
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
