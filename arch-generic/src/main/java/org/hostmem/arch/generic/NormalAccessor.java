package org.hostmem.arch.generic;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Set;
import org.hostmem.AccessRules;
import org.hostmem.Direction;
import org.hostmem.Guarantee;
import org.hostmem.spi.MappedRegion;
import org.hostmem.spi.PlainMemory;
import org.jspecify.annotations.Nullable;

/**
 * Permanent NORMAL memory, where Java is right and faster: aligned scalars are opaque accesses that the JIT inlines,
 * and may drop or narrow where nobody uses the value (R6). The machine makes all other accesses.
 *
 * <p>The segment's own check replaces ours. If it refuses an access, {@link Scalars} checks again and throws a typed
 * exception. The segments are fields of the accessor: with an object of their own a read would take 0.3 ns more of 2.8
 * (P1).
 */
class NormalAccessor extends RegionAccessor implements RegionState.Listener {

    private static final VarHandle BYTE = JAVA_BYTE.varHandle();
    private static final VarHandle SHORT = JAVA_SHORT.varHandle();
    private static final VarHandle INT = JAVA_INT.varHandle();
    private static final VarHandle LONG = JAVA_LONG.varHandle();

    private final Machine.Type type;
    // Empty where there is no such right, once closed, and while a fault is foreseen.
    private MemorySegment readable = MemorySegment.NULL;
    private MemorySegment writable = MemorySegment.NULL;
    /** The same two, for a bus that makes its accesses by itself. */
    private final PlainMemory plainReads = new PlainMemory();

    private final PlainMemory plainWrites = new PlainMemory();

    private NormalAccessor(
            MappedRegion region,
            AccessRules rules,
            Set<Guarantee> guarantees,
            Machine.Type type,
            @Nullable RegionAccessor parent) {
        super(region, rules, guarantees, type, parent);
        this.type = type;
        state.listen(this);
    }

    /** Makes one with the byte order of the options. {@code parent} is the accessor that it is a view of, or null. */
    static NormalAccessor of(
            MappedRegion region,
            AccessRules rules,
            Set<Guarantee> guarantees,
            Machine.Type type,
            @Nullable RegionAccessor parent) {
        return region.options().byteOrder() == ByteOrder.nativeOrder()
                ? new NormalAccessor(region, rules, guarantees, type, parent)
                : new Swapped(region, rules, guarantees, type, parent);
    }

    @Override
    final RegionAccessor view(MappedRegion part) {
        return of(part, rules(), guarantees(), type, this);
    }

    @Override
    public final void limitsChanged() {
        MemorySegment memory = state.region.memory();
        readable = state.mayRead() ? memory : MemorySegment.NULL;
        writable = state.mayWrite() ? memory : MemorySegment.NULL;
        plainReads.set(readable);
        plainWrites.set(writable);
    }

    @Override
    public final PlainMemory plainMemory(Direction direction) {
        return direction == Direction.READ ? plainReads : plainWrites;
    }

    /** As the interface's, whose profile is that of every accessor there is. */
    @Override
    public final long read(long offset, int width) {
        return switch (width) {
            case 1 -> readByte(offset) & 0xffL;
            case 2 -> readShort(offset) & 0xffffL;
            case 4 -> readInt(offset) & 0xffff_ffffL;
            case 8 -> readLong(offset);
            default -> super.read(offset, width);
        };
    }

    /** As {@link #read}. */
    @Override
    public final void write(long offset, int width, long value) {
        switch (width) {
            case 1 -> writeByte(offset, (byte) value);
            case 2 -> writeShort(offset, (short) value);
            case 4 -> writeInt(offset, (int) value);
            case 8 -> writeLong(offset, value);
            default -> super.write(offset, width, value);
        }
    }

    @Override
    public byte readByte(long offset) {
        try {
            return (byte) BYTE.getOpaque(readable, offset);
        } catch (IndexOutOfBoundsException refused) {
            return (byte) scalars.read(offset, 1);
        } catch (IllegalStateException | WrongThreadException ended) {
            throw state.memoryClosed(ended);
        }
    }

    @Override
    public short readShort(long offset) {
        MemorySegment memory = readable;
        if ((memory.address() + offset & 1) != 0) {
            return (short) scalars.read(offset, 2);
        }
        try {
            return (short) SHORT.getOpaque(memory, offset);
        } catch (IndexOutOfBoundsException refused) {
            return (short) scalars.read(offset, 2);
        } catch (IllegalStateException | WrongThreadException ended) {
            throw state.memoryClosed(ended);
        }
    }

