package org.hostmem.arch.generic;

import java.util.Set;
import org.hostmem.AccessRules;
import org.hostmem.Guarantee;
import org.hostmem.spi.MappedRegion;
import org.jspecify.annotations.Nullable;

/** An accessor whose machine makes every access. */
final class MachineAccessor extends RegionAccessor {

    private final Machine.Type type;
    private final boolean swap;

    /** {@code parent} is what this is a view of, or null. */
    MachineAccessor(
            MappedRegion region,
            AccessRules rules,
            Set<Guarantee> guarantees,
            Machine.Type type,
            @Nullable RegionAccessor parent) {
        super(region, rules, guarantees, type, parent);
        this.type = type;
        this.swap = state.isSwapped();
    }

    @Override
    RegionAccessor view(MappedRegion part) {
        return new MachineAccessor(part, rules(), guarantees(), type, this);
    }

    @Override
    public byte readByte(long offset) {
        return (byte) scalars.read(offset, 1);
    }

    @Override
    public short readShort(long offset) {
        short value = (short) scalars.read(offset, 2);
        return swap ? Short.reverseBytes(value) : value;
    }

    @Override
    public int readInt(long offset) {
        int value = (int) scalars.read(offset, 4);
        return swap ? Integer.reverseBytes(value) : value;
    }

    @Override
    public long readLong(long offset) {
        long value = scalars.read(offset, 8);
        return swap ? Long.reverseBytes(value) : value;
    }

    @Override
    public void writeByte(long offset, byte value) {
        scalars.write(offset, 1, value);
    }

    @Override
    public void writeShort(long offset, short value) {
        scalars.write(offset, 2, swap ? Short.reverseBytes(value) : value);
    }

    @Override
    public void writeInt(long offset, int value) {
        scalars.write(offset, 4, swap ? Integer.reverseBytes(value) : value);
    }

    @Override
    public void writeLong(long offset, long value) {
        scalars.write(offset, 8, swap ? Long.reverseBytes(value) : value);
    }
}
