package org.hostmem.vfio;

import java.nio.file.Path;
import java.util.List;
import org.hostmem.vfio.device.VfioDevice;
import org.hostmem.vfio.file.HostFile;
import org.hostmem.vfio.file.SysfsFile;
import org.hostmem.vfio.kernel.Adoption;
import org.hostmem.vfio.kernel.DeviceOpener;
import org.hostmem.vfio.linux.FileStatus;
import org.hostmem.vfio.linux.IoctlNumbers;
import org.hostmem.vfio.linux.Linux;
import org.hostmem.vfio.linux.Opening;
import org.hostmem.vfio.linux.Syscalls;
import org.hostmem.vfio.pci.PciAddress;
import org.hostmem.vfio.pci.PciSysfs;
import org.hostmem.vfio.pci.SysfsPath;
import org.hostmem.vfio.user.VfioUser;

/**
 * Opens devices: those of the kernel's VFIO drivers, those of vfio-user servers, those that sysfs shows, those behind a
 * descriptor, and files.
 */
public final class Vfio {

    private static final Path SYS = Path.of("/sys");
    private static final Path DEV = Path.of("/dev");

    private Vfio() {}

    /**
     * {@return the addresses of the PCI devices that are bound to a VFIO driver, ascending; empty if there are none}
     */
    public static List<String> addresses() {
        return new PciSysfs(SYS).vfioDevices();
    }

    /**
     * Opens a PCI device that is bound to a VFIO driver, or a device that a vfio-user server serves, with the
     * {@linkplain VfioOptions#fromProperties() options of the system properties}.
     *
     * @param address for example {@code 0000:01:00.0}, or {@code unix:PATH} with the path of a server's socket
     * @return the device, to be closed
     * @throws VfioException if it cannot be opened, with what to do
     * @throws RegionInfoException if the host's report on a region is impossible
     * @throws VfioUserException if a server breaks the protocol or the connection
     */
    public static Device open(String address) {
        return open(address, VfioOptions.fromProperties());
    }

    /**
     * Opens a PCI device that is bound to a VFIO driver, or a device that a vfio-user server serves. It tries the
     * {@linkplain VfioOptions#ways() ways} in their order, and fails only if all of them fail.
     *
     * @param address for example {@code 0000:01:00.0}, or {@code unix:PATH} with the path of a server's socket
     * @param options of the device
     * @return the device, to be closed
     * @throws VfioException if it cannot be opened, with what to do
     * @throws RegionInfoException if the host's report on a region is impossible
     * @throws VfioUserException if a server breaks the protocol or the connection
     */
    public static Device open(String address, VfioOptions options) {
        return open(address, options, Linux.INSTANCE, SYS, DEV);
    }

    static Device open(String address, VfioOptions options, Syscalls syscalls, Path sys, Path dev) {
        if (VfioUser.isAddress(address)) {
            return VfioUser.open(address, options);
        }
        PciAddress pci = PciAddress.parse(address);
        PciSysfs sysfs = new PciSysfs(sys);
        String driver = sysfs.vfioDriver(pci);
        return new VfioDevice(
                pci.text(),
                driver,
                new DeviceOpener(syscalls, ioctls(), sysfs, dev, options.ways()).open(pci),
                options);
    }

    /**
     * Opens a device, or a file, by a descriptor that this process has, for example one that it inherited from a
     * process with more rights.
     *
     * <p>A VFIO device may have been opened by its own node (bound to an IOMMU or not) or by its group. A new enough
     * kernel tells which PCI device it is, and thus its driver. A file, or a {@code memfd}, is one region of
     * {@link org.hostmem.CacheMode#NORMAL} memory.
     *
     * @param descriptor its number. This method closes it as soon as the device is open under another number, which is
     *     close-on-exec
     * @param options of the device; the way is given
     * @return the device, to be closed
     * @throws VfioException if it is neither; the message says what to do, and the descriptor is still open
     * @throws RegionInfoException if the host's report on a region is impossible; the descriptor is still open
     */
    public static Device adopt(int descriptor, VfioOptions options) {
        Device device = duplicate(descriptor, options);
        Linux.INSTANCE.close(descriptor);
        return device;
    }

