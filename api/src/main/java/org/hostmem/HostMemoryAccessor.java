package org.hostmem;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.Set;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.engine.ArrayTransfer;
import org.hostmem.engine.Checks;
import org.hostmem.engine.Opening;
import org.hostmem.engine.View;

/**
 * Loads, stores and transfers on one region of host memory, each as exactly the machine accesses of its
 * {@link AccessPlan}.
 *
 * <p>The rules R1–R14 are in the <a href="package-summary.html#contract">package description</a>; {@link #guarantees()}
 * says which of them hold here.
 *
 * <p><b>Checks</b>, in this order and before any access: open ({@link RegionClosedException}), bounds and overflow
 * ({@link RegionBoundsException}), direction ({@link AccessRejectedException} on a region that may not be read or
 * written), alignment by {@link AccessOptions#unaligned()} and what the device takes by {@link AccessOptions#limits()}
 * ({@link AccessRejectedException}). A fault of the access itself is handled by {@link AccessOptions#fault()}
 * ({@link RegionFaultException}).
 *
 * <p><b>Threads.</b> Any number may use an accessor at once; accesses of different threads are not ordered, as on
 * hardware. {@link #close()} may come from any thread at any time: an access in flight completes or fails with
 * {@link RegionClosedException} or {@link RegionFaultException}, and never touches memory that is not the region's. It
 * never gives zeros, ones or other bytes for what was there. A loop of accesses, checks or plans sees the close and
 * ends with {@link RegionClosedException}.
 *
 * <p><b>RAM side.</b> Arrays and segments given to bulk operations may be heap or native memory at any alignment; they
 * must not be the region's own memory, for which there is {@link #move}. A segment whose arena is closed, or is another
 * thread's, is refused before any access ({@link AccessRejectedException}).
 *
 * <p><b>Views</b> ({@link #slice}, {@link #readOnly}, {@link #withByteOrder}) are accessors of the same memory, as fast
 * as this one and cheap to make. Closing a view ends that view and the views that were made of it, never the memory;
 * closing the region ends all its views.
 *
 * <p><b>Lent memory</b> ({@link #of(MemorySegment, CacheMode, AccessOptions)}) ends with its owner's arena, as if the
 * accessor was closed ({@link RegionClosedException}), and the arena cannot end while an access runs. Where the arena
 * is confined to one thread, every access, check and plan of another is refused
 * ({@link AccessRejectedException.Reason#WRONG_THREAD}).
 */
public interface HostMemoryAccessor extends AutoCloseable {

    /**
     * {@return an accessor of memory that you own}
     *
     * <p>The memory is {@link Permanence#PERMANENT}: use {@link #of(MemorySegment, CacheMode, Permanence,
     * AccessOptions)} for a mapping that others may cut short.
     *
     * @param memory native memory; if it is read-only, so is the accessor
     * @param mode how it is mapped: {@link CacheMode#NORMAL} for memory of an arena, or of a file
     * @param options byte order and policies
     * @throws IllegalArgumentException if the memory is on the Java heap
     * @throws NoProviderException if no provider is there
     */
    static HostMemoryAccessor of(MemorySegment memory, CacheMode mode, AccessOptions options) {
        return of(memory, mode, Permanence.PERMANENT, options);
    }

    /**
     * {@return an accessor of memory that you own, and that may vanish if you say so}
     *
     * <p>You free the memory. When its arena ends, so does the accessor: {@link RegionClosedException}. An arena cannot
     * end while an access runs. Memory of a confined arena may be accessed by its own thread only. Holding the arena
     * takes some nanoseconds of each access that is not Java's, and none if it is the
     * {@linkplain java.lang.foreign.Arena#global global} one.
     *
     * @param memory native memory; if it is read-only, so is the accessor
     * @param mode how it is mapped: {@link CacheMode#NORMAL} for memory of an arena, or of a file
     * @param permanence whether every access finds the memory
     * @param options byte order and policies
     * @throws IllegalArgumentException if the memory is on the Java heap
     * @throws NoProviderException if no provider is there
     */
    static HostMemoryAccessor of(MemorySegment memory, CacheMode mode, Permanence permanence, AccessOptions options) {
        return Opening.of(memory, mode, permanence, options);
    }

