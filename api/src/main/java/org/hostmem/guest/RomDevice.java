package org.hostmem.guest;

import org.hostmem.DeviceLimits;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.spi.MappedDecorator;

/**
 * Memory that a guest reads as RAM and writes as a device, such as flash: reads and copies from it are those of the
 * memory, and a write is told to a model and changes nothing by itself. Close it to close the memory.
 */
public final class RomDevice {

    /** Is told of writes. May be called by any thread, and may throw what a {@link DeviceModel} may. */
    @FunctionalInterface
    public interface Writes {
        /** Drops every write. */
        Writes IGNORED = (offset, width, value) -> {};

        /**
         * A write of the guest's. A transfer is one for each aligned unit of up to 8 bytes.
         *
         * @param offset in the memory
         * @param width 1, 2, 4 or 8 bytes
         * @param value of which the low {@code width} bytes count
         */
        void write(long offset, int width, long value);
    }

    private RomDevice() {}

    /**
     * {@return an accessor whose writes are told instead of made}
     *
     * @param memory that is read, mapped as a whole; the owner writes to it by this accessor
     * @param writes is told of writes; {@link Writes#IGNORED} drops them, and one that throws
     *     {@link org.hostmem.RegionFaultException#busError} refuses them
     */
    public static HostMemoryAccessor of(HostMemoryAccessor memory, Writes writes) {
        return new Rom(
                memory,
                ModelAccessor.unmapped(
                        new Model(writes), memory.size(), memory.options().with(DeviceLimits.NONE)));
    }

    private static final class Rom extends MappedDecorator {
        Rom(HostMemoryAccessor memory, HostMemoryAccessor writes) {
            super(memory, writes);
        }
    }

    private record Model(Writes writes) implements DeviceModel {
        @Override
        public long read(long offset, int width) {
            throw new AssertionError("reads go to the memory");
        }

        @Override
        public void write(long offset, int width, long value) {
            writes.write(offset, width, value);
        }
    }
}
