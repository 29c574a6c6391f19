package org.hostmem.engine;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionFaultException;
import org.hostmem.RegionFaultException.Side;

/**
 * The RAM at the other end of a transfer, for accessors that move bytes by Java: heap or native, at any alignment, in
 * the host's byte order.
 *
 * <p>{@link #check} refuses it before the first access to the region.
 *
 * <p>Native RAM may vanish, for example the mapping of a file that others truncate. The JVM reports that by an
 * {@link InternalError} at a later safepoint, and until then compiled code uses a wrong value. Here the call itself
 * throws the error, so no such value reaches a device. An accessor throws {@link #fault} instead of it.
 */
public final class RamSide {

    private static final VarHandle TURNS = turnsHandle();

    @SuppressWarnings("unused") // read through TURNS, so that no compiler knows it
    private static long turns = 1;

    private RamSide() {}

    private static VarHandle turnsHandle() {
        try {
            return MethodHandles.lookup().findStaticVarHandle(RamSide.class, "turns", long.class);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(e.getMessage(), e);
        }
    }

    /**
     * Checks all of it.
     *
     * @param ram the segment
     * @param offset of the first byte in it
     * @param length in bytes, 0 or more
     * @param written whether the transfer writes into it
     * @throws IndexOutOfBoundsException if it is too short
     * @throws IllegalArgumentException if it is to be written, and is read-only
     * @throws AccessRejectedException if its arena is closed, or belongs to another thread
     */
    public static void check(MemorySegment ram, long offset, long length, boolean written) {
        Objects.checkFromIndexSize(offset, length, ram.byteSize());
        if (written && ram.isReadOnly()) {
            throw new IllegalArgumentException("the segment to read into is read-only; give a writable one");
        }
        checkUsable(ram);
    }

    /**
     * Checks that this thread may use it now.
     *
     * @param ram the segment
     * @throws AccessRejectedException if its arena is closed, or belongs to another thread
     */
    public static void checkUsable(MemorySegment ram) {
        if (!ram.scope().isAlive()) {
            throw new AccessRejectedException(
                    Reason.RAM_CLOSED,
                    "the arena of the segment on the RAM side is closed: give a segment that lives until the transfer"
                            + " is over");
        }
        if (!ram.isAccessibleBy(Thread.currentThread())) {
            throw new AccessRejectedException(
                    Reason.WRONG_THREAD,
                    "the segment on the RAM side belongs to a confined arena of another thread, and "
                            + Thread.currentThread().getName()
                            + " may not use it: transfer in its own thread, or take a segment of a shared arena"
                            + " (Arena.ofShared)");
        }
    }

    /**
     * Makes the JVM throw the error of the access just before it now. A loop whose back edge is taken once has the
     * safepoint poll that this needs.
     *
     * @throws InternalError if that access found no memory
     */
    public static void settle() {
        long i = 0;
        while (i < (long) TURNS.getOpaque()) {
            i++;
        }
    }

    /**
     * {@return a value, zero-extended}
     *
     * @param ram to read
     * @param offset in bytes
     * @param width 1, 2, 4 or 8 bytes
     * @throws InternalError if the memory has vanished
     */
    public static long get(MemorySegment ram, long offset, int width) {
        // It is zero-extended for another reason, too: HotSpot 25 on x86-64 cannot step over the fault of C2's
        // sign-extending load, so such a fault ends the JVM.
        long value = switch (width) {
            case 1 -> ram.get(JAVA_BYTE, offset) & 0xffL;
            case 2 -> ram.get(JAVA_SHORT_UNALIGNED, offset) & 0xffffL;
            case 4 -> ram.get(JAVA_INT_UNALIGNED, offset) & 0xffff_ffffL;
            default -> ram.get(JAVA_LONG_UNALIGNED, offset);
        };
        if (ram.isNative()) {
            settle();
        }
        return value;
    }

    /**
     * Stores a value.
     *
     * @param ram to write
     * @param offset in bytes
     * @param width 1, 2, 4 or 8 bytes
     * @param value of which the low bytes count
     * @throws InternalError if the memory has vanished
     */
    public static void put(MemorySegment ram, long offset, int width, long value) {
        switch (width) {
            case 1 -> ram.set(JAVA_BYTE, offset, (byte) value);
            case 2 -> ram.set(JAVA_SHORT_UNALIGNED, offset, (short) value);
            case 4 -> ram.set(JAVA_INT_UNALIGNED, offset, (int) value);
            default -> ram.set(JAVA_LONG_UNALIGNED, offset, value);
        }
        if (ram.isNative()) {
            settle();
        }
    }

    /**
     * Fills the rest of a read with all ones, as an unsupported request reads.
     *
     * @param accessor that is read
     * @param offset in the region, of the first byte that was not read
     * @param completed bytes of the request before
     * @param ram to write
     * @param ramOffset of the first byte that was not read
     * @param length how many were not
     * @throws RegionFaultException of the RAM side, if the memory has vanished
     */
    public static void fillWithOnes(
            HostMemoryAccessor accessor, long offset, long completed, MemorySegment ram, long ramOffset, long length) {
        try {
            ram.asSlice(ramOffset, length).fill((byte) -1);
            settle();
        } catch (InternalError vanished) {
            throw fault(accessor, offset, Direction.READ, 1, completed);
        } catch (IllegalStateException | WrongThreadException ended) { // its arena, by another thread
            checkUsable(ram);
            throw ended;
        }
    }

    /**
     * {@return the fault that replaces an {@link InternalError} of these calls. It is a fault of the RAM side, under
     * every policy}
     *
     * @param accessor at the other end
     * @param offset in the region, of the access that was not made, or whose value found no place
     * @param direction of the access on the region
     * @param width in bytes
     * @param completed bytes of the request that were transferred
     */
    public static RegionFaultException fault(
            HostMemoryAccessor accessor, long offset, Direction direction, int width, long completed) {
        return new RegionFaultException(
                offset,
                direction,
                width,
                completed,
                Side.RAM,
                "The memory has vanished",
                accessor.options().faultTraces());
    }
}
