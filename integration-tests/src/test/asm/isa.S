# Every instruction that the core implements, against results worked out by hand. Exit code: 0, or the number of the test that failed.

    .include "board.inc"

    .text
    .global start

# Test number in gp. The result is in a0.
    .macro expect value
    li t2, \value
    bne a0, t2, fail
    .endm

    .macro test number
    li gp, \number
    .endm

# op rd, rs1, rs2, with rd apart from both, then the same as either.
    .macro rr number, op, first, second, value
    test \number
    li a1, \first
    li a2, \second
    \op a0, a1, a2
    expect \value
    mv a0, a1
    \op a0, a0, a2
    expect \value
    mv a0, a2
    \op a0, a1, a0
    expect \value
    .endm

    .macro ri number, op, first, immediate, value
    test \number
    li a1, \first
    \op a0, a1, \immediate
    expect \value
    mv a0, a1
    \op a0, a0, \immediate
    expect \value
    .endm

# Branch taken and not taken, forwards and backwards.
    .macro taken number, op, first, second
    test \number
    li a1, \first
    li a2, \second
    \op a1, a2, 2f
    j fail
1:  j 3f
2:  \op a1, a2, 1b
    j fail
3:
    .endm

    .macro untaken number, op, first, second
    test \number
    li a1, \first
    li a2, \second
    \op a1, a2, fail_near
    .endm

    .macro trapped number, cause, value
    test \number
    li t2, \cause
    bne s10, t2, fail
    li t2, \value
    bne s11, t2, fail
    li s10, -1
    li s11, -1
    .endm

    .macro amo number, op, width, before, operand, after
    test \number
    la a1, scratch
    li a2, \before
    s\width a2, 0(a1)
    li a2, \operand
    \op a0, a2, (a1)
    expect \before
    l\width a0, 0(a1)
    expect \after
    .endm

start:
    set_trap_handler
    li s10, -1
    li s11, -1
    .option push
    .option norvc

# ---- RV64I: immediates
    ri 1, addi, 5, -7, -2
    ri 2, addi, 0x7fffffffffffffff, 1, 0x8000000000000000
    ri 3, slti, -1, 0, 1
    ri 4, slti, 0, -1, 0
    ri 5, sltiu, 0, -1, 1
    ri 6, sltiu, -1, 1, 0
    ri 7, xori, 0x0ff0, -1, -0x0ff1
    ri 8, ori, 0x0f0, 0x70f, 0x7ff
    ri 9, andi, -1, -0x800, -0x800
    ri 10, slli, 1, 63, 0x8000000000000000
    ri 11, slli, 3, 0, 3
    ri 12, srli, -1, 63, 1
    ri 13, srai, 0x8000000000000000, 63, -1
    ri 14, srai, 0x4000000000000000, 62, 1
    ri 15, addiw, 0x7fffffff, 1, -0x80000000
    ri 16, addiw, 0xffffffff00000001, 1, 2
    ri 17, slliw, 1, 31, -0x80000000
    ri 18, srliw, -1, 1, 0x7fffffff
    ri 19, srliw, 0xffffffff80000000, 0, -0x80000000
    ri 20, sraiw, 0x80000000, 4, -0x08000000

# ---- RV64I: registers
    rr 30, add, 0x7fffffffffffffff, 2, 0x8000000000000001
    rr 31, sub, 3, 5, -2
    rr 32, sll, 1, 65, 2
    rr 33, slt, -5, 5, 1
    rr 34, sltu, -5, 5, 0
    rr 35, sltu, 5, -5, 1
    rr 36, xor, 0xff00ff00, 0x0ff00ff0, 0xf0f0f0f0
    rr 37, srl, 0x8000000000000000, 127, 1
    rr 38, sra, 0x8000000000000000, 60, -8
    rr 39, or, 0xf000, 0x000f, 0xf00f
    rr 40, and, 0xff00, 0x0ff0, 0x0f00
    rr 41, addw, 0x7fffffff, 0x7fffffff, -2
    rr 42, subw, 0, 0x80000000, -0x80000000
    rr 43, sllw, 1, 35, 8
    rr 44, srlw, 0xffffffffffffffff, 60, 0xf
    rr 45, sraw, 0x80000000, 63, -1
    rr 46, slt, 5, -5, 0

