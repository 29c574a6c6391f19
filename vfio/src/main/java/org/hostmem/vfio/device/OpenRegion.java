package org.hostmem.vfio.device;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
import org.hostmem.vfio.CacheModeCheck;
import org.hostmem.vfio.Certainty;
import org.hostmem.vfio.DriverTable;
import org.hostmem.vfio.DriverTable.SystemCalls;
import org.hostmem.vfio.Region;
import org.hostmem.vfio.RegionInfo;
import org.hostmem.vfio.SharedBytes;
import org.hostmem.vfio.VfioOptions;
import org.hostmem.vfio.access.SparseAccessor;
import org.hostmem.vfio.access.SystemCallAccessor;
import org.hostmem.vfio.linux.KernelVersion;
import org.hostmem.vfio.linux.Mapping;
import org.hostmem.vfio.region.AccessChecks;
import org.hostmem.vfio.region.AnswerDecision;
import org.hostmem.vfio.region.CacheModeDecision;
import org.hostmem.vfio.region.Closing;
import org.hostmem.vfio.region.DeviceFile;
import org.hostmem.vfio.region.Extent;
import org.hostmem.vfio.region.FileFacts;
import org.hostmem.vfio.region.RegionCalls;

/** A region of a {@link VfioDevice}. */
public final class OpenRegion implements Region {

    private final VfioDevice device;
    private final DeviceFile file;
    private final RegionInfo info;
    private final RegionCapabilities capabilities;
    private final SystemCalls systemCalls;
    private final VfioOptions.WideAccess wideAccess;
    private final List<String> notes;
    private final Certainty certainty;

    public OpenRegion(VfioDevice device, DeviceFile file, RegionInfo info, String driver, VfioOptions options) {
        this.device = device;
        this.file = file;
        this.info = info;
        this.wideAccess = options.wideAccess();
        Optional<FileFacts> facts = file.fileFacts(info.index());
        // A certainty about mappings does not count where nothing is mapped.
        CacheModeDecision decision = facts.filter(known -> !info.areas().isEmpty() || known.mode() == CacheMode.UNKNOWN)
                .map(FileFacts::decision)
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
                : facts.map(FileFacts::systemCalls)
                        .or(() -> DriverTable.find(driver, info).map(DriverTable.Row::systemCalls))
                        .orElse(SystemCalls.UNKNOWN);
        capabilities = RegionCapabilities.whole(info.size(), decision.mode(), decision.source())
                .withAreas(info.areas())
                .withRights(mmapAlone || info.has(RegionInfo.FLAG_READ), mmapAlone || info.has(RegionInfo.FLAG_WRITE))
                .answered(answer.who(), answer.source());
        all.addAll(answer.notes());
        all.addAll(unmappable());
        notes = List.copyOf(all);
        certainty = switch (decision.source()) {
            case BY_CONSTRUCTION, REPORTED -> Certainty.CERTAIN;
            case DRIVER_TABLE ->
                KernelVersion.current()
                                .isAmong(DriverTable.find(driver, info)
                                        .orElseThrow()
                                        .kernels())
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
    public static RegionCalls calls(DeviceFile file, RegionInfo info, VfioOptions.WideAccess wideAccess) {
        RegionCalls calls = file.calls(wideAccess);
        return file.isPci() && info.index() == CONFIG ? calls.inConfigurationSpace(wideAccess) : calls;
    }

    @Override
    public int index() {
        return info.index();
    }

    @Override
    public String name() {
        return index() < PCI_NAMES.size() ? PCI_NAMES.get(index()) : "region " + index();
    }

    @Override
    public RegionInfo info() {
        return info;
    }

    @Override
    public RegionCapabilities capabilities() {
        return capabilities;
    }

    @Override
    public String calls() {
        return calls(file, info, wideAccess).name();
    }

    @Override
    public Certainty certainty() {
        return certainty;
    }

    @Override
    public CacheModeCheck checkCacheMode() {
        return device.checkCacheMode(this);
    }

    @Override
    public List<String> notes() {
        return notes;
    }

    @Override
    public HostMemoryAccessor open(AccessOptions options) {
        List<Area> areas = capabilities.areas();
        if (areas.isEmpty()) {
            return systemCalls(options).limited(options.limits());
        }
        if (areas.size() == 1 && areas.getFirst().size() == info.size()) {
            return map(areas.getFirst(), options);
        }
        // The composite carries out the fault policy. So a part must throw, to say where the fault was.
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
        int protection = DeviceFile.protection(info);
        Mapping mapping = device.track(() -> file.map(info, area, protection));
        RegionCapabilities part = RegionCapabilities.whole(
                        area.size(), capabilities.cacheMode(), capabilities.cacheModeSource())
                .withRights(capabilities.readable(), capabilities.writable())
                .answered(capabilities.answeredBy(), capabilities.answeredBySource());
        try {
            HostMemoryAccessor accessor = ProviderSelection.load()
                    .open(MappedRegion.borrowed(mapping.segment(), part, options, Permanence.MAY_VANISH)
                            .releasedBy(mapping.keeper()));
            device.use(mapping, accessor);
            return accessor;
        } catch (RuntimeException | Error failed) {
            mapping.free();
            throw failed;
        }
    }

    @Override
    public List<SharedBytes> sharedWith(Region other) {
        return other instanceof OpenRegion open ? Extent.shared(extents(), open.extents()) : List.of();
    }

    @Override
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
