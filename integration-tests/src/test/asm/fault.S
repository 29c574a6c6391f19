# Reads a register of the BAR, asks the host (through the UART) to switch the device off, and reads and writes again. Exit code: 0, or the number of the step that failed.

    .include "board.inc"

    .text
    .global start
start:
    set_trap_handler
    li s0, BAR + 0x10
    li s1, UART
    li gp, 1
    li a0, 77
    sw a0, 0(s0)
    lw a1, 0(s0)
    bne a0, a1, fail
    li a0, '-'
    sb a0, 0(s1)               # from here on the device does not answer
    li gp, 2
    .option push
    .option norvc
    li s10, 0
    li a1, 5
    lw a1, 0(s0)
    li t0, 5                   # load access fault
    bne s10, t0, fail
    bne s11, s0, fail
    li t0, 5                   # and the register was not written
    bne a1, t0, fail
    li gp, 3
    li s10, 0
    sb a1, 3(s0)
    li t0, 7                   # store access fault
    bne s10, t0, fail
    addi t1, s0, 3
    bne s11, t1, fail
    li gp, 4
    li s10, 0
    ld a1, -8(s0)
    li t0, 5
    bne s10, t0, fail
    .option pop
    li a0, '+'
    sb a0, 0(s1)               # it answers again
    li gp, 5
    lw a1, 0(s0)
    li t0, 77
    bne a1, t0, fail
    exit 0

fail:
    exit_register gp

    trap_handler
