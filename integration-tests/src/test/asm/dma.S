# Drives the copy device: odd sizes and alignments between RAM and the BAR, chains, a queue that lies in the BAR, an overlap, and a buffer that is not there.
# Exit code: 0, or the number of the step that failed.

    .include "board.inc"

    .equ QUEUE, 8              # descriptors
    .equ NEXT, 1
    .equ WRITE, 2

    .text
    .global start

# Fill s5 bytes at s4 with a pattern that depends on the offset and s6.
fill:
    mv t0, s4
    add t1, s4, s5
    mv t2, s6
1:  bgeu t0, t1, 2f
    sb t2, 0(t0)
    addi t2, t2, 13
    addi t0, t0, 1
    j 1b
2:  ret

# Compare a2 bytes at a0 and a1. a0 = 0 if they are equal.
compare:
    add a2, a0, a2
1:  bgeu a0, a2, 2f
    lbu t0, 0(a0)
    lbu t1, 0(a1)
    addi a0, a0, 1
    addi a1, a1, 1
    beq t0, t1, 1b
    li a0, 1
    ret
2:  li a0, 0
    ret

# Set descriptor a0 of the table at s0 to: address a1, length a2, flags a3, next a4.
descriptor:
    slli t0, a0, 4
    add t0, t0, s0
    sd a1, 0(t0)
    sw a2, 8(t0)
    sh a3, 12(t0)
    sh a4, 14(t0)
    ret

# Make the chain that begins at descriptor 0 available, start the device, and check what it says: a1 bytes were written.
submit:
    lhu t0, 2(s1)
    andi t1, t0, QUEUE - 1
    slli t1, t1, 1
    add t1, t1, s1
    sh zero, 4(t1)
    fence w, w
    addi t2, t0, 1
    sh t2, 2(s1)
    fence w, o
    li t3, COPY
    sw zero, 0x28(t3)
    fence i, r
    lhu t4, 2(s2)
    slli t2, t2, 48
    srli t2, t2, 48
    bne t4, t2, fail
    andi t0, t0, QUEUE - 1
    slli t0, t0, 3
    add t0, t0, s2
    lwu t1, 4(t0)
    bne t1, zero, fail         # head
    lwu t1, 8(t0)
    bne t1, a1, fail           # length
    ret

# One copy of s7 bytes from s8 to s9.
copy_one:
    mv s11, ra
    li a0, 0
    mv a1, s8
    mv a2, s7
    li a3, NEXT
    li a4, 1
    jal descriptor
    li a0, 1
    mv a1, s9
    mv a2, s7
    li a3, WRITE
    li a4, 0
    jal descriptor
    mv a1, s7
    jal submit
    mv ra, s11
    ret

# Tell the device where the queue is: s0, s1, s2.
queue:
    li t0, COPY
    li t1, QUEUE
    sw t1, 0x08(t0)
    sd s0, 0x10(t0)
    sd s1, 0x18(t0)
    sd s2, 0x20(t0)
    ret

start:
    li gp, 1
    li t0, COPY
    lwu t1, 0(t0)
    li t2, 0x74726976
    bne t1, t2, fail
    la s0, table
    la s1, available
    la s2, used
    jal queue

# ---- every size at every pair of alignments: RAM to BAR, then back to another place in RAM, with guards around both
    li gp, 2
    la s3, sizes
next_size:
    lhu s7, 0(s3)
    beqz s7, sizes_done
    li s6, 0                   # alignment of the source
next_source:
    li a7, 0                   # alignment of the destination
next_target:
    la s4, source
    add s4, s4, s6
    mv s5, s7
    jal fill
    la s8, source
    add s8, s8, s6
    li s9, BAR + 0x1000
    add s9, s9, a7
    li t0, 0xa5
    sb t0, -1(s9)
    add t1, s9, s7
    sb t0, 0(t1)
    jal copy_one
    mv a0, s8
    mv a1, s9
    mv a2, s7
    jal compare
    bnez a0, fail
    lbu t0, -1(s9)
    add t1, s9, s7
    lbu t1, 0(t1)
    bne t0, t1, fail
    li t1, 0xa5
    bne t0, t1, fail
    mv s8, s9
    la s9, target
    add s9, s9, s6
    sb t0, -1(s9)
    add t1, s9, s7
    sb t0, 0(t1)
    jal copy_one
    mv a0, s8
    mv a1, s9
    mv a2, s7
    jal compare
    bnez a0, fail
    lbu t0, -1(s9)
    add t1, s9, s7
    lbu t1, 0(t1)
    bne t0, t1, fail
    li t1, 0xa5
    bne t0, t1, fail
    addi a7, a7, 1
    li t0, 8
    blt a7, t0, next_target
    addi s6, s6, 1
    li t0, 4
    blt s6, t0, next_source
    addi s3, s3, 2
    j next_size
