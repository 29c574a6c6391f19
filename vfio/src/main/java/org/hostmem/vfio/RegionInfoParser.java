package org.hostmem.vfio;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.hostmem.RegionCapabilities.Area;
import org.hostmem.vfio.RegionInfoException.Violation;

/**
 * Parses the bytes of {@code vfio_region_info} and the capabilities behind it, and trusts none of them.
 *
 * <p>{@code vfio_region_info}, 32 bytes in the host's byte order: u32 argsz 0, flags 4, index 8, cap_offset 12, u64
 * size 16, offset 24. A capability: u16 id 0, version 2, u32 next 4 (from the start of the report, 0 for the last),
 * then its body. Every kernel writes the chain in ascending order, and this parser requires it. So the report's length
 * bounds time and memory, and no chain is endless. An area that does not begin and end at pages of this host is
 * accepted, and is {@linkplain RegionInfo#unmappable not mapped}.
 */
public final class RegionInfoParser {

    /** Bytes of {@code vfio_region_info} without capabilities. */
    public static final int INFO_SIZE = 32;

    /** Bytes of a capability's header. */
    public static final int HEADER_SIZE = 8;

    /** No report is larger: 4,000 areas fit. */
    public static final int MAX_SIZE = 1 << 16;

    private static final int AREA_SIZE = 16;
    private static final int AREAS = 16;

    private final ByteBuffer report;
    private final int pageSize;
    private final int end;
    private final long size;

    private RegionInfoParser(ByteBuffer report, int pageSize) {
        this.report = report;
        this.pageSize = pageSize;
        check(
                report.limit() >= INFO_SIZE,
                Violation.INFO_TRUNCATED,
                () -> "the report has " + report.limit() + " bytes, and vfio_region_info alone has " + INFO_SIZE);
        check(
                report.limit() <= MAX_SIZE,
                Violation.INFO_TOO_LARGE,
                () -> "the report has " + report.limit() + " bytes, and at most " + MAX_SIZE + " make sense");
        long argsz = u32(0);
        check(
                argsz >= INFO_SIZE && argsz <= report.limit(),
                Violation.ARGSZ,
                () -> "argsz is " + argsz + ", and must be " + INFO_SIZE + " to " + report.limit());
        end = (int) argsz;
        size = report.getLong(16);
    }

    /**
     * Reads a report.
     *
     * @param report from its position to its limit; it is not changed
     * @param pageSize of the host, in bytes
     * @return what it says
     * @throws RegionInfoException if it is impossible
     */
    public static RegionInfo parse(ByteBuffer report, int pageSize) {
        return new RegionInfoParser(report.slice().order(ByteOrder.nativeOrder()), pageSize).info();
    }

    /**
     * {@return the offsets of the areas in a report that {@link #parse} accepts, in the order in which they are listed;
     * -1 for one that is empty. If none are listed, the whole region is the only area}
     *
     * @param report that was parsed
     */
    public static List<Long> areasInOrder(ByteBuffer report) {
        ByteBuffer info = report.slice().order(ByteOrder.nativeOrder());
        int at = (info.getInt(4) & RegionInfo.FLAG_CAPS) == 0 ? 0 : info.getInt(12);
        while (at != 0 && !(info.getShort(at) == InfoCapability.SparseMmap.ID && info.getShort(at + 2) == 1)) {
            at = info.getInt(at + 4);
        }
        if (at == 0) {
            return List.of(0L);
        }
        List<Long> starts = new ArrayList<>();
        for (int area = at + AREAS, i = 0; i < info.getInt(at + 8); i++, area += AREA_SIZE) {
            starts.add(info.getLong(area + 8) == 0 ? -1 : info.getLong(area));
        }
        return starts;
    }

    private RegionInfo info() {
        int flags = report.getInt(4);
        long fdOffset = report.getLong(24);
        check(
                size >= 0 && fdOffset >= 0 && size + fdOffset >= 0,
                Violation.SIZE_OVERFLOW,
                () -> "the region of 0x" + Long.toHexString(size) + " bytes at offset 0x" + Long.toHexString(fdOffset)
                        + " ends beyond 2^63 - 1");
        boolean chained = (flags & RegionInfo.FLAG_CAPS) != 0;
        return new RegionInfo(report.getInt(8), flags, size, fdOffset, chained ? chain() : List.of())
                .without(area -> misplaced(area, fdOffset));
    }

    /** A host with pages of another size could map the area, so this is not a violation: the area is not mapped. */
    private Optional<String> misplaced(Area area, long fdOffset) {
        if (fdOffset % pageSize != 0) {
            return Optional.of("the region begins at 0x" + Long.toHexString(fdOffset)
                    + " of its descriptor, which is not a multiple of this host's pages of 0x"
                    + Integer.toHexString(pageSize) + " bytes");
        }
        boolean whole = area.offset() % pageSize == 0 && (area.end() % pageSize == 0 || area.end() == size);
        return whole
                ? Optional.empty()
                : Optional.of("it is not made of this host's pages, which have 0x" + Integer.toHexString(pageSize)
                        + " bytes");
    }