# ---- RV64I: upper immediates and jumps
    test 50
    lui a0, 0x80000
    expect -0x80000000
    lui a0, 0x12345
    expect 0x12345000
    test 51
1:  auipc a0, 0x1
    la a1, 1b
    sub a0, a0, a1
    expect 0x1000
    test 52
    la a1, 1f
    jal a0, 2f
1:  j 3f
2:  bne a0, a1, fail
    jr a0
3:  test 53
    la a1, 1f + 5          # JALR clears bit 0
    jalr a0, -4(a1)
    j fail
1:  la a2, 1b - 4
    bne a0, a2, fail
    test 54
    la a1, 1f
    jalr a1, 0(a1)         # the same register
    j fail
1:  la a2, 1b - 4
    bne a1, a2, fail
    test 55
    li a0, 7
    addi zero, a0, 1       # x0 stays 0
    mv a0, zero
    expect 0
    j 1f
fail_near:
    j fail
1:
    taken 60, beq, -1, -1
    untaken 61, beq, 1, 2
    taken 62, bne, 1, 2
    untaken 63, bne, 1, 1
    taken 64, blt, -1, 1
    untaken 65, blt, 1, 1
    taken 66, bge, 1, -1
    taken 67, bge, 1, 1
    untaken 68, bge, -1, 1
    taken 69, bltu, 1, -1
    untaken 70, bltu, -1, 1
    taken 71, bgeu, -1, 1
    taken 72, bgeu, 1, 1
    untaken 73, bgeu, 1, -1

# ---- RV64I: memory
    test 80
    la a1, data
    lb a0, 0(a1)
    expect -0x78
    lbu a0, 0(a1)
    expect 0x88
    lh a0, 0(a1)
    expect -0x6678
    lhu a0, 0(a1)
    expect 0x9988
    test 81
    lw a0, 0(a1)
    expect -0x44556678
    lwu a0, 0(a1)
    expect 0xbbaa9988
    ld a0, 0(a1)
    expect 0xffeeddccbbaa9988
    addi a1, a1, 8
    test 82
    lb a0, -1(a1)
    expect -1
    ld a0, -8(a1)
    expect 0xffeeddccbbaa9988
    lw a1, -4(a1)          # into the address register
    mv a0, a1
    expect -0x00112234
    test 83
    la a1, scratch
    li a2, -1
    sd a2, 0(a1)
    sb zero, 1(a1)
    ld a0, 0(a1)
    expect 0xffffffffffff00ff
    sd a2, 0(a1)
    sh zero, 2(a1)
    ld a0, 0(a1)
    expect 0xffffffff0000ffff
    sd a2, 0(a1)
    sw zero, 4(a1)
    ld a0, 0(a1)
    expect 0x00000000ffffffff
    addi a3, a1, 8
    sd zero, -8(a3)
    ld a0, 0(a1)
    expect 0
    fence
    fence rw, w

