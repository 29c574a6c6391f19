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
 * Reads and writes one region of host memory; {@link #of} opens memory that you own. Each request becomes exactly the
 * machine accesses of its {@link AccessPlan}.
 *
 * <p>The rules R1–R14 are in the <a href="package-summary.html#contract">package description</a>; {@link #guarantees()}
 * says which of them hold here.
 *
 * <p><b>Checks</b>, in this order and before any access: open ({@link RegionClosedException}), bounds and overflow
 * ({@link RegionBoundsException}), direction ({@link AccessRejectedException} on a region that may not be read or
 * written), alignment by {@link AccessOptions#unaligned()}, and the device's {@link AccessOptions#limits()}
 * ({@link AccessRejectedException}). A fault of the access itself is handled by {@link AccessOptions#fault()}
 * ({@link RegionFaultException}).
 *
 * <p><b>Threads.</b> Any number of threads may use an accessor at once. Accesses of different threads are not ordered,
 * as on hardware. Any thread may {@linkplain #close() close} it at any time. An access that is running then completes,
 * or fails with {@link RegionClosedException} or {@link RegionFaultException}. It never reaches memory outside the
 * region, and never returns wrong bytes. A loop of accesses, checks or plans ends with {@link RegionClosedException}.
 *
 * <p><b>RAM side.</b> Arrays and segments of bulk operations may be heap or native memory at any alignment. They must
 * not be the region's own memory: use {@link #move} for that. A segment is refused before any access if its arena is
 * closed, or belongs to another thread ({@link AccessRejectedException}).
 *
 * <p><b>Views</b> ({@link #slice}, {@link #readOnly}, {@link #withByteOrder}) are accessors of the same memory. They
 * are as fast as this one, and cheap to make. Closing a view closes that view and the views that were made of it. It
 * never closes the memory. Closing the region closes all its views.
 *
 * <p><b>Lent memory</b> ({@link #of(MemorySegment, CacheMode, AccessOptions)}) ends with its owner's arena, as if the
 * accessor were closed ({@link RegionClosedException}). The arena cannot end while an access runs. If the arena is
 * confined to one thread, every access, check and plan of another thread is refused
 * ({@link AccessRejectedException.Reason#WRONG_THREAD}).
 */
public interface HostMemoryAccessor extends AutoCloseable {

    /**
     * {@return an accessor of memory that you own}
     *
     * <p>The memory is {@link Permanence#PERMANENT}: use {@link #of(MemorySegment, CacheMode, Permanence,
     * AccessOptions)} for a mapping that others may truncate.
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
     * <p>You free the memory. The accessor ends with the memory's arena: later accesses throw a
     * {@link RegionClosedException}. The arena cannot end while an access runs. If the arena is confined, only its own
     * thread may access the memory. Holding the arena costs some nanoseconds for each access by machine code, but
     * nothing for the {@linkplain java.lang.foreign.Arena#global global} arena.
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

    /** {@return the properties of the region} */
    RegionCapabilities capabilities();

    /** {@return the options of the opening} */
    AccessOptions options();

    /** {@return the accesses that the host's ISA allows on this region} */
    AccessRules rules();

    /** {@return the guarantees that this accessor has on this host; immutable} */
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
     * Writes the same byte to a range, by the {@link TransferOrder#RELAXED} bulk plan.
     *
     * @param offset of the first byte
     * @param length in bytes
     * @param value of every byte
     */
    void fill(long offset, long length, byte value);

    /**
     * Writes the same byte to a range as an {@link TransferOrder#UNOBSERVED} transfer: nobody looks until it is over.
     * On device memory it is {@link #fill}.
     *
     * @param offset of the first byte
     * @param length in bytes
     * @param value of every byte
     */
    default void fillUnobserved(long offset, long length, byte value) {
        fill(offset, length, value);
    }

    /**
     * Moves bytes within the region; source and destination may overlap (R7).
     *
     * <p>Each source byte is read once and each destination byte written once, whatever the policy. It is the
     * {@linkplain Transfer#copy(HostMemoryAccessor, long, HostMemoryAccessor, long, long) copy} of a region to itself.
     *
     * @param from offset of the first source byte
     * @param to offset of the first destination byte
     * @param length in bytes
     * @param how the order, and what to do if the ranges overlap
     * @return how far it came
     * @throws AccessRejectedException before the first byte, if the ranges overlap and the policy is REJECT, or
     *     KEEP_ORDER needs more than the budget
     * @throws HostMemoryException before the first byte, if the host cannot allocate the buffer that the budget allows
     */
    default Transfer.Result move(long from, long to, long length, Transfer how) {
        return how.copy(this, from, this, to, length);
    }

    /**
     * Carries out a barrier (R8). It is not an access. So it is carried out for a closed region, too, and can order
     * accesses that were made before the close.
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
     * @param order of the transfer; a fill is {@link TransferOrder#RELAXED}, because all its bytes are equal
     */
    AccessPlan planBulk(Direction direction, long offset, long length, TransferOrder order);

    /**
     * {@return the accesses that {@link #move} turns into, before it is made}
     *
     * <p>It checks what the move would check, with the same exceptions. If the overlap policy refuses the move, the
     * plan is {@linkplain TransferPlan.Course#REJECTED rejected}.
     *
     * @param from offset of the first source byte
     * @param to offset of the first destination byte
     * @param length in bytes
     * @param how the order, and what to do if the ranges overlap
     */
    default TransferPlan planMove(long from, long to, long length, Transfer how) {
        return how.plan(this, from, this, to, length);
    }

    /**
     * Makes the checks of an access, in the same order and with the same exceptions, but not the access. It checks the
     * {@linkplain AccessOptions#limits limits} as for an {@link TransferOrder#ASCENDING} transfer. {@link #planScalar}
     * says whether a scalar is refused for its width.
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
     * Makes the checks of a transfer, in the same order and with the same exceptions, but not the transfer. The order
     * decides how wide the units are, and so whether they are within the {@linkplain AccessOptions#limits limits}.
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
     * {@return the memory as a segment, for code that needs one; read-only if the region or this view is}
     *
     * <p><b>Lifetime.</b> The segment can be used as long as the <em>region</em> is open and its accessor is reachable.
     * Closing the view that it came from does not end it. Memory that a provider of regions maps ends with its region,
     * and any later use of the segment throws an {@link IllegalStateException}. You free memory that you own
     * ({@link #of(MemorySegment, CacheMode, AccessOptions)}), and its segment ends with your arena.
     *
     * @throws AccessRejectedException if the memory is not {@link CacheMode#NORMAL}: a Java access would split, repeat
     *     or drop what a device must see. Also if it is not mapped as a whole
     */
    default MemorySegment asSegment() {
        throw new AccessRejectedException(
                capabilities().cacheMode().needsExactAccesses() ? Reason.DEVICE_MEMORY : Reason.UNSUPPORTED,
                capabilities().cacheMode().needsExactAccesses()
                        ? capabilities().cacheMode()
                                + " memory has no segment: Java accesses to a device may be split, repeated or"
                                + " dropped; use the accessor"
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
                        ? capabilities().cacheMode()
                                + " memory has no atomic accesses: a device would see a read and a write, or a fault;"
                                + " use a read and a write, or refuse the guest's instruction"
                        : "this accessor has no atomic accesses: its memory is not mapped as a whole");
    }

    /**
     * Closes the region with all its views, or this view with the views that were made of it. No access begins after
     * that. After a success another call does nothing.
     *
     * <p>A thread whose access runs during the close may be {@linkplain Thread#isInterrupted interrupted}: the JVM
     * interrupts it to end the access, as {@link java.lang.foreign.Arena#close} of a shared arena does.
     *
     * @throws HostMemoryException if the memory cannot be released, for example because a native call has held its
     *     {@linkplain #asSegment segment} for 10 seconds. Another call tries again
     */
    @Override
    void close();
}
