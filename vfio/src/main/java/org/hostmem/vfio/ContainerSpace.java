package org.hostmem.vfio;

import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/** The space of a container, into which groups come; a group is open once, for all its devices. */
abstract class ContainerSpace extends KernelSpace {

    private final GroupOpener opener;
    private final Way way;
    private final SharedDescriptor container;
    private final Map<String, SharedDescriptor> groups = new HashMap<>();

    ContainerSpace(GroupOpener opener, Way way, SharedDescriptor container, String group, SharedDescriptor groupFd) {
        this.opener = opener;
        this.way = way;
        this.container = container;
        groups.put(group, groupFd);
    }

    @Override
    final PciSysfs sysfs() {
        return opener.sysfs();
    }

    @Override
    final KernelDeviceFile join(PciAddress address, DmaSpace space) {
        String group = opener.sysfs().group(address);
        SharedDescriptor known = groups.get(group);
        boolean open = known != null && known.isOpen();
        return opener.join(address, way, container, open ? known : null, space, opened -> groups.put(group, opened));
    }

    final int ioctl(int command, MemorySegment argument) {
        return opener.syscalls().ioctl(container.number(), opener.ioctls().of(command), argument);
    }

    final int pageSize() {
        return opener.syscalls().pageSize();
    }
}
