package org.hostmem.vfio;

import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionClosedException;
import org.hostmem.spi.MappedAccessor;
import org.hostmem.vfio.DmaException.Reason;

/**
 * The addresses under which one or more open devices reach memory by themselves. Safe for use by any number of threads.
 *
 * <pre>{@code
 * DmaMemory memory = DmaMemory.allocate(1 << 20);
 * DmaMapping mapping = device.dma().map(memory.ram(), Set.of(Direction.READ, Direction.WRITE));
 * device.setBusMaster(true);
 * registers.writeLong(QUEUE, mapping.address());
 * }</pre>
 *
 * <p><b>Which memory.</b> Everything that is mapped as a whole: {@link DmaMemory}, {@link org.hostmem.guest.GuestRam}
 * or a part of it ({@link HostMemoryAccessor#slice}), a file, and BARs of other devices where the kernel takes them:
 * the container of a group does, iommufd does not. Address and size must be multiples of the {@linkplain #pageSizes
 * least page}. A guest's RAM is mapped where the guest has it by {@link #mapAt}, so that its drivers give their device
 * guest-physical addresses.
 *
 * <p><b>Rights</b> are the device's: {@link Direction#READ} lets it read memory, {@link Direction#WRITE} write it.
 *
 * <p><b>Barriers.</b> What a device reads and writes is NORMAL memory for the CPU, and the device an observer of it
 * that is not told of caches' order:
 *
 * <ul>
 *   <li>Before a doorbell: {@code barrier(TO_DEVICE)} of the accessor that writes the doorbell, between the last write
 *       to RAM and the doorbell.
 *   <li>A completion flag polled in RAM: read it with acquire (a {@code VarHandle} on
 *       {@link HostMemoryAccessor#asSegment}), or read it and then {@code barrier(FROM_DEVICE)}, before the data it is
 *       about.
 *   <li>A status register polled in a BAR: {@code barrier(FROM_DEVICE)} of its accessor before the data in RAM.
 *   <li>An interrupt: nothing for what the device wrote before it, see {@link Interrupts}.
 * </ul>
 *
 * <p><b>Locked memory.</b> The kernel pins what is mapped, and counts it against RLIMIT_MEMLOCK: with a container by
 * process, with iommufd by user, and a page that is mapped twice counts twice.
 *
 * <p><b>Sharing.</b> {@link #open} opens more devices with the same addresses; devices of one group can be open at the
 * same time by it only. The space ends with its last device, and its mappings with it.
 *
 * <p><b>Without an IOMMU</b> a device is given physical addresses, and nothing keeps it from other memory: see
 * {@link VfioOptions#allowingNoIommu}. Rights are not enforced then.
 */
public final class DmaSpace {

    /**
     * Addresses that are multiples of these cost nothing, and let an IOMMU use large pages that it does not tell of.
     */
    private static final long LARGE_PAGES = 1L << 21 | 1L << 30;

    /**
     * Spaces that have mappings. A device that was dropped and never closed keeps its memory all the same: it reaches
     * it still.
     */
    private static final Set<DmaSpace> REACHED = ConcurrentHashMap.newKeySet();

    private final KernelSpace kernel;
    private final Set<VfioDevice> devices = new LinkedHashSet<>();
    private final Set<DmaMapping> mappings = new LinkedHashSet<>();
    /** Made at the first use. */
    private IovaAllocator allocator;

    private boolean closed;
    /**
     * Devices that are open, and such as a region that is held keeps from being closed: as long the kernel has its
     * mappings.
     */
    private int descriptors;

    DmaSpace(KernelSpace kernel) {
        this.kernel = kernel;
    }

    /** {@return what it is, for people: for example {@code type1 container} or {@code address space of iommufd}} */
    public String name() {
        return kernel.name();
    }

    /** {@return whether there is no IOMMU, so that devices are given physical addresses} */
    public boolean isPhysical() {
        return kernel.isPhysical();
    }

    /**
     * {@return the addresses that the kernel allows, ascending: without the windows that the platform keeps for itself,
     * such as that of interrupts}
     *
     * @throws RegionClosedException if the space is closed
     */
    public synchronized List<IovaRange> ranges() {
        return allocator().ranges();
    }

    /**
     * {@return the page sizes of the IOMMU that the kernel tells of, a bit for each: addresses and sizes are multiples
     * of the least}
     *
     * @throws RegionClosedException if the space is closed
     */
    public synchronized long pageSizes() {
        checkOpen();
        return kernel.pageSizes();
    }

