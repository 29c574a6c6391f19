package org.hostmem.arch.generic;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.nio.ByteOrder;
import org.hostmem.Direction;

/**
 * Atomics by Java's own compare-and-exchange, for hosts without our instructions, and for memory that its owner keeps.
 *
 * <p>A fault in it ends a JVM that interprets it. So a load checks first that the memory is still there. If the memory
 * is unmapped after the check, the JVM crashes.
 */
final class JavaAtomics extends NormalAtomics {

    private static final VarHandle INT = JAVA_INT.varHandle();
    private static final VarHandle LONG = JAVA_LONG.varHandle();
    private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

    private final MemorySegment region;

    /** {@code region} is all of it, not just the view. */
    JavaAtomics(Scalars scalars, MemorySegment region) {
        super(scalars);
        this.region = region;
    }

    @Override
    public boolean supports(int width) {
        return width == 1 || width == 2 || width == 4 || width == 8;
    }

    @Override
    long exchange(long offset, int width, long expected, long value) {
        long address = state.base + offset;
        if (width < 4) {
            checkWord(address, width);
        }
        if (!scalars.isThere(offset, Direction.WRITE, width)) {
            return -1;
        }
        long at = address - region.address();
        try {
            return switch (width) {
                case 8 -> (long) LONG.compareAndExchange(region, at, expected, value);
                case 4 -> (int) INT.compareAndExchange(region, at, (int) expected, (int) value);
                default -> exchangeInWord(at, (int) (address & 3), width, expected, value);
            };
        } catch (IllegalStateException | WrongThreadException ended) {
            throw state.memoryClosed(ended);
        } finally {
            Reference.reachabilityFence(state);
        }
    }

    private long exchangeInWord(long at, int inWord, int width, long expected, long value) {
        long word = at - inWord;
        int shift = 8 * (LITTLE_ENDIAN ? inWord : 4 - width - inWord);
        int mask = (-1 >>> (32 - 8 * width)) << shift;
        while (true) {
            int seen = (int) INT.getVolatile(region, word);
            long witness = Integer.toUnsignedLong((seen & mask) >>> shift);
            if (witness != expected || INT.compareAndSet(region, word, seen, (seen & ~mask) | (int) value << shift)) {
                return witness;
            }
        }
    }

    @Override
    public boolean compareAndExchange16(long offset, long[] words) {
        checkChange(offset, 16);
        throw InstructionAtomics.no16();
    }
}
