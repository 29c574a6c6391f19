package org.hostmem.arch.generic;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.nio.ByteOrder;
import org.hostmem.AccessPlan;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.Atomics;
import org.hostmem.Direction;
import org.hostmem.FaultPolicy;

/**
 * Java's own atomics, which are right on NORMAL memory and inlined by the JIT; only 16 bytes take an instruction from a listing.
 *
 * <p>A fault in Java's compare-and-exchange ends a JVM that interprets it, so a guarded load asks first whether the memory is there; the plain ones are an InternalError then, which only
 * a policy that goes on has to avoid.
 */
final class NormalAtomics implements Atomics {

    private enum Change { SET, ADD, AND, OR, XOR }

    private static final VarHandle BYTE = JAVA_BYTE.varHandle();
    private static final VarHandle SHORT = JAVA_SHORT.varHandle();
    private static final VarHandle INT = JAVA_INT.varHandle();
    private static final VarHandle LONG = JAVA_LONG.varHandle();
    private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

    private final ScalarRegion accessor;
    // All of the region, not just the view: the 4 bytes around a narrow access may leave the view.
    private final MemorySegment region;
    private final long base;
    private final MemorySegment exchange16;
    private final boolean goesOn;

    /** {@code exchange16} is the routine, or null if there is none. */
    NormalAtomics(ScalarRegion accessor, MemorySegment region, MemorySegment exchange16) {
        this.accessor = accessor;
        this.region = region;
        this.base = region.address();
        this.exchange16 = exchange16;
        this.goesOn = accessor.options().fault() == FaultPolicy.UNSUPPORTED_REQUEST;
    }

    @Override
    public boolean supports(int width) {
        return width == 1 || width == 2 || width == 4 || width == 8 || width == 16 && exchange16 != null;
    }

    /** Returns the offset in all of the region. */
    private long checked(Direction direction, long offset, int width) {
        accessor.check(direction, offset, width);
        long address = accessor.base + offset;
        if ((address & width - 1) != 0) {
            throw new AccessRejectedException(Reason.UNALIGNED, "an atomic access of " + width + " bytes at offset 0x" + Long.toHexString(offset) + " must be at a multiple of its width");
        }
        return address - base;
    }

    /** From the accessor's byte order to the host's and back. */
    private long ordered(long value, int width) {
        return accessor.swap ? Long.reverseBytes(value) >>> 64 - 8 * width : value & -1L >>> 64 - 8 * width;
    }

    @Override
    public long getAcquire(long offset, int width) {
        AccessPlan.checkScalarWidth(width);
        long at = checked(Direction.READ, offset, width);
        if (goesOn && !accessor.isThere(offset, Direction.READ, width)) {
            return -1L >>> 64 - 8 * width;
        }
        try {
            return ordered(switch (width) {
                case 1 -> (byte) BYTE.getAcquire(region, at);
                case 2 -> (short) SHORT.getAcquire(region, at);
                case 4 -> (int) INT.getAcquire(region, at);
                default -> (long) LONG.getAcquire(region, at);
            }, width);
        } catch (IllegalStateException ended) {
            throw OpenRegion.memoryClosed(ended);
        } finally {
            Reference.reachabilityFence(accessor);
        }
    }

    @Override
    public void setRelease(long offset, int width, long value) {
        AccessPlan.checkScalarWidth(width);
        long at = checked(Direction.WRITE, offset, width);
        long raw = ordered(value, width);
        if (goesOn && !accessor.isThere(offset, Direction.WRITE, width)) {
            return;
        }
        try {
            switch (width) {
                case 1 -> BYTE.setRelease(region, at, (byte) raw);
                case 2 -> SHORT.setRelease(region, at, (short) raw);
                case 4 -> INT.setRelease(region, at, (int) raw);
                default -> LONG.setRelease(region, at, raw);
            }
        } catch (IllegalStateException ended) {
            throw OpenRegion.memoryClosed(ended);
        } finally {
            Reference.reachabilityFence(accessor);
        }
    }

    @Override
    public long compareAndExchange(long offset, int width, long expected, long value) {
        AccessPlan.checkScalarWidth(width);
        long at = checked(Direction.WRITE, offset, width);
        return accessor.isThere(offset, Direction.WRITE, width) ? exchange(at, width, expected, value) : -1L >>> 64 - 8 * width;
    }

