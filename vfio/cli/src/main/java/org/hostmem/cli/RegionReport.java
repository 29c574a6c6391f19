package org.hostmem.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.hostmem.AccessOptions;
import org.hostmem.AccessRules;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.HostMemoryException;
import org.hostmem.RegionCapabilities;
import org.hostmem.RegionCapabilities.Area;
import org.hostmem.vfio.CacheModeCheck;
import org.hostmem.vfio.InfoCapability;
import org.hostmem.vfio.Region;
import org.hostmem.vfio.VfioOptions;
import org.jspecify.annotations.Nullable;

/**
 * The report on one region: the host's report, the cache mode, and the accesses that are allowed.
 *
 * @param region of an open device
 * @param options the device was opened with
 * @param rules of its accessor; null if it could not be opened
 * @param guarantees of its accessor
 * @param failure why it could not be opened; null if it could
 * @param check of the cache mode; null if none was wanted
 */
record RegionReport(
        Region region,
        VfioOptions options,
        @Nullable AccessRules rules,
        Set<Guarantee> guarantees,
        @Nullable HostMemoryException failure,
        @Nullable CacheModeCheck check) {

    /** Maps the region and unmaps it again; touches none of its bytes. */
    static RegionReport of(Region region, VfioOptions options, boolean crossCheck) {
        try (HostMemoryAccessor accessor = region.open(AccessOptions.DEFAULT)) {
            CacheModeCheck check = crossCheck && region.capabilities().mappable() ? region.checkCacheMode() : null;
            return new RegionReport(region, options, accessor.rules(), accessor.guarantees(), null, check);
        } catch (HostMemoryException refused) {
            return new RegionReport(region, options, null, Set.of(), refused, null);
        }
    }

    boolean isRight() {
        return failure == null && (check == null || check.finding() != CacheModeCheck.Finding.DISAGREES);
    }

    JsonObject json() {
        RegionCapabilities capabilities = region.capabilities();
        JsonObject one = new JsonObject();
        one.addProperty("index", region.index());
        one.addProperty("name", region.name());
        one.addProperty("size", capabilities.size());
        one.add("flags", Json.strings(List.of(region.info().flagNames().split(" "))));
        one.addProperty("cacheMode", capabilities.cacheMode().name());
        one.addProperty("cacheModeSource", capabilities.cacheModeSource().name());
        one.addProperty("cacheModeCertainty", region.certainty().name());
        one.addProperty("answeredBy", capabilities.answeredBy().name());
        one.addProperty("answeredBySource", capabilities.answeredBySource().name());
        if (check != null) {
            JsonObject checked = new JsonObject();
            checked.addProperty("verdict", check.finding().name());
            checked.add("evidence", Json.strings(check.evidence()));
            one.add("cacheModeCheck", checked);
        }
        one.add("areas", areas(capabilities.areas()));
        JsonArray chain = new JsonArray();
        region.info().capabilities().forEach(capability -> chain.add(capability(capability)));
        one.add("capabilities", chain);
        one.add("notes", Json.strings(region.notes()));
        if (failure == null) {
            one.add("access", RulesJson.of(opened()));
            one.add("guarantees", Json.strings(new TreeSet<>(guarantees)));
        } else {
            one.add("error", Failures.error(failure, failure.getMessage()));
        }
        return one;
    }

    private static JsonArray areas(List<Area> areas) {
        JsonArray array = new JsonArray();
        for (Area area : areas) {
            JsonObject one = new JsonObject();
            one.addProperty("offset", area.offset());
            one.addProperty("size", area.size());
            array.add(one);
        }
        return array;
    }

    private JsonObject capability(InfoCapability capability) {
        JsonObject one = new JsonObject();
        one.addProperty("id", capability.id());
        one.addProperty("name", name(capability));
        one.addProperty("version", capability.version());
        switch (capability) {
            case InfoCapability.SparseMmap sparse -> one.add("areas", areas(sparse.areas()));
            case InfoCapability.Type type -> {
                one.addProperty("type", Integer.toUnsignedLong(type.type()));
                one.addProperty("subtype", Integer.toUnsignedLong(type.subtype()));
            }
            case InfoCapability.MsixMappable mappable -> {}
            case InfoCapability.Unknown unknown -> one.addProperty("body", body(unknown));
        }
        return one;
    }

    private static String body(InfoCapability.Unknown unknown) {
        byte[] bytes = new byte[unknown.body().remaining()];
        unknown.body().get(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private String name(InfoCapability capability) {
        return switch (capability) {
            case InfoCapability.SparseMmap sparse -> "SPARSE_MMAP";
            case InfoCapability.Type type -> "TYPE";
            case InfoCapability.MsixMappable mappable -> "MSIX_MAPPABLE";
            case InfoCapability.Unknown unknown ->
                options.decoders().stream().anyMatch(decoder -> decoder.understands(unknown))
                        ? "MMAP_CACHE_MODE"
                        : "unknown";
        };
    }

    /** The rules of the accessor, where there is one. */
    private AccessRules opened() {
        return Objects.requireNonNull(rules);
    }

    /** The cells of the table of regions. */
    Object[] cells() {
        RegionCapabilities capabilities = region.capabilities();
        boolean usable = failure == null;
        return new Object[] {
            region.index(),
            region.name(),
            Quantity.size(capabilities.size()),
            region.info().flagNames(),
            capabilities.cacheMode(),
            capabilities.cacheModeSource(),
            region.certainty(),
            usable ? RulesCommand.unaligned(opened()) : "-",
            usable ? opened().widestRead() : "-",
            usable ? opened().widestWrite() : "-",
            usable ? opened().widestAscending() : "-",
            way()
        };
    }

    private String way() {
        List<Area> areas = region.capabilities().areas();
        if (areas.isEmpty()) {
            return region.calls();
        }
        long mapped = areas.stream().mapToLong(Area::size).sum();
        return mapped == region.capabilities().size() ? "mmap" : "mmap, holes by " + region.calls();
    }

    /** What does not fit into the table: capabilities, areas, notes, missing guarantees. */
    void details(List<String> lines) {
        String start = "  region " + region.index() + ": ";
        for (InfoCapability capability : region.info().capabilities()) {
            lines.add(start + "capability " + name(capability) + " (id 0x" + Integer.toHexString(capability.id())
                    + ", version " + capability.version() + ")"
                    + switch (capability) {
                        case InfoCapability.SparseMmap sparse -> areasText(sparse.areas());
                        case InfoCapability.Type type ->
                            ": type 0x" + Integer.toHexString(type.type()) + ", subtype 0x"
                                    + Integer.toHexString(type.subtype());
                        case InfoCapability.MsixMappable mappable -> ": the MSI-X table is mapped with the rest";
                        case InfoCapability.Unknown unknown -> ": " + body(unknown);
                    });
        }
        if (region.capabilities().mappable()) {
            lines.add(start + "answered by " + region.capabilities().answeredBy() + ", source "
                    + region.capabilities().answeredBySource());
        }
        region.notes().forEach(note -> lines.add(start + note));
        if (check != null) {
            lines.add(start + "cross-check " + check.finding() + ": " + String.join("; ", check.evidence()));
        }
        if (failure != null) {
            lines.add(start + failure.getMessage());
            return;
        }
        EnumSet<Guarantee> missing = EnumSet.allOf(Guarantee.class);
        missing.removeAll(guarantees);
        if (!opened().answeredBy().mayDecode() || !opened().cacheMode().needsExactAccesses()) {
            missing.remove(Guarantee.DECODABLE); // nobody decodes there
        }
        if (!missing.isEmpty()) {
            lines.add(start + "not guaranteed: " + HostReport.names(missing));
        }
    }

    private static String areasText(List<Area> areas) {
        StringBuilder text = new StringBuilder(":");
        for (Area area : areas) {
            text.append(" [")
                    .append(Quantity.hex(area.offset()))
                    .append(", ")
                    .append(Quantity.hex(area.end()))
                    .append(')');
        }
        return text.toString();
    }
}
