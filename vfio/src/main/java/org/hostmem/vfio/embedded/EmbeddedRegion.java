package org.hostmem.vfio.embedded;

import java.nio.ByteBuffer;
import java.util.List;
import org.hostmem.CacheMode;
import org.hostmem.RegionCapabilities.Area;
import org.hostmem.vfio.CacheModeCapabilityDecoder;
import org.hostmem.vfio.RegionInfo;
import org.hostmem.vfio.region.Report;

/**
 * A region of a device made of memory, and what it reports of itself.
 *
 * @param report the bytes of {@code vfio_region_info} and its capabilities
 * @param areas what a sparse-mmap capability lists; empty if there is none
 */
public record EmbeddedRegion(int index, long size, List<Area> areas, ByteBuffer report) {

    /** The number of the capability that reports the cache mode. */
    public static final int CACHE_MODE_CAPABILITY = 0x8001;

    /** Index of the registers. */
    public static final int REGISTERS = 1;

    private static final int READ_WRITE = RegionInfo.FLAG_READ | RegionInfo.FLAG_WRITE;

    public static EmbeddedRegion mapped(int index, long size, CacheMode mode, List<Area> areas) {
        Report report = new Report(index, READ_WRITE | RegionInfo.FLAG_MMAP, size, fdOffset(index));
        if (!areas.isEmpty()) {
            report.sparse(areas);
        }
        report.cacheMode(CACHE_MODE_CAPABILITY, CacheModeCapabilityDecoder.number(mode));
        return new EmbeddedRegion(index, size, areas, report.bytes());
    }

    public static EmbeddedRegion unmappable(int index, long size) {
        return new EmbeddedRegion(index, size, List.of(), new Report(index, READ_WRITE, size, fdOffset(index)).bytes());
    }

    /** As vfio-pci has it. */
    private static long fdOffset(int index) {
        return (long) index << 40;
    }

    /** Whether an offset lies between the areas, where the MSI-X table would be. */
    public boolean isHole(long offset) {
        return !areas.isEmpty() && areas.stream().noneMatch(area -> offset >= area.offset() && offset < area.end());
    }
}
