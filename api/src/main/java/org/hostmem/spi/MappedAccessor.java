package org.hostmem.spi;

import java.lang.foreign.MemorySegment;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.Direction;
import org.hostmem.FaultPolicy;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.OverlapPolicy;
import org.hostmem.RegionClosedException;
import org.hostmem.RegionFaultException;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;
import org.hostmem.TransferPlan;
import org.jspecify.annotations.Nullable;

/**
 * For authors of providers: an accessor of memory that is mapped as a whole. {@link Transfer} asks for its address to
 * find out which accessors share memory. It also uses the direct copies that only such an accessor can make. Emulators
 * need none of this.
 *
 * <p>If an accessor does not implement this, for example a device model, its offsets decide the alignment.
 */
public interface MappedAccessor extends HostMemoryAccessor {

    /** The order in which a copy writes the target. */
    enum Order {
        /** Any order. */
        ANY,
        /** As {@link TransferOrder#ASCENDING}. */
        ASCENDING,
        /**
         * As {@link TransferOrder#UNOBSERVED}, and exact even if the two ranges overlap; {@link #ANY} if either side is
         * device memory.
         */
        UNOBSERVED,
        /** From the last byte to the first, in units of up to 8 bytes: {@link OverlapPolicy#MEMMOVE_ORDER}. */
        DESCENDING
    }

    /** {@return the host address of offset 0} */
    long address();

    /**
     * {@return the address that decides how the offsets of an accessor are aligned. It is the address of mapped memory.
     * A region that is not mapped begins at 0, and a view of it at its offset}
     *
     * @param accessor of any kind
     */
    static long addressOf(HostMemoryAccessor accessor) {
        if (accessor instanceof MappedAccessor mapped) {
            return mapped.address();
        }
        HostMemoryAccessor region = UnsupportedRequests.wholeRegion(accessor);
        return (region instanceof MappedAccessor mapped ? mapped.address() : 0)
                + UnsupportedRequests.regionOffset(accessor);
    }

    /**
     * {@return the accessor that {@link #copyDirectly} and {@link #moveThroughRing} of another accessor read instead of
     * this one. A decorator returns the accessor that it passes reads on to; others return themselves}
     */
    default MappedAccessor forDirectReads() {
        return this;
    }

    /**
     * {@return where an aligned scalar is one opaque access of Java's, so that a bus can make it; null, as here, if the
     * bus must ask this accessor for each access. It is the same object each time}
     *
     * @param direction read or write
     */
    @SuppressWarnings("exports") // of JSpecify, which users may leave out
    default @Nullable PlainMemory plainMemory(Direction direction) {
        return null;
    }

    /** {@return the host's pages of this memory; null, as here, if it is not RAM that a provider made} */
    @SuppressWarnings("exports") // of JSpecify, which users may leave out
    default @Nullable HostPages pages() {
        return null;
    }

    /**
     * Copies from another accessor to this one in one pass, if the same machine accesses are right on both sides. Each
     * byte is read and written once, by accesses of both sides' bulk plans, and both sides are in the given order. The
     * ranges may overlap if {@code order} does not overwrite bytes before they are read. Descending copies make
     * accesses of up to 8 bytes, the same on both sides. A length of 0 gives the same answer as any length at these
     * offsets: a {@link TransferPlan} asks this way.
     *
     * @param source of the bytes
     * @param from offset of the first byte in the source
     * @param to offset of the first byte here
     * @param length in bytes
     * @param order in which to read and write
     * @return whether it was done; if not, nothing was accessed
     */
    boolean copyDirectly(MappedAccessor source, long from, long to, long length, Order order);

    /**
     * Adds a user of this region's memory beside the CPU, for example a device. The user is ended before the memory is
     * released. A user that is added by a view belongs to the region: the close of the view does not end it. If the
     * memory is {@linkplain org.hostmem.spi.MappedRegion#isLent lent}, only the close of the accessor ends the user;
     * the end of the owner's arena does not.
     *
     * @param end ends the user. The thread that closes the region runs it. If it throws, nothing is released, and the
     *     next close runs it again
     * @throws RegionClosedException if the region is closed, or closing
     * @throws AccessRejectedException if this accessor does not know when its memory ends, which is the default
     */
    default void addUser(Runnable end) {
        throw new AccessRejectedException(
                Reason.UNSUPPORTED, "this accessor does not know when its memory ends: nothing but the CPU may use it");
    }

    /**
     * Removes an {@linkplain #addUser added} user. Does nothing if there is no such user, or the region is closed.
     *
     * @param end that was added
     */
    default void removeUser(Runnable end) {}

    /** Bytes of a {@linkplain #moveThroughRing ring} beside the distance. */
    int RING_BLOCK = 4096;

    /**
     * {@return how many bytes an {@linkplain #moveThroughRing move through a ring} reads ahead of its writes. It is
     * 1024 where the distance is so short that a CPU would wait for its own stores to the ring, and otherwise 0}
     *
     * @param distance of the move
     */
    static int readAhead(long distance) {
        return distance < 1024 ? 1024 : 0;
    }

    /**
     * Replaces bytes of the region by bytes from a ring, and puts bytes of the region into the ring, in one ascending
     * pass. An overlapping move needs this if its source is overwritten while it is read. Both offsets and the length
     * are multiples of 64. The source's offset is {@link #readAhead} further on in the same memory. All accesses are in
     * both sides' bulk plans.
     *
     * <p>Bytes that are read go into the ring {@code distance} + {@link #readAhead} bytes after the place of the bytes
     * that are written. The ring has {@code distance} + {@link #RING_BLOCK} bytes, rounded up to a multiple of 64. Its
     * first 64 bytes are repeated behind its end.
     *
     * @param source an accessor of the same memory, which reads
     * @param from offset in the source
     * @param to offset here
     * @param ring native memory
     * @param place in the ring of the first byte to write
     * @param distance of the move, 64 or more
     * @param length in bytes
     * @param order of the accesses on each side: any, or ascending
     * @return whether it was done; if not, nothing was accessed
     */
    default boolean moveThroughRing(
            MappedAccessor source,
            long from,
            long to,
            MemorySegment ring,
            long place,
            long distance,
            long length,
            Order order) {
        return false;
    }

    /**
     * Copies from RAM to the region, from the last byte to the first.
     *
     * @param offset of the first byte in the region
     * @param ram the other end: heap or native, at any alignment
     * @param ramOffset of the first byte in {@code ram}
     * @param length in bytes
     */
    void writeDescending(long offset, MemorySegment ram, long ramOffset, long length);

    /**
     * Tells the accessor that an access would fault from now on, or would no longer. The owner of the memory calls
     * this. As long as an access would fault, the accessor and its views refuse each access with a
     * {@link RegionFaultException#isForeseen foreseen} fault. They do not refuse under
     * {@link FaultPolicy#UNSUPPORTED_REQUEST}, where a fault is not an error.
     *
     * <p>An access that another thread makes at the same time may still fault. A provider need not implement this; then
     * every such access faults.
     *
     * @param cause what the fault would be, and what to do; null if an access would not fault
     */
    @SuppressWarnings("exports") // of JSpecify, which users may leave out
    default void expectFaults(@Nullable String cause) {}
}
