package org.hostmem.cli.exhibits;

import static org.hostmem.cli.exhibits.Stage.must;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Set;
import org.hostmem.AccessOptions;
import org.hostmem.AccessRules;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.RegionCapabilities;
import org.hostmem.RegionCapabilities.Area;
import org.hostmem.vfio.CacheModeCapabilityDecoder;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.DriverTable;
import org.hostmem.vfio.EmbeddedDevice;
import org.hostmem.vfio.InfoCapability;
import org.hostmem.vfio.Region;
import org.hostmem.vfio.RegionInfo;
import org.hostmem.vfio.RegionInfoException;
import org.hostmem.vfio.RegionInfoParser;
import org.hostmem.vfio.VfioOptions;

/** Exhibits about what the host reports. */
final class ReportChecks {

    private static final int ID = EmbeddedDevice.CACHE_MODE_CAPABILITY;
    private static final int PAGE = 4096;

    private ReportChecks() {}

    static String vfioPciIsNoncached(Stage stage) {
        for (int bar = 0; bar < 6; bar++) {
            must(mode("vfio-pci", bar, List.of()) == CacheMode.NONCACHED, "BAR " + bar + " of vfio-pci is noncached");
        }
        must(mode("vfio-cdx", 0, List.of()) == CacheMode.DEVICE, "the CDX driver uses pgprot_device");
        must(
                DriverTable.find("somebody-elses", info(0, List.of())).isEmpty(),
                "a driver that is not in the table gives no answer");
        return DriverTable.rows().size()
                + " rows, each with kernel versions and source; vfio-pci is noncached, others are not";
    }

    static String nvgrace(Stage stage) {
        List<InfoCapability> sparse = List.of(new InfoCapability.SparseMmap(List.of(new Area(0, PAGE))));
        must(mode("nvgrace-gpu-vfio-pci", 0, List.of()) == CacheMode.NONCACHED, "region 0 is noncached");
        must(mode("nvgrace-gpu-vfio-pci", 2, sparse) == CacheMode.WRITE_COMBINING, "region 2 is write-combining");
        must(mode("nvgrace-gpu-vfio-pci", 4, sparse) == CacheMode.NORMAL, "region 4 is normal memory");
        return "region 0 NONCACHED, region 2 WRITE_COMBINING, region 4 NORMAL";
    }

    static String sourcesOfTheMode(Stage stage) {
        must(
                capabilities(VfioOptions.none(), 0).cacheModeSource() == CacheModeSource.UNKNOWN,
                "the capability's number is off by default");
        must(capabilities(VfioOptions.none(), 0).cacheMode() == CacheMode.UNKNOWN, "nobody said: UNKNOWN");
        must(
                capabilities(VfioOptions.none().asserting(0, CacheMode.NORMAL), 0)
                                .cacheModeSource()
                        == CacheModeSource.ASSERTED,
                "the user may assert");
        must(
                stage.device().region(0).capabilities().cacheModeSource() == CacheModeSource.REPORTED,
                "the capability reports");
        return "reported, from the table, asserted or unknown: each region says which";
    }

    static String reportedModeAllowsMore(Stage stage) {
        long more = 0;
        for (var provider : stage.providers()) {
            AccessRules known = provider.rules(CacheMode.WRITE_COMBINING, Set.of());
            AccessRules unknown = provider.rules(CacheMode.UNKNOWN, Set.of());
            AccessRules strictest = provider.rules(CacheMode.NONCACHED, Set.of());
            must(
                    unknown.unaligned().equals(strictest.unaligned())
                            && unknown.widestWrite() <= Math.min(8, strictest.widestWrite()),
                    "UNKNOWN is as strict as NONCACHED, and has scalars only, on " + provider.name());
            more += known.unaligned(8).compareTo(unknown.unaligned(8)) < 0 ? 1 : 0;
        }
        must(more > 0, "on some ISA a write-combining region allows what an UNKNOWN one does not");
        return "unaligned accesses that UNKNOWN forbids are allowed on write-combining memory by " + more
                + " of the ISAs";
    }

