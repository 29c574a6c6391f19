package org.hostmem.example.rv64;

/** The C extension: each 2-byte instruction is a shorter way to write a 4-byte one. */
final class Compressed {

    private static final int SP = 2;
    private static final int LOAD = 0x03;
    private static final int OP_IMM = 0x13;
    private static final int OP_IMM_32 = 0x1b;
    private static final int STORE = 0x23;
    private static final int OP = 0x33;
    private static final int LUI = 0x37;
    private static final int OP_32 = 0x3b;
    private static final int BRANCH = 0x63;
    private static final int JALR = 0x67;
    private static final int JAL = 0x6f;
    private static final int EBREAK = 0x10_0073;

    private Compressed() {}

    /** {@return the 4-byte instruction that a 2-byte one stands for; 0 if it is reserved, or of floating point} */
    static int expand(int c) {
        int rd = c >>> 7 & 0x1f;
        int rs2 = c >>> 2 & 0x1f;
        int rdShort = 8 + (c >>> 2 & 7);
        int rs1Short = 8 + (c >>> 7 & 7);
        // The quadrant, then the 3 bits of funct3.
        return switch ((c & 3) << 3 | c >>> 13) {
            case 0b00_000 -> addi4spn(c, rdShort);
            case 0b00_010 -> i(LOAD, 2, rdShort, rs1Short, offset4(c));
            case 0b00_011 -> i(LOAD, 3, rdShort, rs1Short, offset8(c));
            case 0b00_110 -> s(2, rs1Short, rdShort, offset4(c));
            case 0b00_111 -> s(3, rs1Short, rdShort, offset8(c));
            case 0b01_000 -> i(OP_IMM, 0, rd, rd, immediate(c));
            case 0b01_001 -> rd == 0 ? 0 : i(OP_IMM_32, 0, rd, rd, immediate(c));
            case 0b01_010 -> i(OP_IMM, 0, rd, 0, immediate(c));
            case 0b01_011 -> rd == SP ? addi16sp(c) : immediate(c) == 0 ? 0 : immediate(c) << 12 | rd << 7 | LUI;
            case 0b01_100 -> arithmetic(c, rs1Short, rdShort);
            case 0b01_101 -> jal(c);
            case 0b01_110 -> branch(0, c, rs1Short);
            case 0b01_111 -> branch(1, c, rs1Short);
            case 0b10_000 -> i(OP_IMM, 1, rd, rd, immediate(c) & 0x3f);
            case 0b10_010 -> rd == 0 ? 0 : i(LOAD, 2, rd, SP, (c >>> 4 & 7) << 2 | bit(c, 12, 5) | (c >>> 2 & 3) << 6);
            case 0b10_011 -> rd == 0 ? 0 : i(LOAD, 3, rd, SP, (c >>> 5 & 3) << 3 | bit(c, 12, 5) | (c >>> 2 & 7) << 6);
            case 0b10_100 -> jumpOrMove(c, rd, rs2);
            case 0b10_110 -> s(2, SP, rs2, (c >>> 9 & 0xf) << 2 | (c >>> 7 & 3) << 6);
            case 0b10_111 -> s(3, SP, rs2, (c >>> 10 & 7) << 3 | (c >>> 7 & 7) << 6);
            default -> 0;
        };
    }

    private static int addi4spn(int c, int rd) {
        int amount = (c >>> 11 & 3) << 4 | (c >>> 7 & 0xf) << 6 | bit(c, 6, 2) | bit(c, 5, 3);
        return amount == 0 ? 0 : i(OP_IMM, 0, rd, SP, amount);
    }

    private static int addi16sp(int c) {
        int amount = bit(c, 12, 31) >> 22 | bit(c, 6, 4) | bit(c, 5, 6) | (c >>> 3 & 3) << 7 | bit(c, 2, 5);
        return amount == 0 ? 0 : i(OP_IMM, 0, SP, SP, amount);
    }

    private static int arithmetic(int c, int rd, int rs2) {
        return switch (c >>> 10 & 3) {
            case 0 -> i(OP_IMM, 5, rd, rd, immediate(c) & 0x3f);
            case 1 -> i(OP_IMM, 5, rd, rd, immediate(c) & 0x3f | 0x400);
            case 2 -> i(OP_IMM, 7, rd, rd, immediate(c));
            default ->
                switch ((c >>> 12 & 1) << 2 | c >>> 5 & 3) {
                    case 0 -> r(OP, 0, rd, rd, rs2) | 0x4000_0000;
                    case 1 -> r(OP, 4, rd, rd, rs2);
                    case 2 -> r(OP, 6, rd, rd, rs2);
                    case 3 -> r(OP, 7, rd, rd, rs2);
                    case 4 -> r(OP_32, 0, rd, rd, rs2) | 0x4000_0000;
                    case 5 -> r(OP_32, 0, rd, rd, rs2);
                    default -> 0;
                };
        };
    }

    private static int jumpOrMove(int c, int rd, int rs2) {
        boolean upper = (c & 0x1000) != 0;
        if (rs2 != 0) {
            return r(OP, 0, rd, upper ? rd : 0, rs2);
        }
        if (rd == 0) {
            return upper ? EBREAK : 0;
        }
        return i(JALR, 0, upper ? 1 : 0, rd, 0);
    }

    private static int jal(int c) {
        int offset = bit(c, 12, 31) >> 20
                | bit(c, 11, 4)
                | (c >>> 9 & 3) << 8
                | bit(c, 8, 10)
                | bit(c, 7, 6)
                | bit(c, 6, 7)
                | (c >>> 3 & 7) << 1
                | bit(c, 2, 5);
        return (offset >>> 20 & 1) << 31
                | (offset >>> 1 & 0x3ff) << 21
                | (offset >>> 11 & 1) << 20
                | (offset >>> 12 & 0xff) << 12
                | JAL;
    }

    private static int branch(int funct3, int c, int rs1) {
        int offset =
                bit(c, 12, 31) >> 23 | (c >>> 10 & 3) << 3 | (c >>> 5 & 3) << 6 | (c >>> 3 & 3) << 1 | bit(c, 2, 5);
        return (offset >>> 12 & 1) << 31
                | (offset >>> 5 & 0x3f) << 25
                | rs1 << 15
                | funct3 << 12
                | (offset >>> 1 & 0xf) << 8
                | (offset >>> 11 & 1) << 7
                | BRANCH;
    }

    /** The 6 bits of most immediates, sign-extended. */
    private static int immediate(int c) {
        return bit(c, 12, 31) >> 26 | c >>> 2 & 0x1f;
    }

    private static int offset4(int c) {
        return (c >>> 10 & 7) << 3 | bit(c, 6, 2) | bit(c, 5, 6);
    }

    private static int offset8(int c) {
        return (c >>> 10 & 7) << 3 | (c >>> 5 & 3) << 6;
    }

    private static int bit(int c, int from, int to) {
        return (c >>> from & 1) << to;
    }

    private static int r(int opcode, int funct3, int rd, int rs1, int rs2) {
        return rs2 << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
    }

    private static int i(int opcode, int funct3, int rd, int rs1, int immediate) {
        return immediate << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
    }

    private static int s(int funct3, int rs1, int rs2, int offset) {
        return offset >>> 5 << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | (offset & 0x1f) << 7 | STORE;
    }
}