    /** {@return the size of the region in bytes} */
    long size();

    /** {@return what the region is} */
    RegionCapabilities capabilities();

    /** {@return what was decided at opening} */
    AccessOptions options();

    /** {@return what the host's ISA allows on this region} */
    AccessRules rules();

    /** {@return what this accessor really promises on this host; immutable} */
    Set<Guarantee> guarantees();

    /**
     * Reads one byte.
     *
     * @param offset in bytes
     * @return the byte
     */
    byte readByte(long offset);

    /**
     * Reads 2 bytes in the byte order of the {@linkplain #options() options}.
     *
     * @param offset in bytes
     * @return the value
     */
    short readShort(long offset);

    /**
     * Reads 4 bytes in the byte order of the {@linkplain #options() options}.
     *
     * @param offset in bytes
     * @return the value
     */
    int readInt(long offset);

    /**
     * Reads 8 bytes in the byte order of the {@linkplain #options() options}.
     *
     * @param offset in bytes
     * @return the value
     */
    long readLong(long offset);

    /**
     * Writes one byte.
     *
     * @param offset in bytes
     * @param value to write
     */
    void writeByte(long offset, byte value);

    /**
     * Writes 2 bytes in the byte order of the {@linkplain #options() options}.
     *
     * @param offset in bytes
     * @param value to write
     */
    void writeShort(long offset, short value);

    /**
     * Writes 4 bytes in the byte order of the {@linkplain #options() options}.
     *
     * @param offset in bytes
     * @param value to write
     */
    void writeInt(long offset, int value);

    /**
     * Writes 8 bytes in the byte order of the {@linkplain #options() options}.
     *
     * @param offset in bytes
     * @param value to write
     */
    void writeLong(long offset, long value);

    /**
     * Reads a scalar by width, as an emulator's bus does.
     *
     * @param offset in bytes
     * @param width 1, 2, 4 or 8 bytes
     * @return the value, zero-extended
     * @throws IllegalArgumentException if the width is another
     */
    default long read(long offset, int width) {
        return switch (width) {
            case 1 -> readByte(offset) & 0xffL;
            case 2 -> readShort(offset) & 0xffffL;
            case 4 -> readInt(offset) & 0xffff_ffffL;
            case 8 -> readLong(offset);
            default -> throw Checks.noScalarWidth(width);
        };
    }

    /**
     * Writes a scalar by width, as an emulator's bus does.
     *
     * @param offset in bytes
     * @param width 1, 2, 4 or 8 bytes
     * @param value of which the low {@code width} bytes are written
     * @throws IllegalArgumentException if the width is another
     */
    default void write(long offset, int width, long value) {
        switch (width) {
            case 1 -> writeByte(offset, (byte) value);
            case 2 -> writeShort(offset, (short) value);
            case 4 -> writeInt(offset, (int) value);
            case 8 -> writeLong(offset, value);
            default -> throw Checks.noScalarWidth(width);
        }
    }

    /**
     * Copies from the region to RAM.
     *
     * @param offset of the first byte in the region
     * @param ram the other end: heap or native, at any alignment
     * @param ramOffset of the first byte in {@code ram}
     * @param length in bytes
     * @param order in which the region is read
     * @throws IndexOutOfBoundsException if the RAM side is too short
     */
    void readBytes(long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order);

    /**
     * Copies from RAM to the region.
     *
     * @param offset of the first byte in the region
     * @param ram the other end: heap or native, at any alignment
     * @param ramOffset of the first byte in {@code ram}
     * @param length in bytes
     * @param order in which the region is written
     * @throws IndexOutOfBoundsException if the RAM side is too short
     */
    void writeBytes(long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order);

    /**
     * Fills all of a segment from the region, {@link TransferOrder#ASCENDING}.
     *
     * @param offset of the first byte in the region
     * @param ram the other end
     */
    default void readBytes(long offset, MemorySegment ram) {
        readBytes(offset, ram, 0, ram.byteSize(), TransferOrder.ASCENDING);
    }

