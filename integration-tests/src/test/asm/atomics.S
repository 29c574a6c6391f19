# A lock and counters for two harts: a0 is 0 or 1. Each adds 20,000 in three ways: under a spin lock, by LR/SC, by AMO; then they meet, and hart 0 checks and ends the machine.
# At the end: an atomic on the BAR must be refused. Exit code: 0, or the number of the step that failed.

    .include "board.inc"

    .equ TURNS, 20000

    .text
    .global start
start:
    set_trap_handler
    mv s0, a0
    la s1, lock
    la s2, counters
    li s3, TURNS
again:
    li t0, 1
1:  amoswap.w.aq t1, t0, (s1)
    bnez t1, 1b
    ld t2, 0(s2)
    addi t2, t2, 1
    sd t2, 0(s2)
    amoswap.w.rl zero, zero, (s1)

    addi s4, s2, 8
2:  lr.d.aq t0, (s4)
    addi t0, t0, 1
    sc.d.rl t1, t0, (s4)
    bnez t1, 2b

    addi s4, s2, 16
    li t0, 1
    amoadd.d zero, t0, (s4)
    addi s4, s2, 24
    amoadd.w zero, t0, (s4)
    addi s3, s3, -1
    bnez s3, again

    la s4, arrived
    li t0, 1
    amoadd.w.aqrl zero, t0, (s4)
    bnez s0, forever
    li t1, 2
1:  lw t0, 0(s4)
    bne t0, t1, 1b
    fence

    li s5, 2 * TURNS
    li gp, 1
    ld t0, 0(s2)
    bne t0, s5, fail
    li gp, 2
    ld t0, 8(s2)
    bne t0, s5, fail
    li gp, 3
    ld t0, 16(s2)
    bne t0, s5, fail
    li gp, 4
    ld t0, 24(s2)
    bne t0, s5, fail

    li gp, 5                   # store access fault, and nothing was touched
    li a0, BAR + 0x300
    li t0, 5
    sd t0, 0(a0)
    li s10, 0
    amoadd.d a1, t0, (a0)
    li t1, 7
    bne s10, t1, fail
    bne s11, a0, fail
    ld t1, 0(a0)
    bne t1, t0, fail
    li gp, 6                   # load access fault
    li s10, 0
    lr.w a1, (a0)
    li t1, 5
    bne s10, t1, fail
    bne s11, a0, fail
    exit 0

forever:
    j forever

fail:
    exit_register gp

    trap_handler

    .data
    .balign 64
lock:
    .word 0
    .balign 64
counters:
    .dword 0, 0, 0, 0
    .balign 64
arrived:
    .word 0
