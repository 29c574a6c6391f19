package org.hostmem.vfio.region;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.vfio.DriverTable;
import org.hostmem.vfio.InfoCapability;
import org.hostmem.vfio.RegionCapabilityDecoder;
import org.hostmem.vfio.RegionInfo;
import org.hostmem.vfio.VfioOptions;

/**
 * Decides the cache mode of a region, with the source. The sources are asked in this order: the host's report, the
 * table of drivers, and the user's assertion.
 *
 * <p>A report that cannot be used ends the search as well. It contradicts the source of the table, so neither is
 * trusted.
 */
public record CacheModeDecision(CacheMode mode, CacheModeSource source, List<String> notes) {

    public static CacheModeDecision of(RegionInfo region, String driver, VfioOptions options) {
        List<String> notes = new ArrayList<>();
        for (InfoCapability capability : region.capabilities()) {
            Optional<RegionCapabilityDecoder.Report> report = report(capability, region, options);
            if (report.isPresent()) {
                notes.addAll(report.get().notes());
                CacheMode mode = report.get().mode();
                return new CacheModeDecision(
                        mode, mode == CacheMode.UNKNOWN ? CacheModeSource.UNKNOWN : CacheModeSource.REPORTED, notes);
            }
        }
        if (region.areas().isEmpty()) {
            String calls = driver.equals(DriverTable.VFIO_USER) ? "messages" : "pread and pwrite";
            return new CacheModeDecision(
                    CacheMode.UNKNOWN,
                    CacheModeSource.UNKNOWN,
                    List.of(region.isMmapAlone() ? "not mapped" : "not mappable: reached by " + calls));
        }
        CacheMode asserted = options.assertedModes().getOrDefault(region.index(), CacheMode.UNKNOWN);
        Optional<DriverTable.Row> row = DriverTable.find(driver, region);
        row.ifPresent(r -> notes.add(
                r.source() + (r.kernels().isEmpty() ? "" : " (read in Linux " + String.join(", ", r.kernels()) + ")")));
        CacheMode listed = row.map(DriverTable.Row::mode).orElse(CacheMode.UNKNOWN);
        if (listed != CacheMode.UNKNOWN) {
            if (asserted != CacheMode.UNKNOWN && asserted != listed) {
                notes.add("asserted as " + asserted
                        + ", which counts only where neither the host nor the table of drivers knows");
            }
            return new CacheModeDecision(listed, CacheModeSource.DRIVER_TABLE, notes);
        }
        if (asserted != CacheMode.UNKNOWN) {
            return new CacheModeDecision(asserted, CacheModeSource.ASSERTED, notes);
        }
        notes.add("nobody says how driver " + driver + " maps this region: the strictest rules hold");
        return new CacheModeDecision(CacheMode.UNKNOWN, CacheModeSource.UNKNOWN, notes);
    }

    private static Optional<RegionCapabilityDecoder.Report> report(
            InfoCapability capability, RegionInfo region, VfioOptions options) {
        if (!(capability instanceof InfoCapability.Unknown unknown)) {
            return Optional.empty();
        }
        return options.decoders().stream()
                .filter(decoder -> decoder.understands(unknown))
                .findFirst()
                .map(decoder -> decoder.decode(unknown, region));
    }
}
