package org.hostmem.vfio;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.hostmem.AccessOptions;
import org.hostmem.CacheMode;
import org.hostmem.DeviceLimits;
import org.hostmem.FaultPolicy;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.Permanence;
import org.hostmem.RegionCapabilities;
import org.hostmem.RegionCapabilities.Area;
import org.hostmem.engine.FirstUse;
import org.hostmem.spi.Guest;
import org.hostmem.spi.MappedRegion;
import org.hostmem.spi.ProviderSelection;
import org.hostmem.vfio.DriverTable.SystemCalls;

/** One region of an open {@link Device}: what the host reports, what follows from it, and the way in. */
public final class Region {

    /** {@code VFIO_PCI_CONFIG_REGION_INDEX}: the configuration space of a PCI device. */
    public static final int CONFIG = 7;

    private static final String[] PCI_NAMES = {"BAR0", "BAR1", "BAR2", "BAR3", "BAR4", "BAR5", "ROM", "CONFIG", "VGA"};

    private final VfioDevice device;
    private final DeviceFile file;
    private final RegionInfo info;
    private final RegionCapabilities capabilities;
    private final SystemCalls systemCalls;
    private final VfioOptions.WideAccess wideAccess;
    private final List<String> notes;
    private final Certainty certainty;

    Region(VfioDevice device, DeviceFile file, RegionInfo info, String driver, VfioOptions options) {
        this.device = device;
        this.file = file;
        this.info = info;
        this.wideAccess = options.wideAccess();
        Optional<Construction> construction = file.construction(info.index());
        // What is certain about a mapping does not count where there is none.
        CacheModeDecision decision = construction
                .filter(known -> !info.areas().isEmpty() || known.mode() == CacheMode.UNKNOWN)
                .map(Construction::decision)
                .orElseGet(() -> CacheModeDecision.of(info, driver, options));
        AnswerDecision answer = AnswerDecision.of(file.isOfThisMachine(), info, options, Guest.current());
        List<String> all = new ArrayList<>(decision.notes());
        // A driver may offer mmap alone. Then the kernel judges each mapping, and there is nothing to read or write by
        // system calls.
        boolean mmapAlone = info.isMmapAlone();
        if (mmapAlone) {
            all.add("the host offers mmap and neither read nor write: the holes, if any, cannot be reached");
        }
        systemCalls = mmapAlone
                ? SystemCalls.NONE
                : construction
                        .map(Construction::systemCalls)
                        .or(() -> DriverTable.find(driver, info).map(DriverTable.Row::systemCalls))
                        .orElse(SystemCalls.UNKNOWN);
        capabilities = new RegionCapabilities(
                info.size(),
                mmapAlone || info.has(RegionInfo.FLAG_READ),
                mmapAlone || info.has(RegionInfo.FLAG_WRITE),
                info.areas(),
                decision.mode(),
                decision.source(),
                answer.who(),
                answer.source());
        all.addAll(answer.notes());
        all.addAll(unmappable());
        notes = List.copyOf(all);
        certainty = switch (decision.source()) {
            case BY_CONSTRUCTION, REPORTED -> Certainty.CERTAIN;
            case DRIVER_TABLE ->
                DriverTable.find(driver, info).orElseThrow().isReadIn(KernelVersion.current())
                        ? Certainty.READ_IN_SOURCE
                        : Certainty.PROBABLE;
            case ASSERTED -> Certainty.CLAIMED;
            case UNKNOWN -> Certainty.NONE;
        };
    }

    /** One note for each reason. */
    private List<String> unmappable() {
        Map<String, List<Area>> areas = new LinkedHashMap<>();
        info.unmappable()
                .forEach(one -> areas.computeIfAbsent(one.reason(), unseen -> new ArrayList<>())
                        .add(one.area()));
        String instead = systemCalls == SystemCalls.NONE
                ? "; nothing else reaches its bytes"
                : "; its bytes are reached by " + calls(file, info, wideAccess).names();
        List<String> notes = new ArrayList<>();
        areas.forEach((reason, of) -> notes.add("not mapped: " + RegionInfo.text(of) + ": " + reason + instead));
        return notes;
    }

    /** What reaches the bytes of a region that are not mapped. */
    static RegionCalls calls(DeviceFile file, RegionInfo info, VfioOptions.WideAccess wideAccess) {
        RegionCalls calls = file.calls(wideAccess);
        return file.isPci() && info.index() == CONFIG ? calls.inConfigurationSpace(wideAccess) : calls;
    }

    /** {@return the index of the region} */
    public int index() {
        return info.index();
    }

    /** {@return the name that the index has on a PCI device, for example {@code BAR0}, or {@code region 9}} */
    public String name() {
        return index() < PCI_NAMES.length ? PCI_NAMES[index()] : "region " + index();
    }

