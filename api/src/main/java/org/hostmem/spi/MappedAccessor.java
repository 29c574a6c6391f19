package org.hostmem.spi;

import java.lang.foreign.MemorySegment;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.FaultPolicy;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.OverlapPolicy;
import org.hostmem.RegionClosedException;
import org.hostmem.RegionFaultException;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;
import org.hostmem.TransferPlan;

/**
 * For authors of providers: an accessor of memory that is mapped as a whole. {@link Transfer} asks it where its memory
 * is, so that it sees which accessors are of the same memory, and lets it do what the other methods cannot express.
 * Emulators need none of this.
 *
 * <p>An accessor that is not one of these, a device model for instance, is taken to have the alignment of its offsets.
 */
public interface MappedAccessor extends HostMemoryAccessor {

    /** In which order a copy goes through the target. */
    enum Order {
        /** Any. */
        ANY,
        /** As {@link TransferOrder#ASCENDING}. */
        ASCENDING,
        /** From the last byte to the first, in units of up to 8 bytes: {@link OverlapPolicy#MEMMOVE}. */
        DESCENDING
    }

    /** {@return the host address of offset 0} */
    long address();

    /**
     * {@return the address that decides how the offsets of an accessor are aligned: that of its memory; what is not
     * mapped begins at 0, and a view of it where it lies within}
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
     * {@return the accessor that {@link #copyDirectly} and {@link #exchange} of another one are to read in place of
     * this one: what a decorator passes reads on to, and else itself}
     */
    default MappedAccessor forDirectReads() {
        return this;
    }

    /**
     * Copies from another accessor to this one in one pass, if a machine access that is right on one side is right on
     * the other, too: each byte is read and written once, by accesses of both sides' bulk plans. Both sides are in the
     * order asked for. It is also right where the ranges overlap and {@code order} does not run over what is still to
     * be read. Descending copies make accesses of up to 8 bytes, on both sides the same. The answer for no bytes at
     * some offsets is the answer for any at them: that is how a {@link TransferPlan} asks.
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
     * Names something beside the CPU that reaches this region's memory, a device for instance: it ends before the
     * memory is released. A view's belongs to its region, and the view's own close does not end it. Of
     * {@linkplain org.hostmem.spi.MappedRegion#isLent lent} memory only the close of the accessor ends it, not the end
     * of the owner's arena.
     *
     * @param end run by the thread that closes the region, and again by the next close if it throws: until then nothing
     *     is released
     * @throws RegionClosedException if the region is closed, or closing
     * @throws AccessRejectedException if this accessor cannot say when its memory ends, which is so unless a class says
     *     otherwise
     */
    default void addUser(Runnable end) {
        throw new AccessRejectedException(
                Reason.UNSUPPORTED, "this accessor does not know when its memory ends: nothing but the CPU may use it");
    }

    /**
     * Takes an {@linkplain #addUser added} user back. Does nothing if there is no such user, or the region is closed.
     *
     * @param end that was added
     */
    default void removeUser(Runnable end) {}

    /** Bytes of a {@linkplain #exchange ring} beside the distance. */
    int RING_BLOCK = 4096;

    /**
     * {@return how many bytes further an {@linkplain #exchange exchange} reads than it writes: 0, or where the distance
     * is so short that a CPU would wait for its own stores to the ring, 1024}
     *
     * @param distance of the move
     */
    static int readAhead(long distance) {
        return distance < 1024 ? 1024 : 0;
    }

    /**
     * Replaces bytes of the region by bytes from a ring, and puts bytes of the region into the ring, in one ascending
     * pass: an overlapping move whose source is overwritten as it is read. Both offsets are at multiples of 64, the
     * source's by {@link #readAhead} further in the same memory; the length is a multiple of 64 as well. All accesses
     * are of both sides' bulk plans.
     *
     * <p>What is read goes {@code distance} + {@link #readAhead} bytes further on in the ring than what is written
     * comes from. The ring has {@code distance} + {@link #RING_BLOCK} bytes, rounded up to a multiple of 64, and its
     * first 64 bytes are repeated behind its end.
     *
     * @param source an accessor of the same memory, which reads
     * @param from offset in the source
     * @param to offset here
     * @param ring native memory
     * @param place in the ring of the first byte to be written
     * @param distance of the move, 64 or more
     * @param length in bytes
     * @param order of the accesses on each side: any, or ascending
     * @return whether it was done; if not, nothing was accessed
     */
    default boolean exchange(
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
     * For the keeper of the memory: from now on an access would fault, or would no longer. Until it is told otherwise
     * the accessor refuses each access, of its views too, with a {@link RegionFaultException#isForeseen foreseen}
     * fault; but not where the policy is {@link FaultPolicy#UNSUPPORTED_REQUEST}, for which a fault is no error.
     *
     * <p>An access that another thread is making meanwhile may still fault, as it may where a provider does nothing
     * here.
     *
     * @param cause what it would come to, and what to do; null if it would not
     */
    default void foresee(String cause) {}
}