# ---- M
    rr 100, mul, 0x123456789, 0x987654321, 0xd77d742cce1833a9
    rr 101, mul, -3, 7, -21
    rr 102, mulh, -1, -1, 0
    rr 103, mulh, 0x8000000000000000, 0x8000000000000000, 0x4000000000000000
    rr 104, mulh, -1, 1, -1
    rr 105, mulhu, -1, -1, -2
    rr 106, mulhsu, -1, -1, -1
    rr 107, mulhsu, 1, -1, 0
    rr 108, mulhsu, 0x8000000000000000, 2, -1
    rr 109, mulhsu, 2, 0x8000000000000000, 1
    rr 110, div, -7, 2, -3
    rr 111, div, 7, 0, -1
    rr 112, div, 0x8000000000000000, -1, 0x8000000000000000
    rr 113, divu, -1, 2, 0x7fffffffffffffff
    rr 114, divu, 5, 0, -1
    rr 115, rem, -7, 2, -1
    rr 116, rem, -7, 0, -7
    rr 117, rem, 0x8000000000000000, -1, 0
    rr 118, remu, -1, 10, 5
    rr 119, remu, 9, 0, 9
    rr 120, mulw, 0x10000, 0x8000, -0x80000000
    rr 121, divw, 0x80000000, -1, -0x80000000
    rr 122, divw, 0x1fffffff8, 3, -2
    rr 123, divw, 8, 0x100000000, -1
    rr 124, divuw, 0xffffffff, 1, -1
    rr 125, divuw, 0xfffffffe, 2, 0x7fffffff
    rr 126, divuw, 1, 0, -1
    rr 127, remw, -7, 4, -3
    rr 128, remw, 0x80000000, 0, -0x80000000
    rr 129, remw, 0x80000000, -1, 0
    rr 130, remuw, 0xffffffff, 16, 15
    rr 131, remuw, 0x80000001, 0, -0x7fffffff

# ---- A
    amo 150, amoswap.w, w, -1, 5, 5
    amo 151, amoadd.w, w, 0x7fffffff, 1, -0x80000000
    amo 152, amoxor.w, w, 0x0f, 0xff, 0xf0
    amo 153, amoand.w, w, 0x0f, 0x3c, 0x0c
    amo 154, amoor.w, w, 0x0f, 0xf0, 0xff
    amo 155, amomin.w, w, -1, 1, -1
    amo 156, amomax.w, w, -1, 1, 1
    amo 157, amominu.w, w, -1, 1, 1
    amo 158, amomaxu.w, w, -1, 1, -1
    amo 160, amoswap.d, d, -1, 0x123456789abcdef0, 0x123456789abcdef0
    amo 161, amoadd.d, d, 0x7fffffffffffffff, 1, 0x8000000000000000
    amo 162, amoxor.d, d, 0x0f, 0xff, 0xf0
    amo 163, amoand.d, d, -1, 0x3c, 0x3c
    amo 164, amoor.d, d, 1, 0x8000000000000000, 0x8000000000000001
    amo 165, amomin.d, d, -1, 1, -1
    amo 166, amomax.d, d, -1, 1, 1
    amo 167, amominu.d.aq, d, -1, 1, 1
    amo 168, amomaxu.d.aqrl, d, -1, 1, -1
    test 170               # a 4-byte AMO looks at 4 bytes only
    la a1, scratch
    li a2, 0x11111111ffffffff
    sd a2, 0(a1)
    li a2, 0x7fffffff00000002
    amoadd.w a0, a2, (a1)
    expect -1
    ld a0, 0(a1)
    expect 0x1111111100000001
    test 171
    li a2, 40
    sd a2, 0(a1)
    lr.w a0, (a1)
    expect 40
    addi a2, a0, 2
    sc.w a0, a2, (a1)
    expect 0
    lw a0, 0(a1)
    expect 42
    test 172               # no reservation any more
    sc.w a0, zero, (a1)
    expect 1
    lw a0, 0(a1)
    expect 42
    test 173
    li a2, 0x8000000000000000
    sd a2, 0(a1)
    lr.d.aq a0, (a1)
    expect 0x8000000000000000
    sc.d.rl a0, zero, (a1)
    expect 0
    ld a0, 0(a1)
    expect 0
    test 174               # somebody else was faster
    li a2, 9
    lr.d a0, (a1)
    sd a2, 0(a1)
    sc.d a0, zero, (a1)
    expect 1
    test 175               # another address
    lr.d a0, (a1)
    addi a2, a1, 8
    sc.d a0, zero, (a2)
    expect 1
    test 176
    li a2, -2
    sw a2, 0(a1)
    lr.w a0, (a1)
    expect -2
    sc.w a0, zero, (a1)
    expect 0