    static String modeIsImmutable(Stage stage) {
        Region region = stage.device().region(2);
        RegionCapabilities before = region.capabilities();
        region.open(AccessOptions.DEFAULT.with(ByteOrder.BIG_ENDIAN)).close();
        must(
                before.cacheMode() == CacheMode.WRITE_COMBINING
                        && region.capabilities().equals(before),
                "opening a region does not change its mode");
        return "the mode is part of the region's capabilities, a value; no option of an access names one";
    }

    static String reportBeatsAssertion(Stage stage) {
        VfioOptions understanding = VfioOptions.none().with(new CacheModeCapabilityDecoder(ID));
        RegionCapabilities asserted = capabilities(understanding.asserting(0, CacheMode.NORMAL), 0);
        must(
                asserted.cacheMode() == CacheMode.NONCACHED && asserted.cacheModeSource() == CacheModeSource.REPORTED,
                "the report counts, whatever the user asserts");
        must(
                capabilities(understanding, 2).cacheMode() == CacheMode.WRITE_COMBINING
                        && capabilities(understanding, 4).cacheMode() == CacheMode.NORMAL,
                "one mode for each region");
        return "regions 0, 2 and 4 report noncached, writecombine and normal; the user's \"normal\" for region 0 is"
                + " not taken";
    }

    static String unmappableHasNoMode(Stage stage) {
        RegionInfo unmappable = new RegionInfo(0, RegionInfo.FLAG_READ, PAGE, 0, List.of());
        var report = new CacheModeCapabilityDecoder(ID).decode(unknown(1, 3, 0), unmappable);
        must(report.mode() == CacheMode.UNKNOWN, "a mode for a region that cannot be mapped is not believed");
        must(
                stage.device().region(EmbeddedDevice.PORTS).capabilities().cacheMode() == CacheMode.UNKNOWN,
                "the port region has no mode");
        return "reported for a region without mmap: ignored, with a note";
    }

    static String areasMustAgree(Stage stage) {
        RegionInfo sparse = new RegionInfo(
                0,
                RegionInfo.FLAG_MMAP,
                3 * PAGE,
                0,
                List.of(new InfoCapability.SparseMmap(List.of(new Area(0, PAGE), new Area(2 * PAGE, PAGE)))));
        CacheModeCapabilityDecoder decoder = new CacheModeCapabilityDecoder(ID);
        must(
                decoder.decode(unknown(2, 2, 0, 1, 1), sparse).mode() == CacheMode.WRITE_COMBINING,
                "areas that agree have that mode");
        try {
            decoder.decode(unknown(2, 2, 0, 1, 3), sparse);
        } catch (RegionInfoException refused) {
            return "two areas, one mode: taken; two modes: " + refused.violation();
        }
        throw new ExhibitFailedException("not so: areas that disagree are refused");
    }

    private static InfoCapability.Unknown unknown(int version, int... words) {
        ByteBuffer report = ByteBuffer.allocate(32 + 8 + 4 * words.length).order(ByteOrder.nativeOrder());
        report.putInt(report.capacity())
                .putInt(RegionInfo.FLAG_MMAP | RegionInfo.FLAG_CAPS)
                .putInt(0)
                .putInt(32)
                .putLong(3 * PAGE)
                .putLong(0);
        report.putShort((short) ID).putShort((short) version).putInt(0);
        for (int word : words) {
            report.putInt(word);
        }
        return RegionInfoParser.parse(report.flip(), PAGE)
                .capability(InfoCapability.Unknown.class)
                .orElseThrow();
    }

    private static RegionInfo info(int index, List<InfoCapability> capabilities) {
        return new RegionInfo(
                index, RegionInfo.FLAG_READ | RegionInfo.FLAG_WRITE | RegionInfo.FLAG_MMAP, PAGE, 0, capabilities);
    }

    private static CacheMode mode(String driver, int index, List<InfoCapability> capabilities) {
        return DriverTable.find(driver, info(index, capabilities)).orElseThrow().mode();
    }

    private static RegionCapabilities capabilities(VfioOptions options, int region) {
        try (Device device = EmbeddedDevice.open(options)) {
            return device.region(region).capabilities();
        }
    }
}
