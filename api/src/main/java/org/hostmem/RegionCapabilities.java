package org.hostmem;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Says what the host knows of a region: its size, its rights, its cache mode, and which parts can be mapped. Immutable.
 */
public final class RegionCapabilities {
    private final long size;
    private final boolean readable;
    private final boolean writable;
    private final List<Area> areas;
    private final CacheMode cacheMode;
    private final CacheModeSource cacheModeSource;
    private final AnsweredBy answeredBy;
    private final AnsweredBySource answeredBySource;

    private RegionCapabilities(
            long size,
            boolean readable,
            boolean writable,
            List<Area> areas,
            CacheMode cacheMode,
            CacheModeSource cacheModeSource,
            AnsweredBy answeredBy,
            AnsweredBySource answeredBySource) {
        Objects.requireNonNull(cacheMode);
        Objects.requireNonNull(cacheModeSource);
        Objects.requireNonNull(answeredBy);
        Objects.requireNonNull(answeredBySource);
        if (size < 0) {
            throw new IllegalArgumentException(negative(size));
        }
        areas = List.copyOf(areas);
        long end = 0;
        for (Area area : areas) {
            if (area.offset() < end || area.end() > size) {
                throw new IllegalArgumentException("area " + area + " must begin at 0x" + Long.toHexString(end)
                        + " or later and end within the region, which has " + size + " bytes");
            }
            end = area.end();
        }
        this.size = size;
        this.readable = readable;
        this.writable = writable;
        this.areas = areas;
        this.cacheMode = cacheMode;
        this.cacheModeSource = cacheModeSource;
        this.answeredBy = answeredBy;
        this.answeredBySource = answeredBySource;
    }

    /** {@return the size in bytes} */
    public long size() {
        return size;
    }

    /** {@return whether loads, or {@code pread}, are allowed} */
    public boolean readable() {
        return readable;
    }

    /** {@return whether stores, or {@code pwrite}, are allowed} */
    public boolean writable() {
        return writable;
    }

    /**
     * {@return the mappable parts, ascending and without overlap; empty if nothing can be mapped. The bytes between
     * them are holes}
     */
    public List<Area> areas() {
        return areas;
    }

    /** {@return how the mappable parts are mapped} */
    public CacheMode cacheMode() {
        return cacheMode;
    }

    /** {@return who says so} */
    public CacheModeSource cacheModeSource() {
        return cacheModeSource;
    }

    /** {@return who answers an access to the mappable parts} */
    public AnsweredBy answeredBy() {
        return answeredBy;
    }

    /** {@return who says so} */
    public AnsweredBySource answeredBySource() {
        return answeredBySource;
    }

    /**
     * A mappable part of a region.
     *
     * @param offset from the start of the region, in bytes
     * @param size in bytes, more than 0
     */
    public record Area(long offset, long size) {

        /**
         * Checks that the area is not empty and does not overflow.
         *
         * @throws IllegalArgumentException if it is or does
         */
        public Area {
            if (offset < 0 || size <= 0 || offset + size < 0) {
                throw new IllegalArgumentException(
                        "an area of " + size + " bytes at offset 0x" + Long.toHexString(offset)
                                + ": the size must be 1 or more, the offset and the end at most 0x7fffffffffffffff");
            }
        }

        /** {@return the first byte after the area, from the start of the region} */
        public long end() {
            return offset + size;
        }

        /** {@return for example {@code [0x1000, 0x3000)}} */
        @Override
        public String toString() {
            return "[0x" + Long.toHexString(offset) + ", 0x" + Long.toHexString(end()) + ")";
        }
    }

    /**
     * {@return a readable, writable region that can be mapped as a whole and that hardware answers, as the caller
     * asserts}
     *
     * @param size in bytes
     * @param mode how the host maps it
     * @param source who says so
     * @throws IllegalArgumentException if {@code size} is negative
     */
    public static RegionCapabilities whole(long size, CacheMode mode, CacheModeSource source) {
        if (size < 0) {
            throw new IllegalArgumentException(negative(size));
        }
        return new RegionCapabilities(
                size,
                true,
                true,
                size == 0 ? List.of() : List.of(new Area(0, size)),
                mode,
                source,
                AnsweredBy.HARDWARE,
                mode == CacheMode.NORMAL ? AnsweredBySource.BY_CONSTRUCTION : AnsweredBySource.ASSERTED);
    }

    private static String negative(long size) {
        return "a region of " + size + " bytes: the size must be 0 or more";
    }

    /** {@return whether anything of the region can be mapped} */
    public boolean mappable() {
        return !areas.isEmpty();
    }

    /** {@return these capabilities, without the right to write} */
    public RegionCapabilities readOnly() {
        return withRights(readable, false);
    }

    /**
     * {@return these capabilities, with other rights}
     *
     * @param readable whether loads, or {@code pread}, are allowed
     * @param writable whether stores, or {@code pwrite}, are allowed
     */
    public RegionCapabilities withRights(boolean readable, boolean writable) {
        return new RegionCapabilities(
                size, readable, writable, areas, cacheMode, cacheModeSource, answeredBy, answeredBySource);
    }

    /**
     * {@return these capabilities, with other mappable parts}
     *
     * @param areas ascending, without overlap and within the region; empty if nothing can be mapped
     * @throws IllegalArgumentException if they are not
     */
    public RegionCapabilities withAreas(List<Area> areas) {
        return new RegionCapabilities(
                size, readable, writable, areas, cacheMode, cacheModeSource, answeredBy, answeredBySource);
    }

    /**
     * {@return these capabilities, answered by somebody else}
     *
     * @param who answers an access
     * @param source who says so
     */
    public RegionCapabilities answered(AnsweredBy who, AnsweredBySource source) {
        return new RegionCapabilities(size, readable, writable, areas, cacheMode, cacheModeSource, who, source);
    }

    /**
     * {@return the capabilities of a part of the region}
     *
     * @param from first byte of the part
     * @param length of the part in bytes
     */
    public RegionCapabilities slice(long from, long length) {
        List<Area> inside = new ArrayList<>(areas.size());
        for (Area area : areas) {
            long start = Math.max(0, area.offset() - from);
            long end = Math.min(length, area.end() - from);
            if (start < end) {
                inside.add(new Area(start, end - start));
            }
        }
        return new RegionCapabilities(
                length, readable, writable, inside, cacheMode, cacheModeSource, answeredBy, answeredBySource);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RegionCapabilities that
                && size == that.size
                && readable == that.readable
                && writable == that.writable
                && areas.equals(that.areas)
                && cacheMode.equals(that.cacheMode)
                && cacheModeSource.equals(that.cacheModeSource)
                && answeredBy.equals(that.answeredBy)
                && answeredBySource.equals(that.answeredBySource);
    }

    @Override
    public int hashCode() {
        return Objects.hash(size, readable, writable, areas, cacheMode, cacheModeSource, answeredBy, answeredBySource);
    }

    @Override
    public String toString() {
        return "RegionCapabilities[size=" + size + ", readable=" + readable + ", writable=" + writable + ", areas="
                + areas + ", cacheMode=" + cacheMode + ", cacheModeSource=" + cacheModeSource + ", answeredBy="
                + answeredBy + ", answeredBySource=" + answeredBySource + "]";
    }
}