# ---- Zicsr
    test 200
    li a1, 0x1234
    csrw mscratch, a1
    csrrw a0, mscratch, zero
    expect 0x1234
    csrr a0, mscratch
    expect 0
    test 201
    li a1, 0xf0
    csrrs a0, mscratch, a1
    expect 0
    csrrsi a0, mscratch, 0x1f
    expect 0xf0
    csrrci a0, mscratch, 0x0f
    expect 0xff
    csrrc a0, mscratch, a1
    expect 0xf0
    csrrwi a0, mscratch, 3
    expect 0
    csrr a0, mscratch
    expect 3
    test 202
    csrr a0, mhartid
    expect 0
    csrr a0, misa
    expect 0x8000000000001105
    test 203
    csrr a1, minstret
    nop
    csrr a2, instret
    sub a0, a2, a1
    expect 2
    test 204
    csrr a0, mstatus
    expect 0x1800

# ---- traps
    ecall
    trapped 220, 11, 0
1:  ebreak
    test 221
    la a0, 1b
    bne a0, s11, fail
    li s11, 0
    trapped 221, 3, 0
    .word 0x0000707f
    trapped 222, 2, 0x707f
    csrr a0, 0x123
    trapped 223, 2, 0x12302573
    csrw mhartid, a0       # read-only
    trapped 224, 2, 0xf1451073
    csrrs a0, mhartid, zero
    expect 0
    trapped 225, -1, -1    # and reading it with csrrs is no write
    li a1, 0x10000ff0
    lw a0, 0(a1)
    trapped 226, 5, 0x10000ff0
    sd a0, 0(a1)
    trapped 227, 7, 0x10000ff0
    amoadd.w a0, a0, (a1)
    trapped 228, 7, 0x10000ff0
    lr.d a0, (a1)
    trapped 229, 5, 0x10000ff0
    la a1, scratch + 4
    amoadd.d a0, a0, (a1)
    test 230
    bne s11, a1, fail
    li s11, 0
    trapped 230, 6, 0
    lr.d a0, (a1)
    li s11, 0
    trapped 231, 4, 0
    la t0, 1f              # a jump into nowhere: the handler cannot step over that
    csrw mtvec, t0
    li a1, 0x10000ff0
    jr a1
    j fail
    .option rvc            # else the assembler does not align
    .balign 4
    .option norvc
1:  set_trap_handler
    csrr s10, mcause
    csrr s11, mtval
    trapped 232, 1, 0x10000ff0
    test 233               # a trap saves and mret restores the interrupt enable
    csrsi mstatus, 8
    ecall
    csrr a0, mstatus
    expect 0x1888
    csrci mstatus, 8
    ecall
    csrr a0, mstatus
    expect 0x1880
    wfi
    .option pop