sizes_done:

# ---- a chain: 3 sources, in RAM and in the BAR, to 2 destinations, in the BAR and in RAM
    li gp, 3
    la s4, source
    li s5, 1000
    li s6, 77
    jal fill
    li s4, BAR + 0x2001
    li s5, 333
    li s6, 99
    jal fill
    li a0, 0
    la a1, source + 3
    li a2, 101
    li a3, NEXT
    li a4, 2
    jal descriptor
    li a0, 2
    li a1, BAR + 0x2001
    li a2, 333
    li a3, NEXT
    li a4, 1
    jal descriptor
    li a0, 1
    la a1, source + 500
    li a2, 7
    li a3, NEXT
    li a4, 5
    jal descriptor
    li a0, 5
    li a1, BAR + 0x3003
    li a2, 200
    li a3, NEXT + WRITE
    li a4, 4
    jal descriptor
    li a0, 4
    la a1, target + 5
    li a2, 241
    li a3, WRITE
    li a4, 0
    jal descriptor
    li a1, 441
    jal submit
    la a0, source + 3
    li a1, BAR + 0x3003
    li a2, 101
    jal compare
    bnez a0, fail
    li a0, BAR + 0x2001
    li a1, BAR + 0x3003 + 101
    li a2, 99
    jal compare
    bnez a0, fail
    li a0, BAR + 0x2001 + 99
    la a1, target + 5
    li a2, 234
    jal compare
    bnez a0, fail
    la a0, source + 500
    la a1, target + 5 + 234
    li a2, 7
    jal compare
    bnez a0, fail

# ---- the queue itself lies in the BAR
    li gp, 4
    lhu t0, 2(s1)
    lhu t1, 2(s2)
    li s0, BAR + 0x8000
    li s1, BAR + 0x8100
    li s2, BAR + 0x8200
    sh t0, 2(s1)               # the device goes on counting
    sh t1, 2(s2)
    jal queue
    la s8, source + 1
    li s9, BAR + 0x4006
    li s7, 55
    jal copy_one
    mv a0, s8
    mv a1, s9
    mv a2, s7
    jal compare
    bnez a0, fail

# ---- an overlap within the BAR, upwards: the copy must not eat its own tail
    li gp, 5
    li s4, BAR + 0x5000
    li s5, 300
    li s6, 5
    jal fill
    la s4, source
    jal fill
    li s8, BAR + 0x5000
    li s9, BAR + 0x5000 + 17
    li s7, 283
    jal copy_one
    la a0, source
    li a1, BAR + 0x5000 + 17
    li a2, 283
    jal compare
    bnez a0, fail

# ---- a buffer that is not there: an error, and no hang
    li gp, 6
    li t0, COPY
    lwu t1, 0x30(t0)
    bnez t1, fail
    li a0, 1
    li a1, 0x20000000
    li a2, 16
    li a3, WRITE
    li a4, 0
    jal descriptor
    lhu t0, 2(s1)
    addi t0, t0, 1
    sh t0, 2(s1)
    li t0, COPY
    sw zero, 0x28(t0)
    lwu t1, 0x30(t0)
    li t2, 1
    bne t1, t2, fail
    exit 0

fail:
    exit_register gp

    .data
sizes:
    .half 1, 2, 3, 4, 5, 7, 8, 9, 13, 15, 16, 17, 31, 33, 63, 64, 65, 127, 255, 513, 1000, 0
    .balign 16
table:
    .space 16 * QUEUE
available:
    .space 4 + 2 * QUEUE + 2
    .balign 4
used:
    .space 4 + 8 * QUEUE + 2
    .balign 16
source:
    .space 2048
    .space 8
target:
    .space 2048
