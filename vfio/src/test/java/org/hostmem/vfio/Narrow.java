package org.hostmem.vfio;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.hostmem.RegionCapabilities.Area;
import org.hostmem.vfio.VfioOptions.WideAccess;
import org.hostmem.vfio.linux.Mapping;
import org.hostmem.vfio.region.DeviceFile;
import org.hostmem.vfio.region.RegionCalls;

/** A device file whose calls carry a few bytes, as a vfio-user server's may. */
record Narrow(DeviceFile file, int widest) implements DeviceFile {

    @Override
    public RegionCalls calls(WideAccess wide) {
        return RegionCalls.messages(widest, wide);
    }

    @Override
    public String way() {
        return file.way();
    }

    @Override
    public int regionCount() {
        return file.regionCount();
    }

    @Override
    public boolean resettable() {
        return file.resettable();
    }

    @Override
    public ByteBuffer regionInfo(int index) {
        return file.regionInfo(index);
    }

    @Override
    public int pageSize() {
        return file.pageSize();
    }

    @Override
    public long read(RegionInfo region, long offset, MemorySegment ram, int count) {
        return file.read(region, offset, ram, count);
    }

    @Override
    public long write(RegionInfo region, long offset, MemorySegment ram, int count) {
        return file.write(region, offset, ram, count);
    }

    @Override
    public Mapping map(RegionInfo region, Area area, int protection) {
        return file.map(region, area, protection);
    }

    @Override
    public int reset() {
        return file.reset();
    }

    @Override
    public void close() {
        file.close();
    }
}
