package org.hostmem.example.rv64;

/**
 * A synchronous exception of the guest, on its way to {@code mtvec}. Without a stack trace: it is part of a guest's
 * normal life.
 */
final class Trap extends RuntimeException {
    private static final long serialVersionUID = 1L;

    static final int FETCH_ACCESS = 1;
    static final int ILLEGAL_INSTRUCTION = 2;
    static final int BREAKPOINT = 3;
    static final int LOAD_MISALIGNED = 4;
    static final int LOAD_ACCESS = 5;
    static final int STORE_MISALIGNED = 6;
    static final int STORE_ACCESS = 7;
    static final int ECALL_FROM_MACHINE = 11;

    /** {@code mcause}. */
    final int cause;
    /** {@code mtval}: the address or the instruction that caused it. */
    final long value;

    Trap(int cause, long value) {
        super(null, null, false, false);
        this.cause = cause;
        this.value = value;
    }
}
