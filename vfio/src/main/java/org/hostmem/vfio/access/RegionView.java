package org.hostmem.vfio.access;

import java.nio.ByteOrder;
import org.hostmem.AccessOptions;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionCapabilities;

/**
 * Base of this module's accessors. It keeps what an accessor is opened with, and makes one method of the scalars of all
 * widths.
 */
public abstract class RegionView implements HostMemoryAccessor {

    private final RegionCapabilities capabilities;
    private final AccessOptions options;

    public RegionView(RegionCapabilities capabilities, AccessOptions options) {
        this.capabilities = capabilities;
        this.options = options;
    }

    /** Reads a scalar in the byte order of the options. Bits above the width do not count. */
    public abstract long readScalar(long offset, int width);

    public abstract void writeScalar(long offset, int width, long value);

    /** The shift at which a scalar's value holds the {@code unit} bytes that begin at {@code index} in memory. */
    public final int shift(int index, int unit, int width) {
        return 8 * (options.byteOrder() == ByteOrder.LITTLE_ENDIAN ? index : width - index - unit);
    }

    @Override
    public final long size() {
        return capabilities.size();
    }

    @Override
    public final RegionCapabilities capabilities() {
        return capabilities;
    }

    @Override
    public final AccessOptions options() {
        return options;
    }

    @Override
    public final byte readByte(long offset) {
        return (byte) readScalar(offset, 1);
    }

    @Override
    public final short readShort(long offset) {
        return (short) readScalar(offset, 2);
    }

    @Override
    public final int readInt(long offset) {
        return (int) readScalar(offset, 4);
    }

    @Override
    public final long readLong(long offset) {
        return readScalar(offset, 8);
    }

    @Override
    public final void writeByte(long offset, byte value) {
        writeScalar(offset, 1, value);
    }

    @Override
    public final void writeShort(long offset, short value) {
        writeScalar(offset, 2, value);
    }

    @Override
    public final void writeInt(long offset, int value) {
        writeScalar(offset, 4, value);
    }

    @Override
    public final void writeLong(long offset, long value) {
        writeScalar(offset, 8, value);
    }
}
