package org.hostmem.vfio;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.hostmem.AccessOptions;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionCapabilities;

/** One region of an open {@link Device}: what the host reports, what follows from it, and the way in. */
public interface Region {

    /** {@code VFIO_PCI_CONFIG_REGION_INDEX}: the configuration space of a PCI device. */
    int CONFIG = 7;

    /** The names of the regions of a PCI device, by index. */
    List<String> PCI_NAMES = List.of("BAR0", "BAR1", "BAR2", "BAR3", "BAR4", "BAR5", "ROM", "CONFIG", "VGA");

    /** {@return the index of the region} */
    int index();

    /** {@return the name that the index has on a PCI device, for example {@code BAR0}, or {@code region 9}} */
    String name();

    /**
     * {@return the index that a name has on a PCI device; empty if it is none of those names}
     *
     * @param name for example {@code BAR0}, in any case
     */
    static OptionalInt indexOf(String name) {
        return IntStream.range(0, PCI_NAMES.size())
                .filter(index -> PCI_NAMES.get(index).equalsIgnoreCase(name))
                .findFirst();
    }

    /** {@return what the host reports} */
    RegionInfo info();

    /** {@return what follows from it: the mappable areas, the cache mode, and who says so} */
    RegionCapabilities capabilities();

    /**
     * {@return the name of what reaches the bytes that are not mapped: {@code pread}, or {@code message} for a device
     * in another process}
     */
    String calls();

    /** {@return how sure the cache mode is} */
    Certainty certainty();

    /**
     * Compares the cache mode with the kernel's own list of memory types, where there is one.
     *
     * @return what came out; the list has an entry only while the region, or something else at its place, is mapped
     */
    CacheModeCheck checkCacheMode();

    /** {@return what a user should know about this region: how its cache mode was decided, and what does not work} */
    List<String> notes();

    /**
     * Opens the region: maps what can be mapped, finds the provider for it, and reaches the rest by {@code pread} and
     * {@code pwrite}.
     *
     * @param options of the access
     * @return an accessor for all of the region
     * @throws VfioException if the host refuses a mapping
     * @throws org.hostmem.NoProviderException if no provider can serve the region
     * @throws org.hostmem.RegionClosedException if the device is closed
     */
    HostMemoryAccessor open(AccessOptions options);

    /**
     * {@return the bytes that this region and another one both reach: one file by two names, one BAR by VFIO and by
     * sysfs, two areas of one device on the same memory; empty if there are none}
     *
     * <p>A transfer between two regions sees no overlap in such bytes; within one of them it does. Two VFIO descriptors
     * of one device are found where its PCI address is known.
     *
     * @param other of this device or another, both open
     */
    List<SharedBytes> sharedWith(Region other);

    /**
     * {@return whether a file has bytes of this region: whoever writes it, writes them}
     *
     * @param file by any name; {@code /proc/self/fd/N} is a descriptor of this process
     */
    boolean isIn(Path file);
}
