package org.hostmem.vfio.kernel;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.VfioInterface;
import org.hostmem.vfio.VfioOptions;
import org.hostmem.vfio.device.VfioDevice;
import org.hostmem.vfio.dma.KernelSpace;
import org.hostmem.vfio.dma.SharedSpace;
import org.hostmem.vfio.linux.SharedDescriptor;
import org.hostmem.vfio.pci.PciAddress;

/** The address space of a container. Groups join it. A group is open once, for all its devices. */
public abstract class ContainerSpace extends KernelSpace {

    private final GroupOpener opener;
    private final VfioInterface way;
    private final SharedDescriptor container;
    private final Map<String, SharedDescriptor> groups = new HashMap<>();

    public ContainerSpace(
            GroupOpener opener, VfioInterface way, SharedDescriptor container, String group, SharedDescriptor groupFd) {
        this.opener = opener;
        this.way = way;
        this.container = container;
        groups.put(group, groupFd);
    }

    @Override
    public final Device join(PciAddress address, SharedSpace space, VfioOptions options) {
        String driver = opener.sysfs().vfioDriver(address);
        return new VfioDevice(address.text(), driver, joined(address, space), options);
    }

    private KernelDeviceFile joined(PciAddress address, SharedSpace space) {
        String group = opener.sysfs().group(address);
        SharedDescriptor known = groups.get(group);
        boolean open = known != null && known.isOpen();
        return opener.join(address, way, container, open ? known : null, space, opened -> groups.put(group, opened));
    }

    public final int ioctl(int command, MemorySegment argument) {
        return opener.syscalls().ioctl(container.number(), opener.ioctls().of(command), argument);
    }

    public final int pageSize() {
        return opener.syscalls().pageSize();
    }
}
