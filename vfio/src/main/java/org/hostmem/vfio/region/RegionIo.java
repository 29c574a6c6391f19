package org.hostmem.vfio.region;

import java.lang.foreign.MemorySegment;
import org.hostmem.vfio.RegionInfo;
import org.hostmem.vfio.linux.Syscalls;

/** Accesses regions by calls. A negative result is {@code -errno}, as in {@link Syscalls}. */
public interface RegionIo {

    /** Reads some bytes of a region by one call. */
    long read(RegionInfo region, long offset, MemorySegment ram, int count);

    /** Writes some bytes of a region by one call. */
    long write(RegionInfo region, long offset, MemorySegment ram, int count);
}
