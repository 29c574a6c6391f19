package org.hostmem.vfio.dma;

import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionClosedException;
import org.hostmem.spi.MappedAccessor;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.DmaException;
import org.hostmem.vfio.DmaException.Refusal;
import org.hostmem.vfio.DmaMapping;
import org.hostmem.vfio.DmaSpace;
import org.hostmem.vfio.IovaRange;
import org.hostmem.vfio.VfioOptions;
import org.hostmem.vfio.linux.Errno;
import org.hostmem.vfio.pci.PciAddress;
import org.jspecify.annotations.Nullable;

/** An address space of the kernel, with the devices that share it. */
public final class SharedSpace implements DmaSpace {

    /**
     * Addresses that are multiples of these sizes cost nothing. They let an IOMMU use large pages that the kernel does
     * not report.
     */
    private static final long LARGE_PAGES = 1L << 21 | 1L << 30;

    /** Spaces that have mappings. A device that nobody closes still reaches its memory, so the space must stay. */
    private static final Set<SharedSpace> REACHED = ConcurrentHashMap.newKeySet();

    private final KernelSpace kernel;

    private final Set<SpaceDevice> devices = new LinkedHashSet<>();

    private final Set<SpaceMapping> mappings = new LinkedHashSet<>();

    /** Made at the first use. */
    private @Nullable IovaAllocator allocator;

    private boolean closed;

    /**
     * The number of devices whose descriptor is open. A held region keeps the descriptor of a closed device open. The
     * kernel has the mappings as long as there is one.
     */
    private int descriptors;

    public SharedSpace(KernelSpace kernel) {
        this.kernel = kernel;
    }

    @Override
    public String name() {
        return kernel.name();
    }

    @Override
    public boolean isPhysical() {
        return kernel.isPhysical();
    }

    @Override
    public synchronized List<IovaRange> ranges() {
        return allocator().ranges();
    }

    @Override
    public synchronized long pageSizes() {
        checkOpen();
        return kernel.pageSizes();
    }

    @Override
    public synchronized List<DmaMapping> mappings() {
        return List.copyOf(mappings);
    }

    @Override
    public synchronized List<String> devices() {
        return devices.stream().map(SpaceDevice::address).toList();
    }

    @Override
    public DmaMapping map(HostMemoryAccessor memory, Set<Direction> rights) {
        return map(memory, rights, Long.SIZE);
    }

    @Override
    public DmaMapping map(HostMemoryAccessor memory, Set<Direction> rights, int addressBits) {
        if (addressBits < 1 || addressBits > Long.SIZE) {
            throw new IllegalArgumentException(addressBits + " address bits: a device has 1 to 64");
        }
        return make(memory, rights, size -> allocator().allocate(size, addressBits), addressBits);
    }

    @Override
    public DmaMapping mapAt(long iova, HostMemoryAccessor memory, Set<Direction> rights) {
        if (isPhysical()) {
            throw new DmaException(
                    Refusal.UNSUPPORTED,
                    "IOVA 0x" + Long.toHexString(iova)
                            + " cannot be chosen: without an IOMMU the device uses physical addresses. "
                            + "Call map(), and give the device DmaMapping.address()");
        }
        return make(
                memory,
                rights,
                size -> {
                    allocator().claim(iova, size);
                    return iova;
                },
                Long.SIZE);
    }

    /** Allocates the addresses of a block. */
    private interface Placement {
        long take(long size);
    }

    private synchronized SpaceMapping make(
            HostMemoryAccessor memory, Set<Direction> rights, Placement placement, int addressBits) {
        checkOpen();
        MappedAccessor mapped = check(memory, rights);
        long size = memory.size();
        long iova = placement.take(size);
        SpaceMapping mapping = new SpaceMapping(this, memory, iova, rights);
        boolean registered = false;
        boolean reached = false;
        try {
            mapped.addUser(mapping.end());
            registered = true;
            int result = kernel.map(mapped.address(), size, iova, mapping.rights());
            if (result < 0) {
                throw DmaRefusals.of(result, mapping, memory, iova);
            }
            reached = true;
            if (isPhysical()) {
                mapping.setPhysical(kernel.physical(mapped.address(), size, iova));
                checkBits(mapping, addressBits);
            }
            mappings.add(mapping);
            REACHED.add(this);
            return mapping;
        } catch (RuntimeException refused) {
            if (reached) {
                kernel.unmap(iova, size);
            }
            if (registered) {
                mapped.removeUser(mapping.end());
            }
            Objects.requireNonNull(allocator).release(iova); // it gave the address
            mapping.markClosed();
            throw refused;
        }
    }

    /** A caller cannot choose physical addresses. */
    private static void checkBits(SpaceMapping mapping, int addressBits) {
        for (long offset = 0;
                addressBits < Long.SIZE && offset < mapping.length();
                offset += mapping.contiguous(offset)) {
            long last = mapping.address(offset) + mapping.contiguous(offset) - 1;
            if (last >>> addressBits != 0) {
                throw new DmaException(
                        Refusal.OUT_OF_RANGE,
                        "the memory is at physical addresses up to 0x"
                                + Long.toHexString(last) + ", which a device with " + addressBits
                                + " address bits does not reach, and there is no IOMMU to translate them");
            }
        }
    }

