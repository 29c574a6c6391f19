package org.hostmem.vfio;

import java.util.List;
import java.util.Set;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionClosedException;

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
public interface DmaSpace {

    /** {@return what it is, for people: for example {@code type1 container} or {@code address space of iommufd}} */
    String name();

    /** {@return whether there is no IOMMU, so that devices are given physical addresses} */
    boolean isPhysical();

    /**
     * {@return the addresses that the kernel allows, ascending: without the windows that the platform keeps for itself,
     * such as that of interrupts}
     *
     * @throws RegionClosedException if the space is closed
     */
    List<IovaRange> ranges();

    /**
     * {@return the page sizes of the IOMMU that the kernel tells of, a bit for each: addresses and sizes are multiples
     * of the least}
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
     * @throws DmaException if it cannot be, with the reason
     * @throws RegionClosedException if the space or the memory is closed
     */
    DmaMapping map(HostMemoryAccessor memory, Set<Direction> rights);

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
    DmaMapping map(HostMemoryAccessor memory, Set<Direction> rights, int addressBits);

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
    DmaMapping mapAt(long iova, HostMemoryAccessor memory, Set<Direction> rights);

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
    Device open(String address, VfioOptions options);
}
