package org.hostmem.vfio;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.hostmem.Direction;
import org.hostmem.RegionCapabilities.Area;
import org.hostmem.vfio.linux.Errno;
import org.hostmem.vfio.linux.Mapping;
import org.hostmem.vfio.region.DeviceFile;
import org.hostmem.vfio.region.Report;

/** One region of an array, that writes down each call, and answers one with an error. */
final class MemoryFile implements DeviceFile {

    final byte[] bytes;
    final List<String> calls = new ArrayList<>();
    long faultAt = -1;
    long result = -Errno.EIO;

    MemoryFile(int size) {
        bytes = new byte[size];
    }

    @Override
    public String way() {
        return "array";
    }

    @Override
    public int regionCount() {
        return 1;
    }

    @Override
    public boolean resettable() {
        return false;
    }

    @Override
    public ByteBuffer regionInfo(int index) {
        return new Report(0, 3, bytes.length, 0).bytes();
    }

    @Override
    public int pageSize() {
        return 4096;
    }

    @Override
    public long read(RegionInfo region, long offset, MemorySegment ram, int count) {
        if (offset <= faultAt && faultAt < offset + count) {
            return result;
        }
        calls.add(count + "@" + offset);
        for (int i = 0; i < count; i++) {
            ram.set(JAVA_BYTE, i, bytes[(int) offset + i]);
        }
        return count;
    }

    @Override
    public long write(RegionInfo region, long offset, MemorySegment ram, int count) {
        if (offset <= faultAt && faultAt < offset + count) {
            return result;
        }
        calls.add(count + "@" + offset);
        for (int i = 0; i < count; i++) {
            bytes[(int) offset + i] = ram.get(JAVA_BYTE, i);
        }
        return count;
    }

    @Override
    public boolean hasCalls(RegionInfo region, Direction direction) {
        return result != -Errno.EINVAL;
    }

    @Override
    public Mapping map(RegionInfo region, Area area, int protection) {
        throw new AssertionError();
    }

    @Override
    public int reset() {
        return -Errno.EINVAL;
    }

    @Override
    public void close() {}
}