    /**
     * The value is consumed so that C2 does not make one sign-extending load of a read and its cast to long. If the
     * memory has vanished, HotSpot 25 on x86-64 cannot step over such a load, and ends the JVM instead of throwing its
     * InternalError.
     */
    @Override
    public int readInt(long offset) {
        MemorySegment memory = readable;
        if ((memory.address() + offset & 3) != 0) {
            return (int) scalars.read(offset, 4);
        }
        try {
            return Blackhole.consume((int) INT.getOpaque(memory, offset));
        } catch (IndexOutOfBoundsException refused) {
            return (int) scalars.read(offset, 4);
        } catch (IllegalStateException | WrongThreadException ended) {
            throw state.memoryClosed(ended);
        }
    }

    @Override
    public long readLong(long offset) {
        MemorySegment memory = readable;
        if ((memory.address() + offset & 7) != 0) {
            return scalars.read(offset, 8);
        }
        try {
            return (long) LONG.getOpaque(memory, offset);
        } catch (IndexOutOfBoundsException refused) {
            return scalars.read(offset, 8);
        } catch (IllegalStateException | WrongThreadException ended) {
            throw state.memoryClosed(ended);
        }
    }

    @Override
    public void writeByte(long offset, byte value) {
        try {
            BYTE.setOpaque(writable, offset, value);
        } catch (IndexOutOfBoundsException refused) {
            scalars.write(offset, 1, value);
        } catch (IllegalStateException | WrongThreadException ended) {
            throw state.memoryClosed(ended);
        }
    }

    @Override
    public void writeShort(long offset, short value) {
        MemorySegment memory = writable;
        if ((memory.address() + offset & 1) != 0) {
            scalars.write(offset, 2, value);
            return;
        }
        try {
            SHORT.setOpaque(memory, offset, value);
        } catch (IndexOutOfBoundsException refused) {
            scalars.write(offset, 2, value);
        } catch (IllegalStateException | WrongThreadException ended) {
            throw state.memoryClosed(ended);
        }
    }

    @Override
    public void writeInt(long offset, int value) {
        MemorySegment memory = writable;
        if ((memory.address() + offset & 3) != 0) {
            scalars.write(offset, 4, value);
            return;
        }
        try {
            INT.setOpaque(memory, offset, value);
        } catch (IndexOutOfBoundsException refused) {
            scalars.write(offset, 4, value);
        } catch (IllegalStateException | WrongThreadException ended) {
            throw state.memoryClosed(ended);
        }
    }

    @Override
    public void writeLong(long offset, long value) {
        MemorySegment memory = writable;
        if ((memory.address() + offset & 7) != 0) {
            scalars.write(offset, 8, value);
            return;
        }
        try {
            LONG.setOpaque(memory, offset, value);
        } catch (IndexOutOfBoundsException refused) {
            scalars.write(offset, 8, value);
        } catch (IllegalStateException | WrongThreadException ended) {
            throw state.memoryClosed(ended);
        }
    }

    /**
     * In the other byte order than the host's. It is a third level, because a field for the order costs 3 of 50
     * instructions (P1).
     */
    private static final class Swapped extends NormalAccessor {

        Swapped(
                MappedRegion region,
                AccessRules rules,
                Set<Guarantee> guarantees,
                Machine.Type type,
                @Nullable RegionAccessor parent) {
            super(region, rules, guarantees, type, parent);
        }

        @Override
        public short readShort(long offset) {
            return Short.reverseBytes(super.readShort(offset));
        }

        @Override
        public int readInt(long offset) {
            return Integer.reverseBytes(super.readInt(offset));
        }

        @Override
        public long readLong(long offset) {
            return Long.reverseBytes(super.readLong(offset));
        }

        @Override
        public void writeShort(long offset, short value) {
            super.writeShort(offset, Short.reverseBytes(value));
        }

        @Override
        public void writeInt(long offset, int value) {
            super.writeInt(offset, Integer.reverseBytes(value));
        }

        @Override
        public void writeLong(long offset, long value) {
            super.writeLong(offset, Long.reverseBytes(value));
        }
    }
}