    /** For callers that have checked, and asked. */
    private long exchange(long at, int width, long expected, long value) {
        long rawExpected = ordered(expected, width);
        long rawValue = ordered(value, width);
        try {
            return ordered(switch (width) {
                case 8 -> (long) LONG.compareAndExchange(region, at, rawExpected, rawValue);
                case 4 -> (int) INT.compareAndExchange(region, at, (int) rawExpected, (int) rawValue);
                default -> exchangeInWord(at, width, rawExpected, rawValue);
            }, width);
        } catch (IllegalStateException ended) {
            throw OpenRegion.memoryClosed(ended);
        } finally {
            Reference.reachabilityFence(accessor);
        }
    }

    private long exchangeInWord(long at, int width, long expected, long value) {
        int inWord = (int) (base + at & 3);
        long word = at - inWord;
        if (word < 0 || word + 4 > region.byteSize()) {
            throw new AccessRejectedException(Reason.UNSUPPORTED, "an atomic access of " + width + " bytes at the edge of the region: the 4 bytes around it are not all in the region");
        }
        int shift = 8 * (LITTLE_ENDIAN ? inWord : 4 - width - inWord);
        int mask = (-1 >>> 32 - 8 * width) << shift;
        while (true) {
            int seen = (int) INT.getVolatile(region, word);
            long witness = (seen & mask) >>> shift;
            if (witness != expected || INT.compareAndSet(region, word, seen, seen & ~mask | (int) value << shift)) {
                return witness;
            }
        }
    }

    @Override
    public boolean compareAndExchange16(long offset, long[] words) {
        long at = checked(Direction.WRITE, offset, 16);
        if (exchange16 == null) {
            throw new AccessRejectedException(Reason.UNSUPPORTED, "this host has no compare-and-exchange of 16 bytes: ask supports(16), and stop the guest's other CPUs for it");
        }
        // A big-endian value has its high half, byte-swapped too, at the lower address.
        boolean bigEndian = LITTLE_ENDIAN == accessor.swap;
        int low = bigEndian ? 1 : 0;
        MemorySegment buffer = Scratch.get().segment;
        for (int i = 0; i < 4; i++) {
            Ram.put(buffer, 8 * (i ^ low), 8, ordered(words[i], 8));
        }
        long result = Calls.exchange(exchange16, base + at, buffer);
        Reference.reachabilityFence(accessor);
        if (result < 0) {
            accessor.faulted(offset, Direction.WRITE, 16);
        }
        if (result == 0) {
            words[0] = ordered(Ram.get(buffer, 8 * low, 8), 8);
            words[1] = ordered(Ram.get(buffer, 8 * (1 ^ low), 8), 8);
        }
        return result == 1;
    }

    @Override
    public long getAndSet(long offset, int width, long value) {
        return update(offset, width, Change.SET, value);
    }

    @Override
    public long getAndAdd(long offset, int width, long operand) {
        return update(offset, width, Change.ADD, operand);
    }

    @Override
    public long getAndAnd(long offset, int width, long operand) {
        return update(offset, width, Change.AND, operand);
    }

    @Override
    public long getAndOr(long offset, int width, long operand) {
        return update(offset, width, Change.OR, operand);
    }

    @Override
    public long getAndXor(long offset, int width, long operand) {
        return update(offset, width, Change.XOR, operand);
    }

    private long update(long offset, int width, Change change, long operand) {
        AccessPlan.checkScalarWidth(width);
        accessor.check(Direction.WRITE, offset, width);
        accessor.check(Direction.READ, offset, width);
        long at = checked(Direction.WRITE, offset, width);
        if (!accessor.isThere(offset, Direction.WRITE, width)) {
            return -1L >>> 64 - 8 * width;
        }
        long seen = getAcquire(offset, width);
        while (true) {
            long next = switch (change) {
                case SET -> operand;
                case ADD -> seen + operand;
                case AND -> seen & operand;
                case OR -> seen | operand;
                case XOR -> seen ^ operand;
            };
            long witness = exchange(at, width, seen, next);
            if (witness == seen) {
                return seen;
            }
            seen = witness;
        }
    }
}
