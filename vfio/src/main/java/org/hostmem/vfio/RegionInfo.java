package org.hostmem.vfio;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.StringJoiner;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.hostmem.RegionCapabilities.Area;

/**
 * The host's report on one region: {@code vfio_region_info} and its capabilities, checked. Immutable.
 *
 * @param index of the region
 * @param flags {@link #FLAG_READ} and others
 * @param size in bytes; 0 if there is no such region
 * @param fdOffset where the region begins in the device's descriptor: opaque
 * @param capabilities in the order of the chain
 * @param unmappable areas that are reported as mappable and cannot be mapped, with the reason. They are reached as
 *     holes are
 */
public record RegionInfo(
        int index,
        int flags,
        long size,
        long fdOffset,
        List<InfoCapability> capabilities,
        List<Unmappable> unmappable) {

    /**
     * An area that the host reports as mappable, and that is not mapped.
     *
     * @param area of the region
     * @param reason for people
     */
    public record Unmappable(Area area, String reason) {}

    /** {@code VFIO_REGION_INFO_FLAG_READ}. */
    public static final int FLAG_READ = 1;
    /** {@code VFIO_REGION_INFO_FLAG_WRITE}. */
    public static final int FLAG_WRITE = 2;
    /** {@code VFIO_REGION_INFO_FLAG_MMAP}. */
    public static final int FLAG_MMAP = 4;
    /** {@code VFIO_REGION_INFO_FLAG_CAPS}. */
    public static final int FLAG_CAPS = 8;

    private static final int MOST_NAMED = 4;

    private static final String[] FLAG_NAMES = {"READ", "WRITE", "MMAP", "CAPS"};

    /** Makes copies. */
    public RegionInfo {
        capabilities = List.copyOf(capabilities);
        unmappable = List.copyOf(unmappable);
    }

    /**
     * With every area that is reported as mappable.
     *
     * @param index of the region
     * @param flags {@link #FLAG_READ} and others
     * @param size in bytes; 0 if there is no such region
     * @param fdOffset where the region begins in the device's descriptor: opaque
     * @param capabilities in the order of the chain
     */
    public RegionInfo(int index, int flags, long size, long fdOffset, List<InfoCapability> capabilities) {
        this(index, flags, size, fdOffset, capabilities, List.of());
    }

    /**
     * {@return whether all of these flags are set}
     *
     * @param flags one or more
     */
    public boolean has(int flags) {
        return (this.flags & flags) == flags;
    }

    /**
     * {@return the first capability of a kind}
     *
     * @param <C> the kind
     * @param kind its class
     */
    public <C extends InfoCapability> Optional<C> capability(Class<C> kind) {
        for (InfoCapability capability : capabilities) {
            if (kind.isInstance(capability)) {
                return Optional.of(kind.cast(capability));
            }
        }
        return Optional.empty();
    }

    /**
     * {@return the parts that can be mapped: the {@linkplain #reportedAreas reported} ones without the
     * {@linkplain #unmappable unmappable} ones}
     */
    public List<Area> areas() {
        List<Area> areas = reportedAreas();
        if (unmappable.isEmpty()) {
            return areas;
        }
        Set<Area> dropped = unmappable.stream().map(Unmappable::area).collect(Collectors.toSet());
        return areas.stream().filter(area -> !dropped.contains(area)).toList();
    }

    /**
     * {@return the parts that the host says can be mapped: those of {@link InfoCapability.SparseMmap}, else the whole
     * region; none without {@link #FLAG_MMAP}}
     */
    public List<Area> reportedAreas() {
        if (!has(FLAG_MMAP) || size == 0) {
            return List.of();
        }
        return capability(InfoCapability.SparseMmap.class)
                .map(InfoCapability.SparseMmap::areas)
                .orElse(List.of(new Area(0, size)));
    }

    /**
     * {@return the same region, some of whose areas are not mapped}
     *
     * @param refusal why one is not mapped; empty if it is
     */
    public RegionInfo without(Function<Area, Optional<String>> refusal) {
        List<Unmappable> all = new ArrayList<>(unmappable);
        areas().forEach(area -> refusal.apply(area).ifPresent(reason -> all.add(new Unmappable(area, reason))));
        return new RegionInfo(index, flags, size, fdOffset, capabilities, all);
    }

    /** {@return whether the region can be mapped, and cannot be read or written by calls} */
    public boolean isMmapAlone() {
        return has(FLAG_MMAP) && !has(FLAG_READ) && !has(FLAG_WRITE);
    }

    /**
     * {@return areas for people, the first few of them}
     *
     * @param areas of a region
     */
    public static String text(List<Area> areas) {
        StringJoiner text = new StringJoiner(" ");
        for (Area area : areas.subList(0, Math.min(MOST_NAMED, areas.size()))) {
            text.add(area.toString());
        }
        return areas.size() <= MOST_NAMED ? text.toString() : text + " and " + (areas.size() - MOST_NAMED) + " more";
    }

    /** {@return the flags by name, for example {@code READ WRITE MMAP}, with bits that have none in hexadecimal} */
    public String flagNames() {
        StringJoiner names = new StringJoiner(" ");
        for (int bit = 0; bit < FLAG_NAMES.length; bit++) {
            if ((flags & 1 << bit) != 0) {
                names.add(FLAG_NAMES[bit]);
            }
        }
        int others = flags >>> FLAG_NAMES.length << FLAG_NAMES.length;
        return others == 0
                ? names.toString()
                : names.add("0x" + Integer.toHexString(others)).toString();
    }
}
