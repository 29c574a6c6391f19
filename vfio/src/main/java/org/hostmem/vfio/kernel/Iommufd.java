package org.hostmem.vfio.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.hostmem.vfio.VfioException;
import org.hostmem.vfio.linux.Errno;
import org.hostmem.vfio.linux.IoctlNumbers;
import org.hostmem.vfio.linux.Opening;
import org.hostmem.vfio.linux.Syscalls;

/** The ioctls that bind a device's own node to an IOMMU. Before that the node answers everything with EINVAL. */
public record Iommufd(Syscalls syscalls, IoctlNumbers ioctls) {

    /**
     * Binds the device to the IOMMU's descriptor, and attaches it to a new address space. Nothing is mapped there, so
     * the device can reach no memory.
     *
     * @return the number of the address space
     * @throws VfioException if a step is refused, with what to do
     */
    public int bind(int iommuFd, int deviceFd) {
        bindOnly(iommuFd, deviceFd);
        try (Arena arena = Arena.ofConfined()) {
            // iommu_ioas_alloc: u32 size 0, u32 flags 4, u32 out_ioas_id 8.
            MemorySegment space = words(arena, 12, 0, 0);
            Opening.checked(
                    syscalls.ioctl(iommuFd, ioctls.of(IoctlNumbers.IOMMU_IOAS_ALLOC), space), "IOMMU_IOAS_ALLOC");
            int id = space.get(JAVA_INT, 8);
            Opening.checked(attach(deviceFd, id), "VFIO_DEVICE_ATTACH_IOMMUFD_PT");
            return id;
        }
    }

    /**
     * Binds the device to the IOMMU's descriptor, and attaches it to an address space that other devices use.
     *
     * @throws VfioException if a step is refused, with what to do
     */
    public void bind(int iommuFd, int deviceFd, int space) {
        bindOnly(iommuFd, deviceFd);
        int attached = attach(deviceFd, space);
        if (attached == -Errno.EADDRINUSE) {
            throw new VfioException(
                    "VFIO_DEVICE_ATTACH_IOMMUFD_PT: EADDRINUSE: memory is mapped at addresses that this device"
                            + " reserves, for example its window for interrupts: open all devices before the first"
                            + " mapping");
        }
        Opening.checked(attached, "VFIO_DEVICE_ATTACH_IOMMUFD_PT");
    }

    /**
     * {@code vfio_device_attach_iommufd_pt}: u32 argsz 0, u32 flags 4, u32 pt_id 8. The kernel writes another number
     * there.
     */
    private int attach(int deviceFd, int space) {
        try (Arena arena = Arena.ofConfined()) {
            return syscalls.ioctl(
                    deviceFd, ioctls.of(IoctlNumbers.DEVICE_ATTACH_IOMMUFD_PT), words(arena, 12, 0, space));
        }
    }

    private void bindOnly(int iommuFd, int deviceFd) {
        try (Arena arena = Arena.ofConfined()) {
            // vfio_device_bind_iommufd: u32 argsz 0, u32 flags 4, s32 iommufd 8, u32 out_devid 12. Newer kernels have a
            // longer struct, and accept this one too.
            MemorySegment bind = words(arena, 16, 0, iommuFd, 0);
            int bound = syscalls.ioctl(deviceFd, ioctls.of(IoctlNumbers.DEVICE_BIND_IOMMUFD), bind);
            switch (bound) {
                case -Errno.EPERM ->
                    throw new VfioException(
                            "VFIO_DEVICE_BIND_IOMMUFD: EPERM: the platform cannot keep the device's interrupts apart;"
                                + " if the device is trusted, set the parameter allow_unsafe_interrupts=1 of iommufd");
                case -Errno.EBUSY ->
                    throw new VfioException(
                            "VFIO_DEVICE_BIND_IOMMUFD: EBUSY: the device, or its group, is open in another process, or"
                                    + " a device of the group is bound to a driver of the kernel");
                case -Errno.EINVAL ->
                    throw new VfioException(
                            "VFIO_DEVICE_BIND_IOMMUFD: EINVAL: the device is open by its own node already, in another"
                                    + " process or in this one");
                default -> Opening.checked(bound, "VFIO_DEVICE_BIND_IOMMUFD");
            }
        }
    }

    private static MemorySegment words(Arena arena, int... words) {
        return arena.allocateFrom(JAVA_INT, words);
    }
}
