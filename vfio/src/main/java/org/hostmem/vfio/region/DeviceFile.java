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
import org.jspecify.annotations.Nullable;

/**
 * The way to a device's regions: a VFIO descriptor, a server's socket, files, or memory. Results of calls are those of
 * {@link Syscalls}: negative ones are {@code -errno}.
 *
 * <p>Everything above this interface is the same for all of them. Safe for use by any number of threads; after
 * {@link #close}, calls give {@code -EBADF}.
 */
public interface DeviceFile extends RegionIo, AutoCloseable {

    /** How the device was opened, for people. */
    String way();

    /** The properties of a region that follow from this kind of file; empty if the host's report decides. */
    default Optional<FileFacts> fileFacts(int index) {
        return Optional.empty();
    }

    /**
     * Whether it maps memory of a device of this machine. If the machine is a guest, a hypervisor may answer for the
     * device.
     */
    default boolean isOfThisMachine() {
        return false;
    }

    /** Whether region 7 is the configuration space of a PCI function. */
    default boolean isPci() {
        return isPciFunction();
    }

    /** Whether the registers of this function decide if its BARs answer. Its vendor register then names a vendor. */
    default boolean isPciFunction() {
        return false;
    }

    /**
     * Whether the BARs do not answer while the memory bit was never seen on. The kernel turns the bit on when it opens
     * a device. If nobody turns it on, accesses are refused only after the bit has been on once, or after
     * {@link Device#setMemoryEnabled}.
     */
    default boolean turnsMemoryOn() {
        return true;
    }

    /** Whether calls in a direction reach bytes that are not mapped. It asks without an access. */
    default boolean hasCalls(RegionInfo region, Direction direction) {
        return true;
    }

    /**
     * Why an area that is reported as mappable can never be mapped; empty if it can, or if only a shortage prevents it
     * now.
     */
    default Optional<String> refusal(RegionInfo region, Area area) {
        return Optional.empty();
    }

    /**
     * The descriptors that another process needs to use the device, the device's first; empty if it cannot be handed
     * over.
     */
    default List<Integer> descriptors() {
        return List.of();
    }

    /** The place of a region's bytes, if it is known. */
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
    @Nullable
    ByteBuffer regionInfo(int index);

    /** The host's page size. */
    int pageSize();

    /** The kind of calls that {@link #read} and {@link #write} make. */
    default RegionCalls calls(VfioOptions.WideAccess wide) {
        return RegionCalls.system(wide);
    }

    /** The meaning of a negative result of {@link #read} or {@link #write}, for people. */
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

    /** The protection of a mapping. A driver that offers only mmap decides each by itself. */
    static int protection(RegionInfo region) {
        int read = region.isMmapAlone() || region.has(RegionInfo.FLAG_READ) ? Syscalls.PROT_READ : 0;
        int write = region.isMmapAlone() || region.has(RegionInfo.FLAG_WRITE) ? Syscalls.PROT_WRITE : 0;
        return read | write;
    }

    /**
     * The address space of the device, which other devices may share. It is null if the device has none, or if it is
     * not known.
     */
    default @Nullable SharedSpace space() {
        return null;
    }

    /** The interrupts of a kind. */
    default InterruptInfo interrupts(int index) {
        return InterruptInfo.NONE;
    }

    /** {@code VFIO_DEVICE_SET_IRQS}. */
    default int setInterrupts(int flags, int index, int start, int count, int... descriptors) {
        return -Errno.ENOTTY;
    }

    /** Called when every mapping is gone. */
    @Override
    void close();
}
