package org.hostmem.example.rv64;

/** One decoded instruction, and the address that it was decoded at: an entry of the hart's cache. */
final class Instruction {

    /** Where a result for x0 goes, so that no instruction has to ask. */
    static final int DISCARD = 32;

    final long pc;
    final Op op;
    final int rd;
    final int rs1;
    final int rs2;
    final long immediate;
    /** 2 or 4 bytes. */
    final int length;
    /** As fetched, for {@code mtval}. */
    final int code;

    Instruction(long pc, Op op, int expanded, int length, int code) {
        int destination = expanded >>> 7 & 0x1f;
        this.pc = pc;
        this.op = op;
        this.rd = destination == 0 ? DISCARD : destination;
        this.rs1 = expanded >>> 15 & 0x1f;
        this.rs2 = expanded >>> 20 & 0x1f;
        this.immediate = op.format.immediate(expanded);
        this.length = length;
        this.code = code;
    }
}
