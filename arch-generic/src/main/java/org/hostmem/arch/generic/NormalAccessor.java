package org.hostmem.arch.generic;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.Set;
import org.hostmem.AccessRules;
import org.hostmem.Guarantee;
import org.hostmem.spi.MappedRegion;

/**
 * NORMAL memory, where Java is right and faster: aligned scalars are opaque accesses that the JIT inlines. Everything else, unaligned scalars
 * too, is done by instructions.
 *
 * <p>The segment's own check stands for ours: what it refuses is asked again of {@link RegionAccessor}, whose exceptions are typed.
 */
final class NormalAccessor extends InstructionAccessor {

    private static final VarHandle BYTE = JAVA_BYTE.varHandle();
    private static final VarHandle SHORT = JAVA_SHORT.varHandle();
    private static final VarHandle INT = JAVA_INT.varHandle();
    private static final VarHandle LONG = JAVA_LONG.varHandle();

    // Empty where there is no such right, and once closed.
    private MemorySegment readable;
    private MemorySegment writable;

    NormalAccessor(MappedRegion region, AccessRules rules, Set<Guarantee> guarantees, Code code, Routines routines, RegionAccessor parent) {
        super(region, rules, guarantees, code, routines, parent);
        readable = region.capabilities().readable() ? region.memory() : MemorySegment.NULL;
        writable = region.capabilities().writable() ? region.memory() : MemorySegment.NULL;
    }

    @Override
    public byte readByte(long offset) {
        try {
            return Keep.used((byte) BYTE.getOpaque(readable, offset));
        } catch (IndexOutOfBoundsException refused) {
            return super.readByte(offset);
        } catch (IllegalStateException ended) {
            throw memoryClosed(ended);
        }
    }

    @Override
    public short readShort(long offset) {
        if ((base + offset & 1) != 0) {
            return super.readShort(offset);
        }
        try {
            short value = Keep.used((short) SHORT.getOpaque(readable, offset));
            return swap ? Short.reverseBytes(value) : value;
        } catch (IndexOutOfBoundsException refused) {
            return super.readShort(offset);
        } catch (IllegalStateException ended) {
            throw memoryClosed(ended);
        }
    }

    @Override
    public int readInt(long offset) {
        if ((base + offset & 3) != 0) {
            return super.readInt(offset);
        }
        try {
            int value = Keep.used((int) INT.getOpaque(readable, offset));
            return swap ? Integer.reverseBytes(value) : value;
        } catch (IndexOutOfBoundsException refused) {
            return super.readInt(offset);
        } catch (IllegalStateException ended) {
            throw memoryClosed(ended);
        }
    }

    @Override
    public long readLong(long offset) {
        if ((base + offset & 7) != 0) {
            return super.readLong(offset);
        }
        try {
            long value = Keep.used((long) LONG.getOpaque(readable, offset));
            return swap ? Long.reverseBytes(value) : value;
        } catch (IndexOutOfBoundsException refused) {
            return super.readLong(offset);
        } catch (IllegalStateException ended) {
            throw memoryClosed(ended);
        }
    }

    @Override
    public void writeByte(long offset, byte value) {
        try {
            BYTE.setOpaque(writable, offset, value);
        } catch (IndexOutOfBoundsException refused) {
            super.writeByte(offset, value);
        } catch (IllegalStateException ended) {
            throw memoryClosed(ended);
        }
    }

    @Override
    public void writeShort(long offset, short value) {
        if ((base + offset & 1) != 0) {
            super.writeShort(offset, value);
            return;
        }
        try {
            SHORT.setOpaque(writable, offset, swap ? Short.reverseBytes(value) : value);
        } catch (IndexOutOfBoundsException refused) {
            super.writeShort(offset, value);
        } catch (IllegalStateException ended) {
            throw memoryClosed(ended);
        }
    }

    @Override
    public void writeInt(long offset, int value) {
        if ((base + offset & 3) != 0) {
            super.writeInt(offset, value);
            return;
        }
        try {
            INT.setOpaque(writable, offset, swap ? Integer.reverseBytes(value) : value);
        } catch (IndexOutOfBoundsException refused) {
            super.writeInt(offset, value);
        } catch (IllegalStateException ended) {
            throw memoryClosed(ended);
        }
    }

    @Override
    public void writeLong(long offset, long value) {
        if ((base + offset & 7) != 0) {
            super.writeLong(offset, value);
            return;
        }
        try {
            LONG.setOpaque(writable, offset, swap ? Long.reverseBytes(value) : value);
        } catch (IndexOutOfBoundsException refused) {
            super.writeLong(offset, value);
        } catch (IllegalStateException ended) {
            throw memoryClosed(ended);
        }
    }

    @Override
    RegionAccessor view(MappedRegion part) {
        return new NormalAccessor(part, rules(), guarantees(), code, routines, this);
    }

    @Override
    void end() {
        super.end();
        readable = MemorySegment.NULL;
        writable = MemorySegment.NULL;
    }
}
