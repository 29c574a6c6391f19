package org.hostmem.arch.generic;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.nio.ByteOrder;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.Direction;
import org.hostmem.engine.RamSide;
import org.jspecify.annotations.Nullable;

/**
 * By the ISA's instructions, whose faults are told at once (R9). Java's own would end a JVM that interprets them, where
 * the memory has vanished.
 */
final class InstructionAtomics extends NormalAtomics {

    private static final int WORDS = 4;

    private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

    private final Code code;
    private final boolean first;
    private final boolean inWord;
    private final @Nullable MemorySegment exchange16;

    /** {@code exchange16} is the routine, or null if there is none. */
    InstructionAtomics(Scalars scalars, Code code, @Nullable MemorySegment exchange16) {
        super(scalars);
        this.code = code;
        this.first = code == Code.first();
        this.inWord = !code.has("cas1");
        this.exchange16 = exchange16;
    }

    /** The routine of a width: narrow ones have a name of their own where they exchange the word around the value. */
    static MemorySegment routine(Code code, int width) {
        return code.routine(code.has("cas" + width) ? "cas" + width : "casInWord" + width);
    }

    @Override
    public boolean supports(int width) {
        return width == 1 || width == 2 || width == 4 || width == 8 || (width == 16 && exchange16 != null);
    }

    @Override
    long exchange(long offset, int width, long expected, long value) {
        long address = state.base + offset;
        if (width < 4 && inWord) {
            checkWord(address, width);
        }
        MemorySegment lent = state.lent;
        long witness = lent != null
                ? held(lent, routine(code, width), address, expected, value)
                : first
                        ? Calls.FirstExchanges.exchange(address, width, expected, value)
                        : Calls.exchange(routine(code, width), address, expected, value);
        Reference.reachabilityFence(state);
        return witness == -1 ? scalars.faults.allOnesOrFault(offset, Direction.WRITE, width, 0) : witness;
    }

    private long held(MemorySegment lent, MemorySegment routine, long address, long expected, long value) {
        try {
            return HeldCalls.words(routine, address, expected, value, lent);
        } catch (IllegalStateException | WrongThreadException ended) {
            throw state.memoryClosed(ended);
        }
    }

    private long held16(MemorySegment lent, MemorySegment routine, long address, MemorySegment buffer) {
        try {
            return HeldCalls.block(routine.address(), address, buffer, 0, 0, 0, lent);
        } catch (IllegalStateException | WrongThreadException ended) {
            throw state.memoryClosed(ended);
        }
    }

    @Override
    public boolean compareAndExchange16(long offset, long[] words) {
        if (words.length != WORDS) {
            throw new IllegalArgumentException(words.length
                    + " words: give 4, the low and the high half of the expected value and of the new one");
        }
        long address = checkChange(offset, 16);
        MemorySegment routine = exchange16;
        if (routine == null) {
            throw no16();
        }
        // A big-endian value has its high half, byte-swapped too, at the lower address.
        boolean bigEndian = LITTLE_ENDIAN == state.isSwapped();
        int low = bigEndian ? 1 : 0;
        Scratch block = Scratch.take();
        try {
            return compareAndExchange16(routine, offset, address, words, low, block.segment);
        } finally {
            block.give();
        }
    }

    /** Through a buffer for both values; {@code low} is the index in it of the word of the lower address. */
    private boolean compareAndExchange16(
            MemorySegment routine, long offset, long address, long[] words, int low, MemorySegment buffer) {
        for (int i = 0; i < 4; i++) {
            RamSide.put(buffer, 8L * (i ^ low), 8, ordered(words[i], 8));
        }
        MemorySegment lent = state.lent;
        long result =
                lent == null ? Calls.exchange16(routine, address, buffer) : held16(lent, routine, address, buffer);
        Reference.reachabilityFence(state);
        if (result < 0) {
            scalars.faults.faulted(offset, Direction.WRITE, 16);
            boolean expectedOnes = (words[0] & words[1]) == -1;
            words[0] = -1;
            words[1] = -1;
            return expectedOnes;
        }
        if (result == 0) {
            words[0] = ordered(RamSide.get(buffer, 8L * low, 8), 8);
            words[1] = ordered(RamSide.get(buffer, 8L * (1 ^ low), 8), 8);
        }
        return result == 1;
    }

    static AccessRejectedException no16() {
        return new AccessRejectedException(
                Reason.UNSUPPORTED,
                "this host has no compare-and-exchange of 16 bytes: ask supports(16), and stop the guest's other CPUs"
                        + " for it");
    }
}
