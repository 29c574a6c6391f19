package org.hostmem.vfio.region;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.hostmem.RegionCapabilities.Area;
import org.hostmem.vfio.CacheModeCapabilityDecoder;
import org.hostmem.vfio.InfoCapability;
import org.hostmem.vfio.RegionInfo;
import org.hostmem.vfio.RegionInfoParser;

/**
 * Writes what {@link RegionInfoParser} reads, as the kernel does: {@code vfio_region_info}, and the capabilities behind
 * it.
 */
public final class Report {

    private final int index;
    private final int flags;
    private final long size;
    private final long fdOffset;
    private final List<ByteBuffer> capabilities = new ArrayList<>();

    public Report(int index, int flags, long size, long fdOffset) {
        this.index = index;
        this.flags = flags;
        this.size = size;
        this.fdOffset = fdOffset;
    }

    /** Adds a capability of any kind; the body has whole words of 8 bytes. */
    public Report capability(int id, int version, ByteBuffer body) {
        ByteBuffer bytes = buffer(RegionInfoParser.HEADER_SIZE + body.remaining());
        bytes.putShort((short) id).putShort((short) version).putInt(0).put(body);
        capabilities.add(bytes.flip());
        return this;
    }

    public Report sparse(List<Area> areas) {
        ByteBuffer body = buffer(8 + 16 * areas.size()).putInt(areas.size()).putInt(0);
        areas.forEach(area -> body.putLong(area.offset()).putLong(area.size()));
        return capability(InfoCapability.SparseMmap.ID, 1, body.flip());
    }

    /** The number of a cache mode, as {@link CacheModeCapabilityDecoder} reads it. */
    public Report cacheMode(int id, int mode) {
        return capability(id, 1, buffer(8).putInt(mode).putInt(0).flip());
    }

    public ByteBuffer bytes() {
        int total = RegionInfoParser.INFO_SIZE;
        for (ByteBuffer capability : capabilities) {
            total += capability.limit();
        }
        ByteBuffer bytes = buffer(total);
        bytes.putInt(total)
                .putInt(flags | (capabilities.isEmpty() ? 0 : RegionInfo.FLAG_CAPS))
                .putInt(index);
        bytes.putInt(capabilities.isEmpty() ? 0 : RegionInfoParser.INFO_SIZE)
                .putLong(size)
                .putLong(fdOffset);
        for (ByteBuffer capability : capabilities) {
            int at = bytes.position();
            bytes.put(capability.duplicate());
            bytes.putInt(at + 4, bytes.hasRemaining() ? bytes.position() : 0);
        }
        return bytes.flip();
    }

    public static ByteBuffer buffer(int size) {
        return ByteBuffer.allocate(size).order(ByteOrder.nativeOrder());
    }
}
