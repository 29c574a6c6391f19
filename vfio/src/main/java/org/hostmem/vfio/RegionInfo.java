package org.hostmem.vfio;

import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import org.hostmem.RegionCapabilities.Area;

/**
 * What the host reports about one region: {@code vfio_region_info} and its capabilities, checked. Immutable.
 *
 * @param index of the region
 * @param flags {@link #FLAG_READ} and others
 * @param size in bytes; 0 if there is no such region
 * @param fdOffset where the region begins in the device's descriptor: opaque
 * @param capabilities in the order of the chain
 */
public record RegionInfo(int index, int flags, long size, long fdOffset, List<InfoCapability> capabilities) {

    /** {@code VFIO_REGION_INFO_FLAG_READ}. */
    public static final int FLAG_READ = 1;
    /** {@code VFIO_REGION_INFO_FLAG_WRITE}. */
    public static final int FLAG_WRITE = 2;
    /** {@code VFIO_REGION_INFO_FLAG_MMAP}. */
    public static final int FLAG_MMAP = 4;
    /** {@code VFIO_REGION_INFO_FLAG_CAPS}. */
    public static final int FLAG_CAPS = 8;

    private static final String[] FLAG_NAMES = {"READ", "WRITE", "MMAP", "CAPS"};

    /** Makes a copy. */
    public RegionInfo {
        capabilities = List.copyOf(capabilities);
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

    /** {@return the parts that can be mapped: those of {@link InfoCapability.SparseMmap}, else the whole region; none without {@link #FLAG_MMAP}} */
    public List<Area> areas() {
        if (!has(FLAG_MMAP) || size == 0) {
            return List.of();
        }
        return capability(InfoCapability.SparseMmap.class).map(InfoCapability.SparseMmap::areas).orElse(List.of(new Area(0, size)));
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
        return others == 0 ? names.toString() : names.add("0x" + Integer.toHexString(others)).toString();
    }
}
