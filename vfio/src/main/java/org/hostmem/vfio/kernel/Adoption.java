package org.hostmem.vfio.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.VfioException;
import org.hostmem.vfio.VfioInterface;
import org.hostmem.vfio.VfioOptions;
import org.hostmem.vfio.device.VfioDevice;
import org.hostmem.vfio.dma.SharedSpace;
import org.hostmem.vfio.file.HostFile;
import org.hostmem.vfio.linux.Errno;
import org.hostmem.vfio.linux.FileStatus;
import org.hostmem.vfio.linux.IoctlNumbers;
import org.hostmem.vfio.linux.Opening;
import org.hostmem.vfio.linux.SharedDescriptor;
import org.hostmem.vfio.linux.Syscalls;
import org.hostmem.vfio.pci.PciAddress;
import org.hostmem.vfio.pci.PciSysfs;
import org.jspecify.annotations.Nullable;

/**
 * Makes a device from a descriptor that another process has opened. It is the descriptor of a VFIO device, opened in
 * any way, or of a file.
 *
 * @param sys {@code /sys}
 * @param dev {@code /dev}
 * @param self {@code /proc/self}
 */
public record Adoption(Syscalls syscalls, IoctlNumbers ioctls, Path sys, Path dev, Path self) {

    private static final String WAY = "descriptor";

    /** The name of an unknown driver. The table of drivers does not have it. */
    private static final String UNKNOWN_DRIVER = "unknown";

    private static final int DEVICE_INFO_SIZE = 24;

    /**
     * Takes over descriptors, and closes them if it fails.
     *
     * @param fds the device's first, then those that must stay open with it
     * @param name of the descriptor, for messages, and as the device's address if there is no better one
     * @param said the PCI address that the sender gave, used if the kernel does not tell the address
     * @throws VfioException if it is not of a device or a file; the message says what to do
     */
    public Device open(List<Integer> fds, String name, String said, VfioOptions options) {
        try (Opening opening = new Opening(syscalls)) {
            fds.forEach(opening::addBehind);
            int fd = fds.getFirst();
            FileStatus status = FileStatus.of(fd, name);
            if (status.isSysfs()) {
                throw new VfioException(
                        name + " is " + target(fd).orElse("a file below /sys") + ": open that by its path");
            }
            if (target(fd)
                    .filter(path -> Path.of(path).startsWith(System.getProperty("java.home")))
                    .isPresent()) {
                throw new VfioException(name
                        + " was not inherited: this JVM opened it for a file of its own. Was the descriptor closed on"
                        + " the way, or does it have another number?");
            }
            if (!status.canBeVfioDevice()) {
                HostFile file = HostFile.of(syscalls, name, fd, isWritable(fd));
                opening.release();
                fds.stream().skip(1).forEach(syscalls::close);
                return new VfioDevice(name, HostFile.DRIVER, file, options);
            }
            OptionalInt bound = OptionalInt.empty();
            if (deviceInfo(fd) == -Errno.EINVAL) {
                int iommu = iommu(name);
                opening.addBehind(iommu);
                bound = OptionalInt.of(new Iommufd(syscalls, ioctls).bind(iommu, fd));
            }
            OptionalInt own = bound;
            Optional<PciAddress> address = address(fd).or(() -> PciAddress.find(said));
            String driver = address.map(new PciSysfs(sys)::driver)
                    .filter(known -> !known.isEmpty())
                    .orElse(UNKNOWN_DRIVER);
            String called = address.map(PciAddress::text).orElse(name);
            return new VfioDevice(
                    called,
                    driver,
                    KernelDeviceFile.of(opening, syscalls, ioctls, called, WAY, others -> space(fd, others, own)),
                    options);
        }
    }