    /**
     * Writes all of a segment to the region, {@link TransferOrder#ASCENDING}.
     *
     * @param offset of the first byte in the region
     * @param ram the other end
     */
    default void writeBytes(long offset, MemorySegment ram) {
        writeBytes(offset, ram, 0, ram.byteSize(), TransferOrder.ASCENDING);
    }

    /**
     * Copies from the region to an array, {@link TransferOrder#ASCENDING}.
     *
     * @param offset of the first byte in the region
     * @param ram the other end
     * @param ramOffset of the first byte in {@code ram}
     * @param length in bytes
     * @throws IndexOutOfBoundsException if the array is too short
     */
    default void readBytes(long offset, byte[] ram, int ramOffset, int length) {
        ArrayTransfer.read(this, offset, ram, ramOffset, length);
    }

    /**
     * Copies from an array to the region, {@link TransferOrder#ASCENDING}.
     *
     * @param offset of the first byte in the region
     * @param ram the other end
     * @param ramOffset of the first byte in {@code ram}
     * @param length in bytes
     * @throws IndexOutOfBoundsException if the array is too short
     */
    default void writeBytes(long offset, byte[] ram, int ramOffset, int length) {
        ArrayTransfer.write(this, offset, ram, ramOffset, length);
    }

    /**
     * Writes one byte over and over, as the {@link TransferOrder#RELAXED} bulk plan says.
     *
     * @param offset of the first byte
     * @param length in bytes
     * @param value of every byte
     */
    void fill(long offset, long length, byte value);

    /**
     * Moves bytes within the region; source and destination may overlap (R7).
     *
     * <p>Each source byte is read once and each destination byte written once, whatever the policy. It is the
     * {@linkplain Transfer#copy(HostMemoryAccessor, long, HostMemoryAccessor, long, long) copy} of a region to itself.
     *
     * @param from offset of the first source byte
     * @param to offset of the first destination byte
     * @param length in bytes
     * @param how in which order, and what becomes of it if they overlap
     * @return how far it came
     * @throws AccessRejectedException before the first byte, if the ranges overlap and the policy is REJECT, or
     *     KEEP_ORDER needs more than the budget
     * @throws HostMemoryException before the first byte, if the host has not the buffer that the budget allows
     */
    default Transfer.Result move(long from, long to, long length, Transfer how) {
        return how.copy(this, from, this, to, length);
    }

    /**
     * Carries out a barrier (R8). It is no access: it is carried out for a closed region, too, so that what was begun
     * before the close can be put in order.
     *
     * @param purpose what it is for
     */
    void barrier(Barrier purpose);

    /**
     * {@return the accesses that a scalar read or write turns into, before it is made}
     *
     * @param offset in bytes
     * @param width 1, 2, 4 or 8 bytes
     */
    AccessPlan planScalar(long offset, int width);

    /**
     * {@return the accesses on the region that a bulk transfer or a fill turns into, before it is made}
     *
     * @param direction read or write
     * @param offset in bytes
     * @param length in bytes
     * @param order of the transfer; a fill is {@link TransferOrder#RELAXED}, for every byte of it is alike
     */
    AccessPlan planBulk(Direction direction, long offset, long length, TransferOrder order);

    /**
     * {@return the accesses that {@link #move} turns into, before it is made}
     *
     * <p>It checks what the move would check, with the same exceptions; what the overlap policy refuses is a
     * {@linkplain TransferPlan.Course#REJECTED verdict}.
     *
     * @param from offset of the first source byte
     * @param to offset of the first destination byte
     * @param length in bytes
     * @param how in which order, and what becomes of it if they overlap
     */
    default TransferPlan planMove(long from, long to, long length, Transfer how) {
        return how.plan(this, from, this, to, length);
    }

    /**
     * Checks what an access would check, in the same order and with the same exceptions, and makes none. Of
     * {@linkplain AccessOptions#limits limits} it checks what an {@link TransferOrder#ASCENDING} transfer would; a
     * scalar may be refused, or not, for its width: {@link #planScalar}.
     *
     * @param direction read or write
     * @param offset in bytes
     * @param length in bytes
     */
    default void check(Direction direction, long offset, long length) {
        Objects.requireNonNull(direction);
        Checks.boundsAndRights(this, direction, offset, length);
    }

