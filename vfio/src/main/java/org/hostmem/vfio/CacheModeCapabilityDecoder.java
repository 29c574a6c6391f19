package org.hostmem.vfio;

import java.nio.ByteBuffer;
import java.util.List;
import org.hostmem.CacheMode;
import org.hostmem.vfio.RegionInfoException.Violation;
import org.hostmem.vfio.region.Report;

/**
 * Reads {@code VFIO_REGION_INFO_CAP_MMAP_CACHE_MODE}: the host driver reports how it maps a region (proposal S3 of the
 * qemu-devel thread on {@code memcpy} to device memory).
 *
 * <p>It has no number upstream, so the number is configuration ({@value VfioOptions#CACHE_MODE_PROPERTY}) and the
 * decoder is off by default. The layout, in the host's byte order:
 *
 * <pre>
 * version 1, one mode for the region             version 2, one mode for each area of the sparse-mmap capability
 *    0 u16 id, u16 version = 1, u32 next            0 u16 id, u16 version = 2, u32 next
 *    8 u32 mode                                     8 u32 nr_modes
 *   12 u32 reserved                                12 u32 reserved
 *                                                  16 u32 mode[nr_modes], in the order of the areas
 * mode: noncached 0, writecombine 1, device 2, normal 3
 * </pre>
 *
 * The experimental driver of the project's lab reports version 1. Version 2 is S3's other form, "all sparse mmaps on
 * the region". All its modes must be the same. S3 says that the capability is meaningful where {@code FLAG_MMAP} is
 * <em>absent</em>. This is a slip for <em>present</em>, because without mmap there is no mapping to describe.
 */
public final class CacheModeCapabilityDecoder implements RegionCapabilityDecoder {

    private static final List<CacheMode> MODES =
            List.of(CacheMode.NONCACHED, CacheMode.WRITE_COMBINING, CacheMode.DEVICE, CacheMode.NORMAL);

    private final int id;

    /**
     * A decoder for one number.
     *
     * @param id of the capability, 6 to 0xffff: up to 5 are taken by {@code linux/vfio.h}
     * @throws IllegalArgumentException if it is another
     */
    public CacheModeCapabilityDecoder(int id) {
        if (id < 6 || id > 0xffff) {
            throw new IllegalArgumentException("capability id 0x" + Integer.toHexString(id)
                    + ": it must be 6 to 0xffff, because linux/vfio.h uses 0 to 5");
        }
        this.id = id;
    }

    /**
     * {@return the number of a mode in the capability}
     *
     * @param mode one that a mapping can have
     */
    public static int number(CacheMode mode) {
        return MODES.indexOf(mode);
    }

    @Override
    public boolean understands(InfoCapability.Unknown capability) {
        return capability.id() == id;
    }

    @Override
    public Report decode(InfoCapability.Unknown capability, RegionInfo region) {
        if (region.areas().isEmpty()) {
            return unusable("a cache mode is reported for a region that cannot be mapped: ignored");
        }
        return switch (capability.version()) {
            case 1 -> one(capability);
            case 2 -> perArea(capability, region);
            default ->
                unusable("the cache-mode capability has version " + capability.version() + "; 1 and 2 are known");
        };
    }

    private static Report one(InfoCapability.Unknown capability) {
        checkLength(capability, 8);
        return report(capability.body().getInt(0));
    }

    private static Report perArea(InfoCapability.Unknown capability, RegionInfo region) {
        checkLength(capability, 8);
        ByteBuffer body = capability.body();
        long count = Integer.toUnsignedLong(body.getInt(0));
        int areas = region.capability(InfoCapability.SparseMmap.class)
                .map(sparse -> sparse.areas().size())
                .orElse(1);
        if (count != areas) {
            throw new RegionInfoException(
                    Violation.CACHE_MODE_COUNT,
                    count + " cache modes for " + areas + " areas of region " + region.index());
        }
        checkLength(capability, 8 + 4 * areas);
        int mode = body.getInt(8);
        for (int area = 1; area < areas; area++) {
            if (body.getInt(8 + 4 * area) != mode) {
                throw new RegionInfoException(
                        Violation.CACHE_MODES_DISAGREE,
                        "region " + region.index() + " reports mode " + Integer.toUnsignedString(mode)
                                + " for its first area and " + Integer.toUnsignedString(body.getInt(8 + 4 * area))
                                + " for area " + area + ": all must have the same");
            }
        }
        return report(mode);
    }

    private static Report report(int mode) {
        if (mode < 0 || mode >= MODES.size()) {
            return unusable("the host reports cache mode " + Integer.toUnsignedString(mode)
                    + ", which is unknown; 0 to 3 are known");
        }
        return new Report(MODES.get(mode), List.of());
    }

    private static Report unusable(String note) {
        return new Report(CacheMode.UNKNOWN, List.of(note));
    }

    private static void checkLength(InfoCapability.Unknown capability, int needed) {
        if (capability.body().limit() < needed) {
            throw new RegionInfoException(
                    Violation.CAPABILITY_TRUNCATED,
                    "the cache-mode capability has " + capability.body().limit() + " bytes after its header, and needs "
                            + needed);
        }
    }
}
