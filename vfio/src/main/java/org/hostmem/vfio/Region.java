package org.hostmem.vfio;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.hostmem.AccessOptions;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionCapabilities;

/** One region of an open {@link Device}: a BAR, the ROM, or the configuration space. Open it to access its bytes. */
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
     * {@return the index that a name has on a PCI device; empty if no region has that name}
     *
     * @param name for example {@code BAR0}, in any case
     */
    static OptionalInt indexOf(String name) {
        return IntStream.range(0, PCI_NAMES.size())
                .filter(index -> PCI_NAMES.get(index).equalsIgnoreCase(name))
                .findFirst();
    }

    /** {@return the host's report on the region} */
    RegionInfo info();

    /** {@return the size, the rights, the mappable areas and the cache mode, with its source} */
    RegionCapabilities capabilities();

    /**
     * {@return how bytes that are not mapped are reached: {@code pread}, or {@code message} for a device in another
     * process}
     */
    String calls();

    /** {@return how sure the cache mode is} */
    Certainty certainty();

    /**
     * Compares the cache mode with the kernel's own list of memory types, where there is one.
     *
     * @return the result; the list has an entry only while the region, or other memory at its addresses, is mapped
     */
    CacheModeCheck checkCacheMode();

    /** {@return notes for the user: how the cache mode was decided, and what does not work} */
    List<String> notes();

    /**
     * Opens the region. It maps the areas that can be mapped, and chooses their provider. It reaches the rest by
     * {@code pread} and {@code pwrite}.
     *
     * @param options of the access
     * @return an accessor for all of the region
     * @throws VfioException if the host refuses a mapping
     * @throws org.hostmem.NoProviderException if no provider can serve the region
     * @throws org.hostmem.RegionClosedException if the device is closed
     */
    HostMemoryAccessor open(AccessOptions options);

    /**
     * {@return the bytes that this region and another one share; empty if there are none. Examples are one file with
     * two names, one BAR by VFIO and by sysfs, and two areas of one device on the same memory}
     *
     * <p>A transfer between two regions does not notice that such bytes overlap. A transfer within one of them does.
     * Two VFIO descriptors of one device are found if its PCI address is known.
     *
     * @param other of this device or another, both open
     */
    List<SharedBytes> sharedWith(Region other);

    /**
     * {@return whether a file shares bytes with this region, so that a write to the file changes the region}
     *
     * @param file by any name; {@code /proc/self/fd/N} is a descriptor of this process
     */
    boolean isIn(Path file);
}