    /**
     * Checks what a transfer would check, in the same order and with the same exceptions, and makes none. The order
     * decides how wide its units are, and so whether it is within {@linkplain AccessOptions#limits limits}.
     *
     * @param direction read or write
     * @param offset in bytes
     * @param length in bytes
     * @param order of the transfer
     */
    default void check(Direction direction, long offset, long length, TransferOrder order) {
        Objects.requireNonNull(order);
        check(direction, offset, length);
    }

    /**
     * {@return a view of a part of the region}
     *
     * @param offset of the view's first byte
     * @param size of the view in bytes
     * @throws RegionBoundsException if the part leaves the region
     */
    default HostMemoryAccessor slice(long offset, long size) {
        return new View(
                this, offset, size, options().byteOrder(), capabilities().writable());
    }

    /** {@return a view that may not be written} */
    default HostMemoryAccessor readOnly() {
        return new View(this, 0, size(), options().byteOrder(), false);
    }

    /**
     * {@return a view whose multi-byte scalars and atomics have a byte order}
     *
     * @param order of the view
     */
    default HostMemoryAccessor withByteOrder(ByteOrder order) {
        return new View(this, 0, size(), order, capabilities().writable());
    }

    /**
     * {@return the memory itself, for code that knows segments only; read-only if the region or this view is}
     *
     * <p><b>Lifetime.</b> The segment may be used as long as the <em>region</em> is open and something holds on to its
     * accessor; closing the view it was taken from does not end it. Memory that a provider of regions maps ends with
     * its region, and using the segment is an {@link IllegalStateException} from then on. Memory that you own
     * ({@link #of(MemorySegment, CacheMode, AccessOptions)}) is freed by you, and the segment ends when your arena
     * does.
     *
     * @throws AccessRejectedException if the memory is not {@link CacheMode#NORMAL}: a Java access would split, repeat
     *     or drop what a device must see. Also if it is not mapped as a whole
     */
    default MemorySegment asSegment() {
        throw new AccessRejectedException(
                capabilities().cacheMode().needsExactAccesses() ? Reason.DEVICE_MEMORY : Reason.UNSUPPORTED,
                capabilities().cacheMode().needsExactAccesses()
                        ? "no segment of " + capabilities().cacheMode()
                                + " memory: Java accesses to a device may be split, repeated or dropped; use the"
                                + " accessor"
                        : "this accessor has no segment: its memory is not mapped as a whole");
    }

    /**
     * {@return read-modify-write accesses of this memory}
     *
     * @throws AccessRejectedException if the memory is not {@link CacheMode#NORMAL}: a device sees an atomic access as
     *     a read and a write, or not at all. Also if it is not mapped as a whole, and if it may vanish and the provider
     *     has no instructions to do them with
     */
    default Atomics atomics() {
        throw new AccessRejectedException(
                capabilities().cacheMode().needsExactAccesses() ? Reason.DEVICE_MEMORY : Reason.UNSUPPORTED,
                capabilities().cacheMode().needsExactAccesses()
                        ? "no atomic access to " + capabilities().cacheMode()
                                + " memory: a device would see a read and a write, or a fault; use a read and a write,"
                                + " or refuse the guest's instruction"
                        : "this accessor has no atomic access: its memory is not mapped as a whole");
    }

    /**
     * Ends the use of the region with all its views, or of this view with those that were made of it. From now on no
     * access begins. After a success another call does nothing.
     *
     * <p>A thread whose access meets the close may find itself {@linkplain Thread#isInterrupted interrupted}: the JVM
     * interrupts it to end the access, as {@link java.lang.foreign.Arena#close} of a shared arena does.
     *
     * @throws HostMemoryException if the memory cannot be let go of: a native call has held its {@linkplain #asSegment
     *     segment} for 10 seconds, for example. Another call tries it again
     */
    @Override
    void close();
}