    private List<InfoCapability> chain() {
        List<InfoCapability> chain = new ArrayList<>();
        BitSet visited = new BitSet();
        BitSet known = new BitSet();
        for (long link = u32(12); link != 0; ) {
            long at = link;
            checkStart(at);
            long next = u32((int) at + 4);
            visited.set((int) at);
            if (next != 0 && next <= at) {
                check(
                        !visited.get((int) next),
                        Violation.CAPABILITY_CYCLE,
                        () -> "the capability at 0x" + Long.toHexString(at) + " links to the one at 0x"
                                + Long.toHexString(next) + ", which came before it");
                check(
                        false,
                        Violation.CAPABILITY_BACKWARDS,
                        () -> "the capability at 0x" + Long.toHexString(at) + " links back to 0x"
                                + Long.toHexString(next));
            }
            check(
                    next == 0 || next >= at + HEADER_SIZE,
                    Violation.CAPABILITY_OVERLAP,
                    () -> "the capability at 0x" + Long.toHexString(at) + " links into its own header, to 0x"
                            + Long.toHexString(next));
            InfoCapability capability = capability((int) at, next == 0 ? end : (int) Math.min(next, end), next);
            if (!(capability instanceof InfoCapability.Unknown)) {
                check(
                        !known.get(capability.id()),
                        Violation.CAPABILITY_DUPLICATE,
                        () -> "capability " + capability.id() + " is there a second time, at 0x"
                                + Long.toHexString(at));
                known.set(capability.id());
            }
            chain.add(capability);
            link = next;
        }
        return chain;
    }

    private void checkStart(long at) {
        check(
                at >= INFO_SIZE,
                Violation.CAPABILITY_IN_INFO,
                () -> "a capability begins at 0x" + Long.toHexString(at) + ", and the first possible offset is 0x"
                        + Integer.toHexString(INFO_SIZE));
        check(
                at % 8 == 0,
                Violation.CAPABILITY_MISALIGNED,
                () -> "a capability begins at 0x" + Long.toHexString(at) + ", which is not a multiple of 8");
        check(
                at + HEADER_SIZE <= end,
                Violation.CAPABILITY_TRUNCATED,
                () -> "the header of a capability at 0x" + Long.toHexString(at) + " leaves the report of " + end
                        + " bytes");
    }

    private InfoCapability capability(int at, int limit, long next) {
        int id = Short.toUnsignedInt(report.getShort(at));
        int version = Short.toUnsignedInt(report.getShort(at + 2));
        if (version != 1) {
            return unknown(id, version, at, limit);
        }
        return switch (id) {
            case InfoCapability.SparseMmap.ID -> {
                checkBody(at, 16, next);
                yield new InfoCapability.SparseMmap(areas(at, next));
            }
            case InfoCapability.Type.ID -> {
                checkBody(at, 16, next);
                yield new InfoCapability.Type(report.getInt(at + 8), report.getInt(at + 12));
            }
            case InfoCapability.MsixMappable.ID -> new InfoCapability.MsixMappable();
            default -> unknown(id, version, at, limit);
        };
    }

    private InfoCapability unknown(int id, int version, int at, int limit) {
        byte[] body = new byte[limit - at - HEADER_SIZE];
        report.get(at + HEADER_SIZE, body);
        return new InfoCapability.Unknown(id, version, body);
    }

    /** The capability at {@code at} has {@code length} bytes: they must be there, and not belong to the next one. */
    private void checkBody(int at, long length, long next) {
        check(
                at + length <= end,
                Violation.CAPABILITY_TRUNCATED,
                () -> "a capability of " + length + " bytes at 0x" + Long.toHexString(at) + " leaves the report of "
                        + end + " bytes");
        check(
                next == 0 || at + length <= next,
                Violation.CAPABILITY_OVERLAP,
                () -> "a capability of " + length + " bytes at 0x" + Long.toHexString(at)
                        + " overlaps the next one at 0x" + Long.toHexString(next));
    }

    /** {u64 offset, u64 size} each, behind a header, u32 nr_areas and u32 reserved. */
    private List<Area> areas(int at, long next) {
        long count = u32(at + 8);
        check(
                count <= (end - at - 16) / AREA_SIZE,
                Violation.AREA_COUNT,
                () -> count + " areas at 0x" + Long.toHexString(at) + " do not fit into the report of " + end
                        + " bytes");
        checkBody(at, 16 + count * AREA_SIZE, next);
        List<Area> areas = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long offset = report.getLong(at + 16 + i * AREA_SIZE);
            long length = report.getLong(at + 24 + i * AREA_SIZE);
            int number = i;
            Supplier<String> what = () ->
                    "area " + number + " of 0x" + Long.toHexString(length) + " bytes at 0x" + Long.toHexString(offset);
            check(
                    offset >= 0 && length >= 0 && offset + length >= 0 && offset + length <= size,
                    Violation.AREA_OUTSIDE,
                    () -> what.get() + " leaves the region of 0x" + Long.toHexString(size) + " bytes");
            if (length > 0) {
                areas.add(new Area(offset, length));
            }
        }
        areas.sort((a, b) -> Long.compare(a.offset(), b.offset()));
        for (int i = 1; i < areas.size(); i++) {
            Area before = areas.get(i - 1);
            Area area = areas.get(i);
            check(before.end() <= area.offset(), Violation.AREA_OVERLAP, () -> before + " and " + area);
        }
        return areas;
    }

    private long u32(int at) {
        return Integer.toUnsignedLong(report.getInt(at));
    }

    /** The detail is made only for a report that is refused. */
    private static void check(boolean holds, Violation violation, Supplier<String> detail) {
        if (!holds) {
            throw new RegionInfoException(violation, detail.get());
        }
    }
}
