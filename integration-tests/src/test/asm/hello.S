# Says hello, as a driver of a 16550 does: waits until the transmitter is empty, then writes a byte.

    .include "board.inc"

    .text
    .global start
start:
    la s0, text
    li s1, UART
1:  lbu a0, 0(s0)
    beqz a0, 3f
2:  lbu a1, 5(s1)
    andi a1, a1, 0x20
    beqz a1, 2b
    sb a0, 0(s1)
    addi s0, s0, 1
    j 1b
3:  exit 0

text:
    .string "Hello from a guest\n"