    /**
     * {@return the index that a name has on a PCI device; empty if it is none of those names}
     *
     * @param name for example {@code BAR0}, in any case
     */
    public static OptionalInt indexOf(String name) {
        return IntStream.range(0, PCI_NAMES.length)
                .filter(index -> PCI_NAMES[index].equalsIgnoreCase(name))
                .findFirst();
    }

    /** {@return what the host reports} */
    public RegionInfo info() {
        return info;
    }

    /** {@return what follows from it: the mappable areas, the cache mode, and who says so} */
    public RegionCapabilities capabilities() {
        return capabilities;
    }

    /**
     * {@return the name of what reaches the bytes that are not mapped: {@code pread}, or {@code message} for a device
     * in another process}
     */
    public String calls() {
        return calls(file, info, wideAccess).name();
    }

    /** {@return how sure the cache mode is} */
    public Certainty certainty() {
        return certainty;
    }

    /**
     * Compares the cache mode with the kernel's own list of memory types, where there is one.
     *
     * @return what came out; the list has an entry only while the region, or something else at its place, is mapped
     */
    public CacheModeCheck checkCacheMode() {
        return device.checkCacheMode(this);
    }

    /** {@return what a user should know about this region: how its cache mode was decided, and what does not work} */
    public List<String> notes() {
        return notes;
    }

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
    public HostMemoryAccessor open(AccessOptions options) {
        List<Area> areas = capabilities.areas();
        if (areas.isEmpty()) {
            return systemCalls(options).limited(options.limits());
        }
        if (areas.size() == 1 && areas.getFirst().size() == info.size()) {
            return map(areas.getFirst(), options);
        }
        // The composite carries out the fault policy: a part must tell it where a fault was.
        AccessOptions throwing = options.with(FaultPolicy.THROW);
        List<SparseAccessor.Part> parts = new ArrayList<>();
        try {
            for (Area area : areas) {
                parts.add(new SparseAccessor.Part(area.offset(), area.end(), map(area, throwing)));
            }
            return new SparseAccessor(capabilities, options, parts, systemCalls(throwing));
        } catch (RuntimeException refused) {
            try {
                Closing.all(parts, part -> part.accessor().close());
            } catch (RuntimeException failed) {
                refused.addSuppressed(failed);
            }
            throw refused;
        }
    }

    private SystemCallAccessor systemCalls(AccessOptions options) {
        AccessChecks.open(device.isClosed());
        FirstUse.prepare();
        return new SystemCallAccessor(
                file,
                index() == CONFIG ? device.configIo() : file,
                info,
                capabilities,
                options.with(DeviceLimits.NONE),
                systemCalls,
                calls(file, info, wideAccess),
                device::isClosed);
    }

    private HostMemoryAccessor map(Area area, AccessOptions options) {
        int protection = info.protection();
        Mapping mapping = device.track(() -> file.map(info, area, protection));
        RegionCapabilities part = new RegionCapabilities(
                area.size(),
                capabilities.readable(),
                capabilities.writable(),
                List.of(new Area(0, area.size())),
                capabilities.cacheMode(),
                capabilities.cacheModeSource(),
                capabilities.answeredBy(),
                capabilities.answeredBySource());
        try {
            HostMemoryAccessor accessor = ProviderSelection.load()
                    .open(new MappedRegion(mapping.segment(), part, options, Permanence.MAY_VANISH, mapping.keeper()));
            device.use(mapping, accessor);
            return accessor;
        } catch (RuntimeException | Error failed) {
            mapping.free();
            throw failed;
        }
    }

    /**
     * {@return the bytes that this region and another one both reach: one file by two names, one BAR by VFIO and by
     * sysfs, two areas of one device on the same memory; empty if there are none}
     *
     * <p>A transfer between two regions sees no overlap in such bytes; within one of them it does. Two VFIO descriptors
     * of one device are found where its PCI address is known.
     *
     * @param other of this device or another, both open
     */
    public List<SharedBytes> sharedWith(Region other) {
        return Extent.shared(extents(), other.extents());
    }

    /**
     * {@return whether a file has bytes of this region: whoever writes it, writes them}
     *
     * @param file by any name; {@code /proc/self/fd/N} is a descriptor of this process
     */
    public boolean isIn(Path file) {
        return Extent.key(file)
                .filter(key ->
                        extents().stream().anyMatch(extent -> extent.memory().equals(key)))
                .isPresent();
    }

    private List<Extent> extents() {
        return file.extents(info);
    }

    /** {@return for example {@code BAR0 of 0000:01:00.0}} */
    @Override
    public String toString() {
        return name() + " of " + device.address();
    }
}
