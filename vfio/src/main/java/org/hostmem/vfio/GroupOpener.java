package org.hostmem.vfio;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Opens a device by the way of its IOMMU group: the container and the group, then the group into the container, an IOMMU for the container, and the device from the group.
 *
 * @param dev {@code /dev}
 */
record GroupOpener(Syscalls syscalls, IoctlNumbers ioctls, PciSysfs sysfs, Path dev) {

    private static final int GROUP_VIABLE = 1;

    /** TYPE1v2, TYPE1, and SPAPR_TCE_v2, in the order of preference. */
    private static final int[] IOMMU_TYPES = {3, 1, 7};

    /**
     * Opens a device that a VFIO driver has.
     *
     * @throws VfioException if a step is refused, with what to do
     */
    KernelDeviceFile open(PciAddress address) {
        String group = sysfs.group(address);
        Deque<Integer> opened = new ArrayDeque<>();
        try {
            int containerFd = push(opened, openNode(dev.resolve("vfio/vfio"), "the vfio module is not loaded: modprobe vfio-pci", ""));
            checkVersion(containerFd);
            int groupFd = push(opened, openNode(dev.resolve("vfio/" + group), "no VFIO driver has a device of group " + group + ", or the kernel has no VFIO_GROUP",
                    "; another process has group " + group + ", which opens only once"));
            attach(group, groupFd, containerFd);
            int deviceFd = push(opened, deviceFd(address, groupFd));
            return new KernelDeviceFile(syscalls, ioctls, address.text(), opened);
        } catch (RuntimeException refused) {
            opened.forEach(syscalls::close);
            throw refused;
        }
    }

    private static int push(Deque<Integer> opened, int fd) {
        opened.push(fd);
        return fd;
    }

    private int openNode(Path node, String ifAbsent, String ifBusy) {
        int fd = syscalls.open(node.toString());
        return switch (fd) {
            case -Errno.ENOENT -> throw new VfioException(node + " is not there: " + ifAbsent);
            case -Errno.EACCES -> throw new VfioException(node + " may not be opened by this user: chown it, or add a udev rule (SUBSYSTEM==\"vfio\", GROUP=...)");
            case -Errno.EPERM -> throw new VfioException(node + ": EPERM: CAP_SYS_RAWIO, or access to the node in this container or cgroup, is missing");
            case -Errno.EBUSY -> throw new VfioException(node + ": EBUSY" + ifBusy);
            default -> checked(fd, "opening " + node);
        };
    }

    private void checkVersion(int containerFd) {
        int version = checked(syscalls.ioctl(containerFd, ioctls.of(IoctlNumbers.GET_API_VERSION), 0L), "VFIO_GET_API_VERSION");
        if (version != 0) {
            throw new VfioException("the kernel speaks version " + version + " of the VFIO API, and 0 is known");
        }
    }

    private void attach(String group, int groupFd, int containerFd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment status = arena.allocate(8, 8);
            status.set(JAVA_INT, 0, 8);
            checked(syscalls.ioctl(groupFd, ioctls.of(IoctlNumbers.GROUP_GET_STATUS), status), "VFIO_GROUP_GET_STATUS");
            if ((status.get(JAVA_INT, 4) & GROUP_VIABLE) == 0) {
                throw new VfioException("group " + group + " is not viable because of " + sysfs.culprits(group) + ": bind each to vfio-pci, or unbind it, as all of a group must be in one hand");
            }
            MemorySegment container = arena.allocateFrom(JAVA_INT, containerFd);
            checked(syscalls.ioctl(groupFd, ioctls.of(IoctlNumbers.GROUP_SET_CONTAINER), container), "VFIO_GROUP_SET_CONTAINER");
        }
        setIommu(containerFd);
    }

    private void setIommu(int containerFd) {
        for (int type : IOMMU_TYPES) {
            if (syscalls.ioctl(containerFd, ioctls.of(IoctlNumbers.CHECK_EXTENSION), (long) type) > 0) {
                int result = syscalls.ioctl(containerFd, ioctls.of(IoctlNumbers.SET_IOMMU), (long) type);
                switch (result) {
                    case -Errno.EPERM -> throw new VfioException("VFIO_SET_IOMMU: EPERM: the platform cannot remap interrupts; if the device is trusted,"
                            + " set the parameter allow_unsafe_interrupts=1 of vfio_iommu_type1");
                    case -Errno.ENOMEM -> throw new VfioException("VFIO_SET_IOMMU: ENOMEM: raise the limit of locked memory (ulimit -l, LimitMEMLOCK= in systemd)");
                    default -> checked(result, "VFIO_SET_IOMMU of type " + type);
                }
                return;
            }
        }
        throw new VfioException("the kernel has no IOMMU type that this library knows: modprobe vfio_iommu_type1");
    }

    private int deviceFd(PciAddress address, int groupFd) {
        try (Arena arena = Arena.ofConfined()) {
            return checked(syscalls.ioctl(groupFd, ioctls.of(IoctlNumbers.GROUP_GET_DEVICE_FD), arena.allocateFrom(address.text())), "VFIO_GROUP_GET_DEVICE_FD for " + address);
        }
    }

    private static int checked(int result, String what) {
        if (result < 0) {
            throw new VfioException(what + ": " + Errno.name(result));
        }
        return result;
    }
}