    /** {@return the mappings that are open now} */
    public synchronized List<DmaMapping> mappings() {
        return List.copyOf(mappings);
    }

    /** {@return the addresses of the devices that are open in this space} */
    public synchronized List<String> devices() {
        return devices.stream().map(VfioDevice::address).toList();
    }

    /**
     * Lets the devices reach memory, at the lowest address that is free.
     *
     * @param memory mapped as a whole
     * @param rights of the devices, one at least
     * @return the mapping, to be closed. The close of the memory's accessor, or of the space, closes it too. The end of
     *     a lent arena does not: close the mapping, or the accessor, before it
     * @throws DmaException if it cannot be, with the reason
     * @throws RegionClosedException if the space or the memory is closed
     */
    public DmaMapping map(HostMemoryAccessor memory, Set<Direction> rights) {
        return map(memory, rights, Long.SIZE);
    }

    /**
     * Lets devices of few address bits reach memory, at the lowest address that is free. Otherwise as
     * {@link #map(HostMemoryAccessor, Set)}.
     *
     * @param memory mapped as a whole
     * @param rights of the devices, one at least
     * @param addressBits that the devices have: every byte's address is below this power of two; 1 to 64
     * @return the mapping
     * @throws IllegalArgumentException if there is no such number of bits
     */
    public DmaMapping map(HostMemoryAccessor memory, Set<Direction> rights, int addressBits) {
        if (addressBits < 1 || addressBits > Long.SIZE) {
            throw new IllegalArgumentException(addressBits + " address bits: a device has 1 to 64");
        }
        return make(memory, rights, size -> allocator().allocate(size, addressBits), addressBits);
    }

