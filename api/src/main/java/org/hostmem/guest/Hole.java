package org.hostmem.guest;

import java.nio.ByteOrder;
import org.hostmem.AccessOptions;
import org.hostmem.guest.AddressSpace.Holes;

/** Answers where nothing is mapped, as PCI Express does: a read returns all ones, and a write is dropped. */
final class Hole implements DeviceModel {

    static final Hole HOLE = new Hole();

    private Hole() {}

    static ModelAccessor accessor(long start, long size, ByteOrder order, Holes holes) {
        return new ModelAccessor(
                HOLE,
                start,
                size,
                AccessOptions.DEFAULT.with(order),
                holes == Holes.ERROR ? "nothing is mapped" : null);
    }

    @Override
    public long read(long offset, int width) {
        return -1;
    }

    @Override
    public void write(long offset, int width, long value) {
        // Dropped.
    }
}
