package org.hostmem.spi;

import org.hostmem.HostMemoryAccessor;

/**
 * Base for accessors that implement only {@link #read} and {@link #write} for scalars. The methods for each width call
 * these two. Emulators need none of this.
 */
public interface ScalarsByWidth extends HostMemoryAccessor {

    @Override
    long read(long offset, int width);

    @Override
    void write(long offset, int width, long value);

    @Override
    default byte readByte(long offset) {
        return (byte) read(offset, 1);
    }

    @Override
    default short readShort(long offset) {
        return (short) read(offset, 2);
    }

    @Override
    default int readInt(long offset) {
        return (int) read(offset, 4);
    }

    @Override
    default long readLong(long offset) {
        return read(offset, 8);
    }

    @Override
    default void writeByte(long offset, byte value) {
        write(offset, 1, value);
    }

    @Override
    default void writeShort(long offset, short value) {
        write(offset, 2, value);
    }

    @Override
    default void writeInt(long offset, int value) {
        write(offset, 4, value);
    }

    @Override
    default void writeLong(long offset, long value) {
        write(offset, 8, value);
    }
}
