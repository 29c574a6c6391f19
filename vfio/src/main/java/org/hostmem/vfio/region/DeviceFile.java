package org.hostmem.vfio.region;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import org.hostmem.Direction;
import org.hostmem.RegionCapabilities.Area;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.RegionInfo;
import org.hostmem.vfio.VfioException;
import org.hostmem.vfio.VfioOptions;
import org.hostmem.vfio.dma.SharedSpace;
import org.hostmem.vfio.linux.Errno;
import org.hostmem.vfio.linux.Mapping;
import org.hostmem.vfio.linux.Syscalls;

/**
 * What carries a device's regions to this process: a VFIO descriptor, or memory. Results of calls are those of
 * {@link Syscalls}: negative ones are {@code -errno}.
 *
 * <p>Everything above this interface is the same for all of them. Safe for use by any number of threads; after
 * {@link #close}, calls give {@code -EBADF}.
 */
public interface DeviceFile extends RegionIo, AutoCloseable {

    /** How this process came to it, for people. */
    String way();

    /** What is certain about a region because of how this file maps and reads it; empty if it takes the host's word. */
    default Optional<Construction> construction(int index) {
        return Optional.empty();
    }

    /**
     * Whether what it maps is of a device of this machine. If the machine is a guest, a hypervisor may answer in the
     * device's place.
     */
    default boolean isOfThisMachine() {
        return false;
    }

    /** Whether region 7 is the configuration space of a PCI function. */
    default boolean isPci() {
        return isPciFunction();
    }

    /** Whether it is one whose registers decide if the BARs answer, and whose vendor register names a vendor. */
    default boolean isPciFunction() {
        return false;
    }

    /**
     * Whether a memory bit that was never seen on keeps the BARs silent. The kernel turns it on when it opens a device;
     * where nobody does, a device that answers all the same is left alone until the bit was on, or was set by
     * {@link Device#setMemoryEnabled}.
     */
    default boolean turnsMemoryOn() {
        return true;
    }

    /** Whether there are calls in a direction for what is not mapped of a region. Asks without an access. */
    default boolean hasCalls(RegionInfo region, Direction direction) {
        return true;
    }

    /**
     * Why an area that is reported as mappable cannot be mapped, for good; empty if it can be, or a shortage keeps it
     * from being mapped now.
     */
    default Optional<String> refusal(RegionInfo region, Area area) {
        return Optional.empty();
    }

    /**
     * The descriptors that another process needs in order to use the device, its own first; empty if it cannot be
     * handed over.
     */
    default List<Integer> descriptors() {
        return List.of();
    }

    /** Where the bytes of a region are, as far as it is known. */
    default List<Extent> extents(RegionInfo region) {
        return List.of();
    }

    /** How many regions there may be: one more than the highest index. */
    int regionCount();

    boolean resettable();

    /**
     * The bytes of {@code vfio_region_info} with all capabilities, untrusted; {@code null} if the host does not know
     * the region.
     */
    ByteBuffer regionInfo(int index);

    /** The host's page size. */
    int pageSize();

    /** What {@link #read} and {@link #write} are. */
    default RegionCalls calls(VfioOptions.WideAccess wide) {
        return RegionCalls.system(wide);
    }

    /** What a negative result of {@link #read} or {@link #write} means, for people. */
    default String explain(long result) {
        return Errno.name(result);
    }

    /**
     * Maps an area of a region.
     *
     * @param protection {@link Syscalls#PROT_READ}, {@link Syscalls#PROT_WRITE} or both
     * @throws VfioException if the host refuses
     */
    Mapping map(RegionInfo region, Area area, int protection);

    int reset();

    /** Of a mapping; a driver that offers mmap alone judges each by itself. */
    static int protection(RegionInfo region) {
        int read = region.isMmapAlone() || region.has(RegionInfo.FLAG_READ) ? Syscalls.PROT_READ : 0;
        int write = region.isMmapAlone() || region.has(RegionInfo.FLAG_WRITE) ? Syscalls.PROT_WRITE : 0;
        return read | write;
    }

    /** What memory the device can reach, shared by all that share it; null if it can reach none, or nobody can tell. */
    default SharedSpace space() {
        return null;
    }

    /** What interrupts of a kind there are. */
    default InterruptInfo interrupts(int index) {
        return InterruptInfo.NONE;
    }

    /** {@code VFIO_DEVICE_SET_IRQS}. */
    default int setInterrupts(int flags, int index, int start, int count, int... descriptors) {
        return -Errno.ENOTTY;
    }

    /** Once every mapping is gone. */
    @Override
    void close();
}
