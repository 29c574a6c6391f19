package org.hostmem.vfio;

import java.nio.file.Path;
import java.util.List;

/** Opens devices that the host's kernel, or another process, gives to this one. */
public final class Vfio {

    private Vfio() {
    }

    /** {@return the addresses of the PCI devices that a VFIO driver has, ascending; empty where there are none or no PCI} */
    public static List<String> addresses() {
        return new PciSysfs(Path.of("/sys")).vfioDevices();
    }

    /**
     * Opens a PCI device that a VFIO driver has, or a device that a vfio-user server serves, with the {@linkplain VfioOptions#fromProperties() options of the system properties}.
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
     * Opens a PCI device that a VFIO driver has, or a device that a vfio-user server serves.
     *
     * @param address for example {@code 0000:01:00.0}, or {@code unix:PATH} with the path of a server's socket
     * @param options of the device
     * @return the device, to be closed
     * @throws VfioException if it cannot be opened, with what to do
     * @throws RegionInfoException if the host's report on a region is impossible
     * @throws VfioUserException if a server breaks the protocol or the connection
     */
    public static Device open(String address, VfioOptions options) {
        return open(address, options, Linux.INSTANCE, Path.of("/sys"), Path.of("/dev"));
    }

    static Device open(String address, VfioOptions options, Syscalls syscalls, Path sys, Path dev) {
        if (VfioUser.isAddress(address)) {
            return VfioUser.open(address, options);
        }
        PciAddress pci = PciAddress.parse(address);
        PciSysfs sysfs = new PciSysfs(sys);
        String driver = sysfs.vfioDriver(pci);
        IoctlNumbers ioctls = IoctlNumbers.of(System.getProperty("os.arch"));
        return new VfioDevice(pci.text(), driver, new GroupOpener(syscalls, ioctls, sysfs, dev).open(pci), options);
    }
}
