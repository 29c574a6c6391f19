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
import org.hostmem.Guarantee;
import org.hostmem.spi.MappedRegion;

/**
 * Permanent NORMAL memory, where Java is right and faster: aligned scalars are opaque accesses that the JIT inlines,
 * and may drop or narrow where nobody uses the value (R6). Everything else, unaligned scalars too, is done by
 * instructions.
 *
 * <p>A scalar here costs a few instructions more than the VarHandle alone, so the byte order, which is decided at
 * opening, is a subclass.
 *
 * <p>The segment's own check stands for ours: what it refuses is asked again of {@link OpenRegion}, whose exceptions
 * are typed.
 */
class NormalAccessor extends InstructionAccessor {

    private static final VarHandle BYTE = JAVA_BYTE.varHandle();
    private static final VarHandle SHORT = JAVA_SHORT.varHandle();
    private static final VarHandle INT = JAVA_INT.varHandle();
    private static final VarHandle LONG = JAVA_LONG.varHandle();

    private final MemorySegment memory;
    // Empty where there is no such right, once closed, and while a fault is foreseen.
    private MemorySegment readable;
    private MemorySegment writable;

    private NormalAccessor(
            MappedRegion region,
            AccessRules rules,
            Set<Guarantee> guarantees,
            Code code,
            Routines routines,
            RegionAccessor parent) {
        super(region, rules, guarantees, code, routines, parent);
        memory = region.memory();
        readable = mayRead() ? memory : MemorySegment.NULL;
        writable = mayWrite() ? memory : MemorySegment.NULL;
    }

    /** {@code parent} is what this is a view of, or null. */
    static NormalAccessor of(
            MappedRegion region,
            AccessRules rules,
            Set<Guarantee> guarantees,
            Code code,
            Routines routines,
            RegionAccessor parent) {
        return region.options().byteOrder() == ByteOrder.nativeOrder()
                ? new NormalAccessor(region, rules, guarantees, code, routines, parent)
                : new Swapped(region, rules, guarantees, code, routines, parent);
    }

    @Override
    public byte readByte(long offset) {
        try {
            return (byte) BYTE.getOpaque(readable, offset);
        } catch (IndexOutOfBoundsException refused) {
            return (byte) readScalar(offset, 1);
        } catch (IllegalStateException | WrongThreadException ended) {
            throw memoryClosed(ended);
        }
    }

    @Override
    public short readShort(long offset) {
        MemorySegment memory = readable;
        if ((memory.address() + offset & 1) != 0) {
            return (short) readScalar(offset, 2);
        }
        try {
            return (short) SHORT.getOpaque(memory, offset);
        } catch (IndexOutOfBoundsException refused) {
            return (short) readScalar(offset, 2);
        } catch (IllegalStateException | WrongThreadException ended) {
            throw memoryClosed(ended);
        }
    }

    @Override
    public int readInt(long offset) {
        MemorySegment memory = readable;
        if ((memory.address() + offset & 3) != 0) {
            return (int) readScalar(offset, 4);
        }
        try {
            return Keep.unextended((int) INT.getOpaque(memory, offset));
        } catch (IndexOutOfBoundsException refused) {
            return (int) readScalar(offset, 4);
        } catch (IllegalStateException | WrongThreadException ended) {
            throw memoryClosed(ended);
        }
    }

    @Override
    public long readLong(long offset) {
        MemorySegment memory = readable;
        if ((memory.address() + offset & 7) != 0) {
            return readScalar(offset, 8);
        }
        try {
            return (long) LONG.getOpaque(memory, offset);
        } catch (IndexOutOfBoundsException refused) {
            return readScalar(offset, 8);
        } catch (IllegalStateException | WrongThreadException ended) {
            throw memoryClosed(ended);
        }
    }

    @Override
    public void writeByte(long offset, byte value) {
        try {
            BYTE.setOpaque(writable, offset, value);
        } catch (IndexOutOfBoundsException refused) {
            writeScalar(offset, 1, value);
        } catch (IllegalStateException | WrongThreadException ended) {
            throw memoryClosed(ended);
        }
    }

    @Override
    public void writeShort(long offset, short value) {
        MemorySegment memory = writable;
        if ((memory.address() + offset & 1) != 0) {
            writeScalar(offset, 2, value);
            return;
        }
        try {
            SHORT.setOpaque(memory, offset, value);
        } catch (IndexOutOfBoundsException refused) {
            writeScalar(offset, 2, value);
        } catch (IllegalStateException | WrongThreadException ended) {
            throw memoryClosed(ended);
        }
    }

    @Override
    public void writeInt(long offset, int value) {
        MemorySegment memory = writable;
        if ((memory.address() + offset & 3) != 0) {
            writeScalar(offset, 4, value);
            return;
        }
        try {
            INT.setOpaque(memory, offset, value);
        } catch (IndexOutOfBoundsException refused) {
            writeScalar(offset, 4, value);
        } catch (IllegalStateException | WrongThreadException ended) {
            throw memoryClosed(ended);
        }
    }

    @Override
    public void writeLong(long offset, long value) {
        MemorySegment memory = writable;
        if ((memory.address() + offset & 7) != 0) {
            writeScalar(offset, 8, value);
            return;
        }
        try {
            LONG.setOpaque(memory, offset, value);
        } catch (IndexOutOfBoundsException refused) {
            writeScalar(offset, 8, value);
        } catch (IllegalStateException | WrongThreadException ended) {
            throw memoryClosed(ended);
        }
    }

    @Override
    RegionAccessor view(MappedRegion part) {
        return of(part, rules(), guarantees(), code, routines, this);
    }

    @Override
    void end() {
        super.end();
        readable = MemorySegment.NULL;
        writable = MemorySegment.NULL;
    }

    @Override
    void limit(String cause) {
        super.limit(cause);
        readable = mayRead() ? memory : MemorySegment.NULL;
        writable = mayWrite() ? memory : MemorySegment.NULL;
    }

    /** In the byte order that is not the host's. */
    private static final class Swapped extends NormalAccessor {

        Swapped(
                MappedRegion region,
                AccessRules rules,
                Set<Guarantee> guarantees,
                Code code,
                Routines routines,
                RegionAccessor parent) {
            super(region, rules, guarantees, code, routines, parent);
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
