package org.hostmem.guest;

import org.hostmem.DeviceLimits;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.spi.MappedDecorator;

/**
 * Makes memory that a guest reads as RAM and writes as a device, such as flash. Reads and copies from it read the
 * memory. A write calls a model, and does not change the memory. Closing it closes the memory.
 */
public final class RomDevice {

    /** Gets the writes. Any thread may call it. It may throw the exceptions of a {@link DeviceModel}. */
    @FunctionalInterface
    public interface Writes {
        /** Drops every write. */
        Writes IGNORED = (offset, width, value) -> {};

        /**
         * Called for a write of the guest. A transfer is one call for each aligned unit of up to 8 bytes.
         *
         * @param offset in the memory
         * @param width 1, 2, 4 or 8 bytes
         * @param value of which the low {@code width} bytes count
         */
        void write(long offset, int width, long value);
    }

    private RomDevice() {}

    /**
     * {@return an accessor whose writes call a model instead of changing the memory}
     *
     * @param memory that is read, mapped as a whole. The owner changes its contents by this accessor
     * @param writes gets the writes; {@link Writes#IGNORED} drops them, and one that throws
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