    /**
     * Lets the devices reach memory at an address that the caller chooses: that which a guest has it at, for instance.
     *
     * @param iova where devices find the first byte, unsigned
     * @param memory mapped as a whole
     * @param rights of the devices, one at least
     * @return the mapping, to be closed. The close of the memory's accessor, or of the space, closes it too. The end of
     *     a lent arena does not: close the mapping, or the accessor, before it
     * @throws DmaException if it cannot be, with the reason; always without an IOMMU, where addresses are as they are
     * @throws RegionClosedException if the space or the memory is closed
     */
    public DmaMapping mapAt(long iova, HostMemoryAccessor memory, Set<Direction> rights) {
        if (isPhysical()) {
            throw new DmaException(
                    Reason.UNSUPPORTED,
                    "IOVA 0x" + Long.toHexString(iova)
                            + " was asked for, and without an IOMMU memory cannot be moved: map() it anywhere, and"
                            + " give the device DmaMapping.address()");
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

    /** Takes the addresses of a block. */
    private interface Placement {
        long take(long size);
    }

    private synchronized DmaMapping make(
            HostMemoryAccessor memory, Set<Direction> rights, Placement placement, int addressBits) {
        checkOpen();
        MappedAccessor mapped = check(memory, rights);
        long size = memory.size();
        long iova = placement.take(size);
        DmaMapping mapping = new DmaMapping(this, memory, iova, rights);
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
            allocator.release(iova);
            mapping.markClosed();
            throw refused;
        }
    }

    /** Nobody can choose a physical address. */
    private static void checkBits(DmaMapping mapping, int addressBits) {
        for (long offset = 0;
                addressBits < Long.SIZE && offset < mapping.length();
                offset += mapping.contiguous(offset)) {
            long last = mapping.address(offset) + mapping.contiguous(offset) - 1;
            if (last >>> addressBits != 0) {
                throw new DmaException(
                        Reason.OUT_OF_RANGE,
                        "the memory lies at physical addresses up to 0x"
                                + Long.toHexString(last) + ", which a device of " + addressBits
                                + " address bits does not reach, and there is no IOMMU to move it");
            }
        }
    }

    private MappedAccessor check(HostMemoryAccessor memory, Set<Direction> rights) {
        if (rights.isEmpty()) {
            throw new IllegalArgumentException(
                    "a mapping without rights: READ lets devices read memory, WRITE" + " write it");
        }
        if (!(memory instanceof MappedAccessor mapped)) {
            throw new DmaException(
                    Reason.UNSUPPORTED, "this memory is not mapped as a whole: a device finds only memory that is");
        }
        for (Direction right : EnumSet.copyOf(rights)) {
            if (right == Direction.READ
                    ? !memory.capabilities().readable()
                    : !memory.capabilities().writable()) {
                throw new DmaException(
                        Reason.NOT_ACCESSIBLE,
                        "devices cannot be allowed to " + right + " memory that this process may not " + right);
            }
        }
        memory.check(rights.contains(Direction.READ) ? Direction.READ : Direction.WRITE, 0, memory.size());
        long page = allocator().page();
        if (memory.size() == 0 || ((mapped.address() | memory.size()) & page - 1) != 0) {
            throw new DmaException(
                    Reason.UNALIGNED,
                    "0x" + Long.toHexString(memory.size())
                            + " bytes at host address 0x" + Long.toHexString(mapped.address())
                            + ": devices reach whole pages of 0x" + Long.toHexString(page)
                            + " bytes, so both must be multiples of that, and the size not 0; slice() takes a part");
        }
        if (memory.capabilities().cacheMode().isDevice() && !kernel.takesDeviceMemory()) {
            throw new DmaException(
                    Reason.DEVICE_MEMORY,
                    "a BAR was to be reached by other devices, through " + name()
                            + ", which takes RAM only (the kernel asks for a dma-buf): open both devices by their"
                            + " groups, VfioOptions.through(Way.GROUP)");
        }
        String objection = kernel.objection(mapped.address(), memory.size());
        if (objection != null) {
            throw new DmaException(Reason.UNSUPPORTED, objection);
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
            throw new RegionClosedException("the devices of this space are closed, and it with them");
        }
    }

    /** Stop, unmap: then the memory may be released. */
    synchronized void end(DmaMapping mapping) {
        if (mapping.isOpen()) {
            devices.forEach(VfioDevice::stop);
            unmap(mapping);
        }
    }

    private void unmap(DmaMapping mapping) {
        long unmapped = kernel.unmap(mapping.iova(), mapping.length());
        if (!isUnmapped(mapping, unmapped)) {
            throw new DmaException(
                    Reason.REFUSED,
                    "unmapping " + mapping + ": "
                            + (unmapped < 0
                                    ? Errno.name(unmapped)
                                    : "0x" + Long.toHexString(unmapped) + " bytes were unmapped")
                            + "; the memory stays, as devices may reach it: close again");
        }
        forget(mapping);
    }

    private static boolean isUnmapped(DmaMapping mapping, long answer) {
        return answer == mapping.length() || answer == -Errno.ENOENT;
    }

    private void forget(DmaMapping mapping) {
        mapping.markClosed();
        mappings.remove(mapping);
        allocator.release(mapping.iova());
        ((MappedAccessor) mapping.memory()).removeUser(mapping.end());
        if (mappings.isEmpty()) {
            REACHED.remove(this);
        }
    }

    /**
     * Opens one more device in this space: it reaches what is mapped, and what will be. With groups it may be of the
     * same group, or of another one; with iommufd it has its own node.
     *
     * @param address for example {@code 0000:01:00.1}
     * @param options of the device; the way is that of this space's devices
     * @return the device, to be closed
     * @throws VfioException if it cannot be opened, or cannot share this space, with what to do
     * @throws RegionInfoException if the host's report on a region is impossible
     * @throws RegionClosedException if the space is closed
     */
    public synchronized Device open(String address, VfioOptions options) {
        checkOpen();
        PciAddress pci = PciAddress.parse(address);
        String driver = kernel.sysfs().vfioDriver(pci);
        Device device = new VfioDevice(pci.text(), driver, kernel.join(pci, this), options);
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

    /** While no mapping is made or ended. */
    synchronized void exclusively(Runnable change) {
        change.run();
    }

    synchronized void enter(VfioDevice device) {
        devices.add(device);
        descriptors++;
    }

    /**
     * Closes a device; the last one ends all mappings. What the kernel does not unmap when it is asked to, it unmaps
     * with the descriptors of the space: {@link #descriptorClosed}.
     */
    synchronized void leave(VfioDevice device, Runnable closeDevice) {
        devices.remove(device);
        if (!mappings.isEmpty()) {
            device.stop();
        }
        if (!devices.isEmpty()) {
            closeDevice.run();
            return;
        }
        closed = true;
        for (DmaMapping mapping : List.copyOf(mappings)) {
            if (isUnmapped(mapping, kernel.unmap(mapping.iova(), mapping.length()))) {
                forget(mapping);
            }
        }
        closeDevice.run();
    }

    /**
     * A device's descriptor is closed, which may be long after {@link #leave}. With the last one all mappings are gone.
     */
    synchronized void descriptorClosed() {
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