# ---- C: written out, so that the assembler has no choice
    test 300
    li a0, 5
    c.addi a0, -6
    expect -1
    c.nop
    c.addiw a0, 1
    expect 0
    li a0, 0x7fffffff
    c.addiw a0, 1
    expect -0x80000000
    test 301
    c.li a0, -32
    expect -32
    c.li a0, 31
    expect 31
    c.lui a0, 0x1f
    expect 0x1f000
    c.lui a0, 0xfffe0
    expect -0x20000
    test 302
    mv s2, sp
    li sp, 0x1000
    c.addi16sp sp, 496
    mv a0, sp
    expect 0x11f0
    c.addi16sp sp, -512
    mv a0, sp
    expect 0xff0
    c.addi4spn a0, sp, 1020
    expect 0x13ec
    c.addi4spn a0, sp, 4
    expect 0xff4
    test 303
    li a0, -1
    c.srli a0, 63
    expect 1
    li a0, 0x8000000000000000
    c.srai a0, 62
    expect -2
    li a0, 0x7f
    c.andi a0, -16
    expect 0x70
    c.slli a0, 40
    expect 0x700000000000
    test 304
    li a0, 12
    li a1, 10
    c.sub a0, a1
    expect 2
    c.xor a0, a1
    expect 8
    c.or a0, a1
    expect 10
    li a1, 6
    c.and a0, a1
    expect 2
    test 305
    li a0, 0x7fffffff
    li a1, 1
    c.addw a0, a1
    expect -0x80000000
    c.subw a0, a1
    expect 0x7fffffff
    c.mv a0, a1
    expect 1
    c.add a0, a1
    expect 2
    test 306
    la a1, data
    c.lw a0, 0(a1)
    expect -0x44556678
    c.ld a0, 0(a1)
    expect 0xffeeddccbbaa9988
    c.lw a0, 124(a1)
    expect 0x1f1f1f1f
    c.ld a0, 248(a1)
    expect 0x3f3f3f3f3e3e3e3e
    c.lw a0, 64(a1)
    expect 0x10101010
    test 307
    la a1, scratch
    li a0, 0x1122334455667788
    c.sd a0, 0(a1)
    c.sw a1, 4(a1)
    lwu a0, 0(a1)
    expect 0x55667788
    lw a0, 4(a1)
    sext.w a2, a1
    bne a0, a2, fail
    c.sd a1, 248(a1)
    ld a0, 248(a1)
    bne a0, a1, fail
    c.sw a1, 124(a1)
    lw a0, 124(a1)
    bne a0, a2, fail
    test 308
    la sp, data
    c.lwsp a0, 124(sp)
    expect 0x1f1f1f1f
    c.ldsp a0, 248(sp)
    expect 0x3f3f3f3f3e3e3e3e
    c.lwsp a0, 252(sp)
    expect 0x3f3f3f3f
    c.ldsp a0, 504(sp)
    expect 0x7f7f7f7f7e7e7e7e
    test 309
    la sp, scratch
    li a0, 0x1234567890abcdef
    c.sdsp a0, 504(sp)
    c.swsp a0, 252(sp)
    ld a1, 504(sp)
    bne a0, a1, fail
    lw a1, 252(sp)
    sext.w a2, a0
    bne a1, a2, fail
    mv sp, s2
    test 310
    c.j 2f
1:  c.j 3f
    j fail
2:  c.j 1b
3:  li a1, 0
    c.beqz a1, 2f
1:  j 3f
2:  c.beqz a1, 1b
    j fail
3:  test 311
    li a1, 1
    c.beqz a1, fail_near2
    c.bnez a1, 2f
1:  j 3f
2:  c.bnez a1, 1b
    j fail
fail_near2:
    j fail
3:  test 312
    li a1, 0
    c.bnez a1, fail_near2
    la a1, 1f
    c.jr a1
    j fail
1:  test 313
    la a1, 1f
    c.jalr a1
2:  j fail
1:  la a2, 2b
    bne ra, a2, fail
1:  c.ebreak
    la a0, 1b
    test 314
    bne a0, s11, fail
    li s11, 0
    trapped 314, 3, 0
    .half 0                # the one that is illegal for ever
    trapped 315, 2, 0
    .half 0x2000           # c.fld: no floating point here
    trapped 316, 2, 0x2000
    .half 0x8002           # c.jr zero
    trapped 317, 2, 0x8002
    test 318               # the longest jumps and branches
    c.j far
back:
    li a1, 0
    c.beqz a1, near
    j fail
near_back:
    j rewritten

    .balign 4
    .space 200
near:
    c.beqz a1, near_back
    j fail
    .space 1700
far:
    c.j back

# ---- Zifencei: code that is written is seen after fence.i
rewritten:
    test 330
    .option push
    .option norvc
    la a1, 1f
    li a2, 2
again:
1:  li a0, 1
    .option pop
    c.addi a2, -1
    beqz a2, 2f
    expect 1
    la a3, replacement
    lw a3, 0(a3)
    sw a3, 0(a1)
    fence.i
    j again
2:  expect 2
    exit 0

    .option push
    .option norvc
replacement:
    li a0, 2
    .option pop

fail:
    exit_register gp

    trap_handler

    .data
    .balign 8
data:
    .byte 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff
    .set i, 2
    .rept 126
    .byte i, i, i, i
    .set i, i + 1
    .endr
    .balign 8
scratch:
    .space 1024
