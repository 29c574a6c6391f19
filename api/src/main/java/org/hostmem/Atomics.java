package org.hostmem;

/**
 * Atomic accesses to {@link CacheMode#NORMAL} memory, for a guest's atomic instructions.
 * {@link HostMemoryAccessor#atomics()} returns them, and they live as long as their accessor.
 *
 * <p>All accesses except {@link #getAcquire} and {@link #setRelease} are sequentially consistent. Values of 1, 2 and 4
 * bytes are zero-extended, in the accessor's byte order. Only the low {@code width} bytes of a parameter are used.
 *
 * <p>These checks come before any access: open, bounds, direction and alignment. A read-modify-write needs the right to
 * write, even if it changes nothing. An access that is not at a multiple of its width is refused with
 * {@link AccessRejectedException} under any {@link UnalignedPolicy}, because only x86 has such accesses. Nothing
 * allocates.
 *
 * <p>riscv64 and Java's own accesses have no narrow read-modify-writes. There, those of 1 and 2 bytes are made on the
 * aligned 4 bytes around them, which must lie in the region. If a region does not begin or end at a multiple of 4, they
 * are refused at its edge with {@link AccessRejectedException}.
 *
 * <p>Faults (R9): if the memory is gone, an access throws a {@link RegionFaultException} at once, with offset and
 * width. The direction of a read-modify-write is WRITE. Under {@link FaultPolicy#UNSUPPORTED_REQUEST} it reads all ones
 * and writes nothing. A provider without instructions of the ISA (pure Java, no {@link Guarantee#PRECISE_FAULTS} on any
 * memory) refuses atomics for memory that may vanish ({@link org.hostmem.Permanence}), because a fault in Java's own
 * can end the JVM.
 */
public interface Atomics {

    /**
     * {@return whether a compare-and-exchange of a width exists. It always exists for 1, 2, 4 and 8 bytes, and for 16
     * if the host's ISA and the provider have it}
     *
     * @param width in bytes
     */
    boolean supports(int width);

    /**
     * Reads; later accesses of this thread come after it.
     *
     * @param offset in bytes
     * @param width 1, 2, 4 or 8 bytes
     * @return the value
     */
    long getAcquire(long offset, int width);

    /**
     * Writes; earlier accesses of this thread come before it.
     *
     * @param offset in bytes
     * @param width 1, 2, 4 or 8 bytes
     * @param value to write
     */
    void setRelease(long offset, int width, long value);

    /**
     * Writes a value if the memory holds an expected one.
     *
     * @param offset in bytes
     * @param width 1, 2, 4 or 8 bytes
     * @param expected what it must hold
     * @param value to write
     * @return the value that the memory held, which is the expected value if it was exchanged
     */
    long compareAndExchange(long offset, int width, long expected, long value);

    /**
     * Writes 16 bytes if the memory holds 16 expected ones.
     *
     * @param offset in bytes, of an address that is a multiple of 16
     * @param words four: expected low and high half, new low and high half. If it was not exchanged, the first two
     *     become what the memory held
     * @return whether it was exchanged
     * @throws AccessRejectedException if this host does not have it: see {@link #supports}
     */
    boolean compareAndExchange16(long offset, long[] words);

    /**
     * Replaces a value.
     *
     * @param offset in bytes
     * @param width 1, 2, 4 or 8 bytes
     * @param value to write
     * @return what was there
     */
    long getAndSet(long offset, int width, long value);

    /**
     * Adds to a value, wrapping around.
     *
     * @param offset in bytes
     * @param width 1, 2, 4 or 8 bytes
     * @param operand to add
     * @return what was there
     */
    long getAndAdd(long offset, int width, long operand);

    /**
     * Clears bits of a value.
     *
     * @param offset in bytes
     * @param width 1, 2, 4 or 8 bytes
     * @param operand whose zeros clear
     * @return what was there
     */
    long getAndAnd(long offset, int width, long operand);

    /**
     * Sets bits of a value.
     *
     * @param offset in bytes
     * @param width 1, 2, 4 or 8 bytes
     * @param operand whose ones set
     * @return what was there
     */
    long getAndOr(long offset, int width, long operand);

    /**
     * Flips bits of a value.
     *
     * @param offset in bytes
     * @param width 1, 2, 4 or 8 bytes
     * @param operand whose ones flip
     * @return what was there
     */
    long getAndXor(long offset, int width, long operand);
}
