package org.hostmem.vfio;

import java.util.List;
import java.util.Set;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionClosedException;

/**
 * Maps memory of this process, so that passed-through devices can reach it: the address space for the DMA of one or
 * more open devices. {@link Device#dma} returns it. Safe for use by any number of threads.
 *
 * <pre>{@code
 * DmaMemory memory = DmaMemory.allocate(1 << 20);
 * DmaMapping mapping = device.dma().map(memory.ram(), Set.of(Direction.READ, Direction.WRITE));
 * device.setBusMaster(true);
 * registers.writeLong(QUEUE, mapping.address());
 * }</pre>
 *
 * <p><b>Which memory.</b> All memory that is mapped as a whole can be used: {@link DmaMemory},
 * {@link org.hostmem.guest.GuestRam} or a part of it ({@link HostMemoryAccessor#slice}), a file, and BARs of other
 * devices if the kernel allows it. The container of a group does; iommufd does not. Address and size must be multiples
 * of the {@linkplain #pageSizes least page}. Use {@link #mapAt} to map a guest's RAM at its guest-physical addresses,
 * so that the guest's drivers can give these to their device.
 *
 * <p><b>Rights</b> are the device's: {@link Direction#READ} lets it read memory, {@link Direction#WRITE} write it.
 *
 * <p><b>Barriers.</b> The memory is NORMAL for the CPU, and the device is another observer of it. These cases need a
 * barrier or none:
 *
 * <ul>
 *   <li>Before a doorbell, call {@code barrier(TO_DEVICE)} of the accessor that writes the doorbell. It comes between
 *       the last write to RAM and the doorbell.
 *   <li>Read a completion flag in RAM with acquire (a {@code VarHandle} on {@link HostMemoryAccessor#asSegment}), or
 *       read it and then call {@code barrier(FROM_DEVICE)}. Read the data after that.
 *   <li>After a read of a status register in a BAR, call {@code barrier(FROM_DEVICE)} of its accessor before you read
 *       data in RAM.
 *   <li>After an interrupt, data that the device wrote before it needs no barrier: see {@link Interrupts}.
 * </ul>
 *
 * <p><b>Locked memory.</b> The kernel pins mapped memory, and counts it against RLIMIT_MEMLOCK. It counts per process
 * with a container, and per user with iommufd. A page that is mapped twice counts twice.
 *
 * <p><b>Sharing.</b> {@link #open} opens more devices with the same addresses. Only this way can several devices of one
 * group be open at the same time. The space ends with its last device, and its mappings end with it.
 *
 * <p><b>Without an IOMMU</b> a device is given physical addresses, and nothing keeps it from other memory: see
 * {@link VfioOptions#allowingNoIommu}. Nothing enforces rights then.
 */
public interface DmaSpace {

    /**
     * {@return the kind of the space, for people: for example {@code type1 container} or {@code address space of
     * iommufd}}
     */
    String name();

    /** {@return whether there is no IOMMU, so that devices are given physical addresses} */
    boolean isPhysical();

    /**
     * {@return the addresses that the kernel allows, ascending. Windows that the platform reserves, such as that of
     * interrupts, are left out}
     *
     * @throws RegionClosedException if the space is closed
     */
    List<IovaRange> ranges();

    /**
     * {@return the page sizes of the IOMMU that the kernel reports, a bit for each. Addresses and sizes must be
     * multiples of the least}
     *
     * @throws RegionClosedException if the space is closed
     */
    long pageSizes();

    /** {@return the mappings that are open now} */
    List<DmaMapping> mappings();

    /** {@return the addresses of the devices that are open in this space} */
    List<String> devices();

    /**
     * Lets the devices reach memory, at the lowest address that is free.
     *
     * @param memory mapped as a whole
     * @param rights of the devices, one at least
     * @return the mapping, to be closed. The close of the memory's accessor, or of the space, closes it too. The end of
     *     a lent arena does not: close the mapping, or the accessor, before it
     * @throws DmaException if it cannot be mapped, with the reason
     * @throws RegionClosedException if the space or the memory is closed
     */
    DmaMapping map(HostMemoryAccessor memory, Set<Direction> rights);

    /**
     * Lets devices with few address bits reach memory, at the lowest address that is free. Otherwise it is
     * {@link #map(HostMemoryAccessor, Set)}.
     *
     * @param memory mapped as a whole
     * @param rights of the devices, one at least
     * @param addressBits of the devices, 1 to 64: the address of every byte is below two to this power
     * @return the mapping
     * @throws IllegalArgumentException if the number of bits is another
     */
    DmaMapping map(HostMemoryAccessor memory, Set<Direction> rights, int addressBits);

    /**
     * Lets the devices reach memory at an address that the caller chooses, for example the guest-physical address.
     *
     * @param iova where devices find the first byte, unsigned
     * @param memory mapped as a whole
     * @param rights of the devices, one at least
     * @return the mapping, to be closed. The close of the memory's accessor, or of the space, closes it too. The end of
     *     a lent arena does not: close the mapping, or the accessor, before it
     * @throws DmaException if it cannot be mapped, with the reason. Without an IOMMU it never can, because the
     *     addresses are physical
     * @throws RegionClosedException if the space or the memory is closed
     */
    DmaMapping mapAt(long iova, HostMemoryAccessor memory, Set<Direction> rights);

    /**
     * Opens one more device in this space. It reaches the memory that is mapped now or later. With groups it may be of
     * the same group or of another one. With iommufd it has its own node.
     *
     * @param address for example {@code 0000:01:00.1}
     * @param options of the device; the way is that of this space's devices
     * @return the device, to be closed
     * @throws VfioException if it cannot be opened, or cannot share this space, with what to do
     * @throws RegionInfoException if the host's report on a region is impossible
     * @throws RegionClosedException if the space is closed
     */
    Device open(String address, VfioOptions options);
}
