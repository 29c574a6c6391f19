# Registers of the BAR, written and read at each width, as a driver does. Exit code: 0, or the number of the step that failed.

    .include "board.inc"

    .text
    .global start

    .macro expect step, reg, value
    li gp, \step
    li t2, \value
    bne \reg, t2, fail
    .endm

start:
    li s0, BAR + 0x100
    li a0, 0x8877665544332211
    sd zero, 0(s0)

# Narrow writes change no neighbour.
    sb a0, 0(s0)
    ld a1, 0(s0)
    expect 1, a1, 0x11
    sh a0, 2(s0)
    ld a1, 0(s0)
    expect 2, a1, 0x22110011
    sw a0, 4(s0)
    ld a1, 0(s0)
    expect 3, a1, 0x4433221122110011
    sb a0, 7(s0)
    ld a1, 0(s0)
    expect 4, a1, 0x1133221122110011
    sd a0, 0(s0)

# Every width at every aligned place, signed and unsigned.
    lb a1, 7(s0)
    expect 10, a1, -0x78
    lbu a1, 7(s0)
    expect 11, a1, 0x88
    lbu a1, 5(s0)
    expect 12, a1, 0x66
    lh a1, 6(s0)
    expect 13, a1, -0x7789
    lhu a1, 2(s0)
    expect 14, a1, 0x4433
    lw a1, 4(s0)
    expect 15, a1, -0x778899ab
    lwu a1, 0(s0)
    expect 16, a1, 0x44332211
    lwu a1, 4(s0)
    expect 17, a1, 0x88776655
    ld a1, 0(s0)
    expect 18, a1, 0x8877665544332211

# A read-modify-write of a register, and a doorbell after data, ordered as drivers order them.
    lwu a1, 0(s0)
    ori a1, a1, 0x80
    sw a1, 0(s0)
    fence ow, ow
    li a2, 1
    sw a2, 8(s0)
    fence i, ir
    lwu a1, 8(s0)
    expect 20, a1, 1
    lwu a1, 0(s0)
    expect 21, a1, 0x44332291

# All ones is a value like any other.
    li a0, -1
    sd a0, 16(s0)
    ld a1, 16(s0)
    expect 30, a1, -1
    lwu a1, 16(s0)
    expect 31, a1, 0xffffffff
    lbu a1, 23(s0)
    expect 32, a1, 0xff
    exit 0

fail:
    exit_register gp