    private int deviceInfo(int fd) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(DEVICE_INFO_SIZE, 8);
            info.set(JAVA_INT, 0, DEVICE_INFO_SIZE);
            return syscalls.ioctl(fd, ioctls.of(IoctlNumbers.DEVICE_GET_INFO), info);
        }
    }

    /**
     * A device's own node answers EINVAL to everything until it is bound. Every holder of its descriptor may bind it.
     */
    private int iommu(String name) {
        int iommu = syscalls.open(dev.resolve("iommu").toString());
        if (iommu < 0) {
            throw new VfioException(name + " has no IOMMU yet, and " + dev.resolve("iommu") + " could not be opened: "
                    + Errno.name(iommu) + Opening.advice(iommu)
                    + ". Let the process that opened the device bind it (VFIO_DEVICE_BIND_IOMMUFD), or give this user"
                    + " the right to open the node of the IOMMU");
        }
        return iommu;
    }

    /**
     * The address space of the device, if this process made it or has the container; null if only another process knows
     * it.
     */
    private @Nullable SharedSpace space(int fd, List<SharedDescriptor> others, OptionalInt bound) {
        PciSysfs sysfs = new PciSysfs(sys);
        if (bound.isPresent()) {
            VfioInterface way =
                    target(fd).orElse("").contains("noiommu-") ? VfioInterface.NO_IOMMU_CDEV : VfioInterface.CDEV;
            return new SharedSpace(new IoasSpace(
                    new CdevOpener(syscalls, ioctls, sysfs, dev), way, others.getLast(), bound.getAsInt()));
        }
        Optional<SharedDescriptor> container = others.stream()
                .filter(other -> target(other.number()).orElse("").equals("/dev/vfio/vfio"))
                .findFirst();
        Optional<SharedDescriptor> group = others.stream()
                .filter(other -> target(other.number()).orElse("").matches("/dev/vfio/(noiommu-)?[0-9]{1,9}"))
                .findFirst();
        if (container.isEmpty() || group.isEmpty()) {
            return null;
        }
        String name = target(group.get().number()).orElseThrow().replace("/dev/vfio/", "");
        GroupOpener opener = new GroupOpener(syscalls, ioctls, sysfs, dev);
        return new SharedSpace(
                name.startsWith("noiommu-")
                        ? new PhysicalSpace(
                                opener,
                                VfioInterface.NO_IOMMU_GROUP,
                                container.get(),
                                name.replace("noiommu-", ""),
                                group.get())
                        : new Type1Space(opener, VfioInterface.GROUP, container.get(), name, group.get()));
    }

    /**
     * The device of a VFIO descriptor. Linux 6.18 and later tell it. Older kernels tell only the node, if it is the
     * device's own.
     */
    private Optional<PciAddress> address(int fd) {
        try {
            for (String line : Files.readAllLines(self.resolve("fdinfo/" + fd))) {
                if (line.startsWith("vfio-device-syspath:")) {
                    return PciAddress.find(line.substring(line.lastIndexOf('/') + 1));
                }
            }
            String node = target(fd).orElse("");
            if (node.matches("/dev/vfio/devices/(noiommu-)?vfio[0-9]{1,9}")) {
                return PciAddress.find(sys.resolve("class/vfio-dev")
                        .resolve(node.substring(node.lastIndexOf('/') + 1))
                        .resolve("device")
                        .toRealPath()
                        .getFileName()
                        .toString());
            }
        } catch (IOException untold) {
            return Optional.empty();
        }
        return Optional.empty();
    }

    private Optional<String> target(int fd) {
        try {
            return Optional.of(Files.readSymbolicLink(self.resolve("fd/" + fd)).toString());
        } catch (IOException unreadable) {
            return Optional.empty();
        }
    }

    /** {@code O_ACCMODE} in {@code flags}, which is octal. */
    private boolean isWritable(int fd) {
        try {
            return Files.readAllLines(self.resolve("fdinfo/" + fd)).stream()
                    .filter(line -> line.startsWith("flags:"))
                    .anyMatch(line -> line.endsWith("2"));
        } catch (IOException unreadable) {
            return false;
        }
    }
}
