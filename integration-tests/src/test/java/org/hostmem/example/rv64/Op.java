package org.hostmem.example.rv64;

import static org.hostmem.example.rv64.Op.Format.AMO;
import static org.hostmem.example.rv64.Op.Format.B;
import static org.hostmem.example.rv64.Op.Format.CSR;
import static org.hostmem.example.rv64.Op.Format.I;
import static org.hostmem.example.rv64.Op.Format.J;
import static org.hostmem.example.rv64.Op.Format.NONE;
import static org.hostmem.example.rv64.Op.Format.R;
import static org.hostmem.example.rv64.Op.Format.S;
import static org.hostmem.example.rv64.Op.Format.U;

/**
 * Every instruction of RV64IMA, Zicsr and Zifencei: the bits that tell it, and the format of the rest. The C extension
 * is expanded into these by {@link Compressed}.
 */
enum Op {
    LUI(U, 0x37, 0x7f),
    AUIPC(U, 0x17, 0x7f),
    JAL(J, 0x6f, 0x7f),
    JALR(I, 0x67, 0x707f),
    BEQ(B, 0x0063, 0x707f),
    BNE(B, 0x1063, 0x707f),
    BLT(B, 0x4063, 0x707f),
    BGE(B, 0x5063, 0x707f),
    BLTU(B, 0x6063, 0x707f),
    BGEU(B, 0x7063, 0x707f),
    LB(I, 0x0003, 0x707f),
    LH(I, 0x1003, 0x707f),
    LW(I, 0x2003, 0x707f),
    LD(I, 0x3003, 0x707f),
    LBU(I, 0x4003, 0x707f),
    LHU(I, 0x5003, 0x707f),
    LWU(I, 0x6003, 0x707f),
    SB(S, 0x0023, 0x707f),
    SH(S, 0x1023, 0x707f),
    SW(S, 0x2023, 0x707f),
    SD(S, 0x3023, 0x707f),
    ADDI(I, 0x0013, 0x707f),
    SLTI(I, 0x2013, 0x707f),
    SLTIU(I, 0x3013, 0x707f),
    XORI(I, 0x4013, 0x707f),
    ORI(I, 0x6013, 0x707f),
    ANDI(I, 0x7013, 0x707f),
    // The immediate of a shift is its low bits: a register shift masks its operand in the same way.
    SLLI(I, 0x1013, 0xfc00707f),
    SRLI(I, 0x5013, 0xfc00707f),
    SRAI(I, 0x4000_5013, 0xfc00707f),
    ADDIW(I, 0x001b, 0x707f),
    SLLIW(I, 0x101b, 0xfe00707f),
    SRLIW(I, 0x501b, 0xfe00707f),
    SRAIW(I, 0x4000_501b, 0xfe00707f),
    ADD(R, 0x0033, 0xfe00707f),
    SUB(R, 0x4000_0033, 0xfe00707f),
    SLL(R, 0x1033, 0xfe00707f),
    SLT(R, 0x2033, 0xfe00707f),
    SLTU(R, 0x3033, 0xfe00707f),
    XOR(R, 0x4033, 0xfe00707f),
    SRL(R, 0x5033, 0xfe00707f),
    SRA(R, 0x4000_5033, 0xfe00707f),
    OR(R, 0x6033, 0xfe00707f),
    AND(R, 0x7033, 0xfe00707f),
    ADDW(R, 0x003b, 0xfe00707f),
    SUBW(R, 0x4000_003b, 0xfe00707f),
    SLLW(R, 0x103b, 0xfe00707f),
    SRLW(R, 0x503b, 0xfe00707f),
    SRAW(R, 0x4000_503b, 0xfe00707f),
    MUL(R, 0x200_0033, 0xfe00707f),
    MULH(R, 0x200_1033, 0xfe00707f),
    MULHSU(R, 0x200_2033, 0xfe00707f),
    MULHU(R, 0x200_3033, 0xfe00707f),
    DIV(R, 0x200_4033, 0xfe00707f),
    DIVU(R, 0x200_5033, 0xfe00707f),
    REM(R, 0x200_6033, 0xfe00707f),
    REMU(R, 0x200_7033, 0xfe00707f),
    MULW(R, 0x200_003b, 0xfe00707f),
    DIVW(R, 0x200_403b, 0xfe00707f),
    DIVUW(R, 0x200_503b, 0xfe00707f),
    REMW(R, 0x200_603b, 0xfe00707f),
    REMUW(R, 0x200_703b, 0xfe00707f),
    // aq and rl are ignored: every atomic of this core is both.
    LR_W(AMO, 0x1000_202f, 0xf9f0707f),
    SC_W(AMO, 0x1800_202f, 0xf800707f),
    LR_D(AMO, 0x1000_302f, 0xf9f0707f),
    SC_D(AMO, 0x1800_302f, 0xf800707f),
    AMOSWAP_W(AMO, 0x0800_202f, 0xf800707f),
    AMOADD_W(AMO, 0x0000_202f, 0xf800707f),
    AMOXOR_W(AMO, 0x2000_202f, 0xf800707f),
    AMOAND_W(AMO, 0x6000_202f, 0xf800707f),
    AMOOR_W(AMO, 0x4000_202f, 0xf800707f),
    AMOMIN_W(AMO, 0x8000_202f, 0xf800707f),
    AMOMAX_W(AMO, 0xa000_202f, 0xf800707f),
    AMOMINU_W(AMO, 0xc000_202f, 0xf800707f),
    AMOMAXU_W(AMO, 0xe000_202f, 0xf800707f),
    AMOSWAP_D(AMO, 0x0800_302f, 0xf800707f),
    AMOADD_D(AMO, 0x0000_302f, 0xf800707f),
    AMOXOR_D(AMO, 0x2000_302f, 0xf800707f),
    AMOAND_D(AMO, 0x6000_302f, 0xf800707f),
    AMOOR_D(AMO, 0x4000_302f, 0xf800707f),
    AMOMIN_D(AMO, 0x8000_302f, 0xf800707f),
    AMOMAX_D(AMO, 0xa000_302f, 0xf800707f),
    AMOMINU_D(AMO, 0xc000_302f, 0xf800707f),
    AMOMAXU_D(AMO, 0xe000_302f, 0xf800707f),
    FENCE(NONE, 0x000f, 0x707f),
    FENCE_I(NONE, 0x100f, 0x707f),
    CSRRW(CSR, 0x1073, 0x707f),
    CSRRS(CSR, 0x2073, 0x707f),
    CSRRC(CSR, 0x3073, 0x707f),
    CSRRWI(CSR, 0x5073, 0x707f),
    CSRRSI(CSR, 0x6073, 0x707f),
    CSRRCI(CSR, 0x7073, 0x707f),
    ECALL(NONE, 0x73, -1),
    EBREAK(NONE, 0x10_0073, -1),
    MRET(NONE, 0x3020_0073, -1),
    WFI(NONE, 0x1050_0073, -1),
    ILLEGAL(NONE, 0, -1);

    /** Where operands lie. */
    enum Format {
        R,
        I,
        S,
        B,
        U,
        J,
        /** As R; without an immediate. */
        AMO,
        /** The immediate is the number of the CSR, rs1 a register or 5 bits. */
        CSR,
        NONE;

        long immediate(int code) {
            return switch (this) {
                case I -> code >> 20;
                case S -> code >> 25 << 5 | code >>> 7 & 0x1f;
                case B ->
                    code >> 31 << 12 | (code >>> 7 & 1) << 11 | (code >>> 25 & 0x3f) << 5 | (code >>> 8 & 0xf) << 1;
                case U -> code & 0xffff_f000;
                case J -> code >> 31 << 20 | code & 0xff000 | (code >>> 20 & 1) << 11 | (code >>> 21 & 0x3ff) << 1;
                case CSR -> code >>> 20;
                case R, AMO, NONE -> 0;
            };
        }
    }

    final Format format;
    final int match;
    final int mask;

    Op(Format format, int match, int mask) {
        this.format = format;
        this.match = match;
        this.mask = mask;
    }
}