    /**
     * Opens a device, or a file, by a descriptor that stays open and belongs to the caller. Otherwise this is
     * {@link #adopt}.
     *
     * @param descriptor its number
     * @param options of the device; the way is given
     * @return the device, to be closed
     * @throws VfioException if it is neither, with what to do
     * @throws RegionInfoException if the host's report on a region is impossible
     */
    public static Device duplicate(int descriptor, VfioOptions options) {
        String name = "fd:" + descriptor;
        FileStatus.of(descriptor, name);
        int mine = Opening.checked(Linux.duplicate(descriptor), name);
        return adoption(Linux.INSTANCE, SYS, DEV).open(List.of(mine), name, "", options);
    }

    /**
     * Opens a device, or a file, whose descriptor another process sends. That process listens on a socket, as
     * {@link HandOver#serve} does.
     *
     * <p>It sends one message of at least one byte with the descriptor of the device. Descriptors that must stay open
     * with it may follow (of the container, the group, the IOMMU). The bytes may be the PCI address of the device. It
     * is used if the kernel does not tell the address. The process that listens on the socket is trusted to choose the
     * device.
     *
     * @param socket the path of a stream socket
     * @param options of the device; the way is given
     * @return the device, to be closed
     * @throws VfioException if no descriptor came, or it is neither of a device nor of a file; the message says what to
     *     do
     * @throws RegionInfoException if the host's report on a region is impossible
     */
    public static Device receive(Path socket, VfioOptions options) {
        return HandOver.receive(socket, adoption(Linux.INSTANCE, SYS, DEV), options);
    }

    static Adoption adoption(Syscalls syscalls, Path sys, Path dev) {
        return new Adoption(syscalls, ioctls(), sys, dev, Path.of("/proc/self"));
    }

    /**
     * Opens a PCI device through sysfs, without VFIO. The path names all BARs
     * ({@code /sys/bus/pci/devices/0000:01:00.0}), one uncached BAR ({@code .../resource0}), or one write-combining BAR
     * ({@code .../resource2_wc}). The device has its configuration space in each case.
     *
     * <p>This needs root. A driver of the kernel may use the device at the same time.
     *
     * @param path below {@code /sys}
     * @param options of the device; the way is given
     * @return the device, to be closed
     * @throws VfioException if it cannot be opened, with what to do
     */
    public static Device sysfs(Path path, VfioOptions options) {
        return sysfs(path, options, Linux.INSTANCE, SYS, osArch());
    }

    static Device sysfs(Path path, VfioOptions options, Syscalls syscalls, Path sys, String isa) {
        SysfsPath what = SysfsPath.of(sys, path);
        PciSysfs sysfs = new PciSysfs(sys);
        String driver = sysfs.driver(what.address());
        return new VfioDevice(
                what.address().text(),
                driver.isEmpty() ? "none" : driver,
                new SysfsFile(syscalls, sysfs, what, isa),
                options);
    }

    /**
     * Opens a file as a device with one region, 0, of {@link org.hostmem.CacheMode#NORMAL} memory. The region is
     * read-only if this process may not write the file.
     *
     * @param path of a file with contents
     * @param options of the device; the way is given
     * @return the device, to be closed
     * @throws VfioException if it cannot be opened, with what to do
     */
    public static Device file(Path path, VfioOptions options) {
        return new VfioDevice(path.toString(), HostFile.DRIVER, HostFile.open(Linux.INSTANCE, path), options);
    }

    private static IoctlNumbers ioctls() {
        return IoctlNumbers.of(osArch());
    }

    private static String osArch() {
        return System.getProperty("os.arch");
    }
}
