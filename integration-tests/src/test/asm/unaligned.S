# Loads and stores of 2, 4 and 8 bytes at every offset of a buffer in RAM, then in the BAR. Whether one is carried out or trapped is for the host to judge, so each
# is written down at RESULTS: loaded value (all ones if it trapped), mcause and mtval of the load; both words of the buffer after the store, mcause and mtval of the store.

    .include "board.inc"

    .equ RAM_BUFFER, 0x80010000
    .equ BAR_BUFFER, BAR + 0x200
    .equ RESULTS,    0x80020000

    .text
    .global start

    .macro pattern
    li t0, 0x8786858483828180
    sd t0, 0(s0)
    li t0, 0x8f8e8d8c8b8a8988
    sd t0, 8(s0)
    .endm

    .macro one load, store, offset
    pattern
    li a0, -1
    li s10, 0
    li s11, 0
    \load a0, \offset(s0)
    sd a0, 0(s1)
    sd s10, 8(s1)
    sd s11, 16(s1)
    li s10, 0
    li s11, 0
    \store s2, \offset(s0)
    ld a0, 0(s0)
    sd a0, 24(s1)
    ld a0, 8(s0)
    sd a0, 32(s1)
    sd s10, 40(s1)
    sd s11, 48(s1)
    addi s1, s1, 56
    .endm

start:
    set_trap_handler
    li s1, RESULTS
    li s2, 0x1716151413121110
    li s0, RAM_BUFFER
    jal all
    li s0, BAR_BUFFER
    jal all
    exit 0

    .option norvc
all:
    .irp offset, 0, 1, 2, 3, 4, 5, 6, 7, 8
    one lhu, sh, \offset
    .endr
    .irp offset, 0, 1, 2, 3, 4, 5, 6, 7, 8
    one lwu, sw, \offset
    .endr
    .irp offset, 0, 1, 2, 3, 4, 5, 6, 7, 8
    one ld, sd, \offset
    .endr
    ret

    trap_handler
