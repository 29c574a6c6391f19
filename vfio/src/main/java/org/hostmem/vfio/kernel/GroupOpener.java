package org.hostmem.vfio.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.hostmem.vfio.VfioException;
import org.hostmem.vfio.VfioInterface;
import org.hostmem.vfio.dma.SharedSpace;
import org.hostmem.vfio.linux.Errno;
import org.hostmem.vfio.linux.IoctlNumbers;
import org.hostmem.vfio.linux.Opening;
import org.hostmem.vfio.linux.SharedDescriptor;
import org.hostmem.vfio.linux.Syscalls;
import org.hostmem.vfio.pci.PciAddress;
import org.hostmem.vfio.pci.PciSysfs;
import org.jspecify.annotations.Nullable;

/**
 * Opens a device through its IOMMU group. It opens the container and the group, adds the group to the container, sets
 * the IOMMU type of the container, and gets the device from the group.
 *
 * @param dev {@code /dev}
 */
public record GroupOpener(Syscalls syscalls, IoctlNumbers ioctls, PciSysfs sysfs, Path dev) {

    private static final int GROUP_VIABLE = 1;

    /** TYPE1v2, TYPE1, and SPAPR_TCE_v2, in the order of preference. */
    private static final int[] IOMMU_TYPES = {3, 1, 7};

    private static final int SPAPR_TYPE = 7;

    /** The no-IOMMU type. The kernel's answer about it says nothing; the name of the group's node does. */
    private static final int NO_IOMMU_TYPE = 8;

    public Path node(String group, VfioInterface way) {
        return dev.resolve("vfio").resolve((way.isWithoutIommu() ? "noiommu-" : "") + group);
    }

    /**
     * Opens a device that a VFIO driver has.
     *
     * @throws VfioException if a step is refused, with what to do
     */
    public KernelDeviceFile open(PciAddress address, VfioInterface way) {
        String group = sysfs.group(address);
        try (Opening opening = new Opening(syscalls)) {
            int container =
                    opening.node(dev.resolve("vfio/vfio"), "the vfio module is not loaded: modprobe vfio-pci", "");
            checkVersion(container);
            int groupFd = node(opening, group, way);
            attach(group, groupFd, container);
            int type = NO_IOMMU_TYPE;
            if (way.isWithoutIommu()) {
                Opening.checked(
                        syscalls.ioctl(container, ioctls.of(IoctlNumbers.SET_IOMMU), (long) NO_IOMMU_TYPE),
                        "VFIO_SET_IOMMU of type " + NO_IOMMU_TYPE);
            } else {
                type = setIommu(container);
            }
            opening.add(deviceFd(address, groupFd));
            int iommu = type;
            return KernelDeviceFile.of(
                    opening,
                    syscalls,
                    ioctls,
                    address.text(),
                    way.toString(),
                    others -> new SharedSpace(space(iommu, way, group, others.getFirst(), others.getLast())));
        }
    }

    private ContainerSpace space(
            int type, VfioInterface way, String group, SharedDescriptor groupFd, SharedDescriptor container) {
        return switch (type) {
            case NO_IOMMU_TYPE -> new PhysicalSpace(this, way, container, group, groupFd);
            case SPAPR_TYPE -> new SpaprSpace(this, way, container, group, groupFd);
            default -> new Type1Space(this, way, container, group, groupFd);
        };
    }