    private MappedAccessor check(HostMemoryAccessor memory, Set<Direction> rights) {
        if (rights.isEmpty()) {
            throw new IllegalArgumentException(
                    "a mapping needs rights: READ lets devices read the memory, and WRITE lets them write it");
        }
        if (!(memory instanceof MappedAccessor mapped)) {
            throw new DmaException(
                    Refusal.UNSUPPORTED, "devices can use only memory that is mapped as a whole, and this is not");
        }
        for (Direction right : EnumSet.copyOf(rights)) {
            if (right == Direction.READ
                    ? !memory.capabilities().readable()
                    : !memory.capabilities().writable()) {
                throw new DmaException(
                        Refusal.NOT_ACCESSIBLE,
                        "devices cannot be allowed to " + right + " memory that this process may not " + right);
            }
        }
        memory.check(rights.contains(Direction.READ) ? Direction.READ : Direction.WRITE, 0, memory.size());
        long page = allocator().page();
        if (memory.size() == 0 || ((mapped.address() | memory.size()) & page - 1) != 0) {
            throw new DmaException(
                    Refusal.UNALIGNED,
                    "0x" + Long.toHexString(memory.size())
                            + " bytes at host address 0x" + Long.toHexString(mapped.address())
                            + " are not whole pages of 0x" + Long.toHexString(page)
                            + " bytes: size and address must be multiples of that, and the size not 0; slice() gives"
                            + " a part");
        }
        if (memory.capabilities().cacheMode().needsExactAccesses() && !kernel.takesDeviceMemory()) {
            throw new DmaException(
                    Refusal.DEVICE_MEMORY,
                    "other devices cannot reach a BAR through " + name()
                            + ", which maps only RAM (the kernel needs a dma-buf for a BAR): open both "
                            + "devices by their groups, VfioOptions.through(VfioInterface.GROUP)");
        }
        String objection = kernel.objection(mapped.address(), memory.size());
        if (objection != null) {
            throw new DmaException(Refusal.UNSUPPORTED, objection);
        }
        return mapped;
    }

    private IovaAllocator allocator() {
        checkOpen();
        if (allocator == null) {
            allocator = new IovaAllocator(kernel.ranges(), kernel.pageSizes() | LARGE_PAGES);
        }
        return allocator;
    }

    private void checkOpen() {
        if (closed) {
            throw new RegionClosedException("this space is closed, because its devices are closed");
        }
    }

    /** Stops the devices, then unmaps. After that the memory may be released. */
    public synchronized void end(SpaceMapping mapping) {
        if (mapping.isOpen()) {
            devices.forEach(SpaceDevice::stop);
            unmap(mapping);
        }
    }

    private void unmap(SpaceMapping mapping) {
        long unmapped = kernel.unmap(mapping.iova(), mapping.length());
        if (!isUnmapped(mapping, unmapped)) {
            throw new DmaException(
                    Refusal.REFUSED,
                    "unmapping " + mapping + ": "
                            + (unmapped < 0
                                    ? Errno.name(unmapped)
                                    : "0x" + Long.toHexString(unmapped) + " bytes were unmapped")
                            + "; the memory is not released, because devices may still reach it: close it again");
        }
        forget(mapping);
    }

    private static boolean isUnmapped(SpaceMapping mapping, long answer) {
        return answer == mapping.length() || answer == -Errno.ENOENT;
    }

    private void forget(SpaceMapping mapping) {
        mapping.markClosed();
        mappings.remove(mapping);
        Objects.requireNonNull(allocator).release(mapping.iova()); // it gave the address
        ((MappedAccessor) mapping.memory()).removeUser(mapping.end());
        if (mappings.isEmpty()) {
            REACHED.remove(this);
        }
    }

    @Override
    public synchronized Device open(String address, VfioOptions options) {
        checkOpen();
        Device device = kernel.join(PciAddress.parse(address), this, options);
        try {
            if (allocator != null) {
                allocator.narrow(kernel.ranges());
            }
            return device;
        } catch (RuntimeException untold) {
            device.close();
            throw untold;
        }
    }

    /** Runs an action while no mapping is made or ended. */
    public synchronized void exclusively(Runnable change) {
        change.run();
    }

    public synchronized void enter(SpaceDevice device) {
        devices.add(device);
        descriptors++;
    }

    /**
     * Closes a device. The last one ends all mappings. If the kernel refuses to unmap, the mapping ends with the
     * descriptors of the space: {@link #descriptorClosed}.
     */
    public synchronized void leave(SpaceDevice device, Runnable closeDevice) {
        devices.remove(device);
        if (!mappings.isEmpty()) {
            device.stop();
        }
        if (!devices.isEmpty()) {
            closeDevice.run();
            return;
        }
        closed = true;
        for (SpaceMapping mapping : List.copyOf(mappings)) {
            if (isUnmapped(mapping, kernel.unmap(mapping.iova(), mapping.length()))) {
                forget(mapping);
            }
        }
        closeDevice.run();
    }

    /**
     * Called when the descriptor of a device is closed, which may be long after {@link #leave}. The last one ends all
     * mappings.
     */
    public synchronized void descriptorClosed() {
        if (--descriptors == 0) {
            List.copyOf(mappings).forEach(this::forget);
        }
    }

    /** {@return for example {@code type1 container of [0000:01:00.0], 2 mappings}} */
    @Override
    public synchronized String toString() {
        return name() + " of " + devices() + ", " + mappings.size() + " mappings" + (closed ? ", closed" : "");
    }
}
