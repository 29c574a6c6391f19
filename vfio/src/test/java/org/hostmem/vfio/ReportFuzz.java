package org.hostmem.vfio;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.RegionCapabilities;
import org.hostmem.RegionCapabilities.Area;
import org.hostmem.vfio.region.CacheModeDecision;

/**
 * Any bytes as a report on a region: what the parser accepts is possible, and what it refuses is a
 * {@link RegionInfoException}. Run by {@code integration-tests/lab/fuzz}; what it found is replayed by
 * {@link FuzzCorpusTest}.
 */
public final class ReportFuzz {

    private static final VfioOptions OPTIONS = VfioOptions.none().with(new CacheModeCapabilityDecoder(0x8001));

    private ReportFuzz() {}

    /**
     * One input.
     *
     * @param input the size of a page as a power of two, then the report
     */
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        int pageSize = 1 << 12 + (input[0] & 4);
        ByteBuffer report =
                ByteBuffer.wrap(Arrays.copyOfRange(input, 1, input.length)).order(ByteOrder.nativeOrder());
        RegionInfo info;
        try {
            info = RegionInfoParser.parse(report, pageSize);
        } catch (RegionInfoException refused) {
            return;
        }
        require(report.position() == 0, "a report that is not consumed");
        require(info.size() >= 0 && info.fdOffset() + info.size() >= 0, "a size that does not overflow");
        require(info.capabilities().size() <= report.limit() / 8, "no more capabilities than fit");
        List<Area> areas = info.areas();
        long end = 0;
        for (Area area : areas) {
            require(
                    area.offset() >= end
                            && area.size() > 0
                            && area.end() <= info.size()
                            && area.offset() % pageSize == 0,
                    "areas that ascend, apart, in the region");
            end = area.end();
        }
        RegionCapabilities.whole(info.size(), CacheMode.UNKNOWN, CacheModeSource.UNKNOWN)
                .withAreas(areas);
        List<Long> inOrder = RegionInfoParser.areasInOrder(report);
        require(areas.stream().allMatch(area -> inOrder.contains(area.offset())), "every area found again");
        info.flagNames();
        try {
            require(CacheModeDecision.of(info, "vfio-pci", OPTIONS).mode() != null, "a decision");
        } catch (RegionInfoException disagreement) {
            // Areas that contradict each other.
        }
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError("expected: " + what);
        }
    }
}
