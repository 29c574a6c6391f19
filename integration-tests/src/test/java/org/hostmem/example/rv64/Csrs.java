package org.hostmem.example.rv64;

/** The control and status registers of machine mode, as far as a hart without interrupts has them. */
final class Csrs {

    private static final int MSTATUS = 0x300;
    private static final int MISA = 0x301;
    private static final int MIE = 0x304;
    private static final int MTVEC = 0x305;
    private static final int MSCRATCH = 0x340;
    private static final int MEPC = 0x341;
    private static final int MCAUSE = 0x342;
    private static final int MTVAL = 0x343;
    private static final int MIP = 0x344;
    private static final int MCYCLE = 0xb00;
    private static final int MINSTRET = 0xb02;
    private static final int CYCLE = 0xc00;
    private static final int INSTRET = 0xc02;
    private static final int MVENDORID = 0xf11;
    private static final int MARCHID = 0xf12;
    private static final int MIMPID = 0xf13;
    private static final int MHARTID = 0xf14;

    private static final long STATUS_MIE = 1 << 3;
    private static final long STATUS_MPIE = 1 << 7;
    private static final long STATUS_MPP = 3 << 11;
    private static final long RV64 = 2L << 62;

    private long status = STATUS_MPP;
    private long enabled;
    private long vector;
    private long scratch;
    private long epc;
    private long cause;
    private long value;

    /** {@return where the handler is} */
    long enter(Trap trap, long pc) {
        status = STATUS_MPP | ((status & STATUS_MIE) != 0 ? STATUS_MPIE : 0);
        epc = pc;
        cause = trap.cause;
        value = trap.value;
        return vector;
    }

    /** {@return where the guest goes on after {@code mret}} */
    long leave() {
        status = STATUS_MPP | STATUS_MPIE | ((status & STATUS_MPIE) != 0 ? STATUS_MIE : 0);
        return epc;
    }

    /** {@return the value; {@code null} if there is no such register} */
    Long read(int number, long instructions) {
        return switch (number) {
            case MSTATUS -> status;
            case MISA -> RV64 | 1 << 'i' - 'a' | 1 << 'm' - 'a' | 1 << 'c' - 'a' | 1;
            case MIE -> enabled;
            case MTVEC -> vector;
            case MSCRATCH -> scratch;
            case MEPC -> epc;
            case MCAUSE -> cause;
            case MTVAL -> value;
            case MCYCLE, MINSTRET, CYCLE, INSTRET -> instructions;
            case MIP, MVENDORID, MARCHID, MIMPID, MHARTID -> 0L;
            default -> null;
        };
    }

    /** Writes a register that {@link #read} knows. {@return whether it may be written} */
    boolean write(int number, long written) {
        switch (number) {
            case MSTATUS -> status = STATUS_MPP | written & (STATUS_MIE | STATUS_MPIE);
            case MIE -> enabled = written;
            case MTVEC -> vector = written & ~3;
            case MSCRATCH -> scratch = written;
            case MEPC -> epc = written & ~1;
            case MCAUSE -> cause = written;
            case MTVAL -> value = written;
            default -> {
                // What has no case is fixed. The top two bits of its number tell whether trying is an error.
                return number >>> 10 != 3;
            }
        }
        return true;
    }
}