    /**
     * Opens one more device in the container of other devices.
     *
     * @param known the descriptor of its group if the group is in the container already, else null
     * @param joined called with the descriptor of a group that joins the container
     * @throws VfioException if a step is refused, with what to do
     */
    public KernelDeviceFile join(
            PciAddress address,
            VfioInterface way,
            SharedDescriptor container,
            @Nullable SharedDescriptor known,
            SharedSpace space,
            Consumer<SharedDescriptor> joined) {
        String group = sysfs.group(address);
        try (Opening opening = new Opening(syscalls)) {
            SharedDescriptor groupFd =
                    known == null ? new SharedDescriptor(syscalls, node(opening, group, way)) : known;
            if (known == null) {
                attach(group, groupFd.number(), container.number());
            }
            opening.add(deviceFd(address, groupFd.number()));
            KernelDeviceFile file = KernelDeviceFile.of(
                    opening, syscalls, ioctls, address.text(), way.toString(), List.of(groupFd, container), space);
            container.retain();
            if (known == null) {
                joined.accept(groupFd);
            } else {
                known.retain();
            }
            return file;
        }
    }

    private int node(Opening opening, String group, VfioInterface way) {
        return opening.node(
                node(group, way),
                "no device of group " + group + " is bound to a VFIO driver, or the kernel has no VFIO_GROUP",
                ": group " + group + " opens only once, and is open already, or one of its devices is open by its own"
                        + " node. Close it there. If this process has it, use DmaSpace.open for the group's other"
                        + " devices");
    }

    private void checkVersion(int container) {
        int version = Opening.checked(
                syscalls.ioctl(container, ioctls.of(IoctlNumbers.GET_API_VERSION), 0L), "VFIO_GET_API_VERSION");
        if (version != 0) {
            throw new VfioException(
                    "the kernel has version " + version + " of the VFIO API, and this library knows version 0 only");
        }
    }

    private void attach(String group, int groupFd, int container) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment status = arena.allocate(8, 8);
            status.set(JAVA_INT, 0, 8);
            Opening.checked(
                    syscalls.ioctl(groupFd, ioctls.of(IoctlNumbers.GROUP_GET_STATUS), status), "VFIO_GROUP_GET_STATUS");
            if ((status.get(JAVA_INT, 4) & GROUP_VIABLE) == 0) {
                throw new VfioException("group " + group + " is not viable because of " + sysfs.culprits(group)
                        + ": bind each to vfio-pci, or unbind it, because one process must hold all devices of"
                        + " a group");
            }
            MemorySegment containerFd = arena.allocateFrom(JAVA_INT, container);
            Opening.checked(
                    syscalls.ioctl(groupFd, ioctls.of(IoctlNumbers.GROUP_SET_CONTAINER), containerFd),
                    "VFIO_GROUP_SET_CONTAINER");
        }
    }

    /** Sets the IOMMU type of the container, and returns it. */
    private int setIommu(int container) {
        for (int type : IOMMU_TYPES) {
            if (syscalls.ioctl(container, ioctls.of(IoctlNumbers.CHECK_EXTENSION), (long) type) > 0) {
                int result = syscalls.ioctl(container, ioctls.of(IoctlNumbers.SET_IOMMU), (long) type);
                switch (result) {
                    case -Errno.EPERM ->
                        throw new VfioException(
                                "VFIO_SET_IOMMU: EPERM: the platform cannot remap interrupts; if the device is trusted,"
                                        + " set the parameter allow_unsafe_interrupts=1 of vfio_iommu_type1");
                    case -Errno.ENOMEM ->
                        throw new VfioException(
                                "VFIO_SET_IOMMU: ENOMEM: raise the limit of locked memory (ulimit -l, LimitMEMLOCK= in"
                                        + " systemd)");
                    default -> Opening.checked(result, "VFIO_SET_IOMMU of type " + type);
                }
                return type;
            }
        }
        throw new VfioException("the kernel has no IOMMU type that this library knows: modprobe vfio_iommu_type1");
    }

    private int deviceFd(PciAddress address, int groupFd) {
        try (Arena arena = Arena.ofConfined()) {
            return Opening.checked(
                    syscalls.ioctl(
                            groupFd, ioctls.of(IoctlNumbers.GROUP_GET_DEVICE_FD), arena.allocateFrom(address.text())),
                    "VFIO_GROUP_GET_DEVICE_FD for " + address);
        }
    }
}
