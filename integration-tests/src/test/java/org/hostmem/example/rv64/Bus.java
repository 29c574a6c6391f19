package org.hostmem.example.rv64;

/**
 * All that a core asks of memory. Addresses are guest-physical; widths are 1, 2, 4 or 8 bytes; the guest is
 * little-endian.
 *
 * <p>Every method throws {@link BusFault} where there is nothing, or where what is there refuses; the core makes the
 * guest's trap of it.
 */
public interface Bus {

    /** What an atomic does with the value in memory and the operand. */
    enum Atomic {
        SWAP,
        ADD,
        XOR,
        AND,
        OR,
        MIN,
        MAX,
        MINU,
        MAXU;

        /**
         * {@return what is in memory afterwards} Both values are sign-extended, which keeps the order of unsigned ones
         * too.
         */
        long apply(long before, long operand) {
            return switch (this) {
                case SWAP -> operand;
                case ADD -> before + operand;
                case XOR -> before ^ operand;
                case AND -> before & operand;
                case OR -> before | operand;
                case MIN -> Math.min(before, operand);
                case MAX -> Math.max(before, operand);
                case MINU -> Long.compareUnsigned(before, operand) < 0 ? before : operand;
                case MAXU -> Long.compareUnsigned(before, operand) > 0 ? before : operand;
            };
        }
    }

    /** {@return the value, zero-extended} */
    long load(long address, int width);

    /** Stores the low bytes of a value. */
    void store(long address, int width, long value);

    /**
     * {@return 2 bytes of an instruction, zero-extended} Instructions are made of such parcels, so that no fetch is
     * ever unaligned.
     */
    int fetch(long address);

    /**
     * Stores {@code value} if {@code expected} is there. {@return what was there, zero-extended} For LR and SC; 4 or 8
     * bytes, aligned, in RAM.
     */
    long compareAndExchange(long address, int width, long expected, long value);

    /** Carries out an AMO. {@return what was there before, sign-extended} 4 or 8 bytes, aligned, in RAM. */
    long atomic(Atomic operation, long address, int width, long operand);

    /** Copies for a device (DMA), ascending: the last byte, which may be a flag, is written last. */
    void copy(long from, long to, long length);

    /** Orders everything before, on RAM and devices, before everything after. */
    void fence();
}
