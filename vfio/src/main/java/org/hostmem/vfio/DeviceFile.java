package org.hostmem.vfio;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.hostmem.RegionCapabilities.Area;

/**
 * What carries a device's regions to this process: a VFIO descriptor, or memory. Results of calls are those of {@link Syscalls}: negative ones are {@code -errno}.
 *
 * <p>Everything above this interface is the same for all of them. Safe for use by any number of threads; after {@link #close}, calls give {@code -EBADF}.
 */
interface DeviceFile extends AutoCloseable {

    /** How many regions there may be: one more than the highest index. */
    int regionCount();

    boolean resettable();

    /** The bytes of {@code vfio_region_info} with all capabilities, untrusted; {@code null} if the host does not know the region. */
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

    /** Reads some bytes of a region by one call. */
    long read(RegionInfo region, long offset, MemorySegment ram, int count);

    /** Writes some bytes of a region by one call. */
    long write(RegionInfo region, long offset, MemorySegment ram, int count);

    /**
     * Maps an area of a region.
     *
     * @param protection {@link Syscalls#PROT_READ}, {@link Syscalls#PROT_WRITE} or both
     * @throws VfioException if the host refuses
     */
    Mapping map(RegionInfo region, Area area, int protection);

    int reset();

    /** Once every mapping is gone. */
    @Override
    void close();
}
