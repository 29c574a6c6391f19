# For measurements: never ends. Each round is a CRC-32 of 4 KiB by table, a sieve of 8 KiB, a product of two 24 x 24 matrices of 8-byte numbers, and a sort of 256 numbers.
# s11 counts rounds. After the first, the results lie at `results`: the CRC, the number of primes, the sum of the product, the smallest and the largest of the numbers.

    .include "board.inc"

    .equ SIEVE, 8192
    .equ N, 24
    .equ SORTED, 256

    .text
    .global start
start:
    la sp, stack_end

# ---- the table of the CRC
    la a0, crc_table
    li a1, 0
    li a5, 256
1:  mv a2, a1
    li a3, 8
2:  andi a4, a2, 1
    srli a2, a2, 1
    beqz a4, 3f
    li t0, 0xedb88320
    xor a2, a2, t0
3:  addi a3, a3, -1
    bnez a3, 2b
    sw a2, 0(a0)
    addi a0, a0, 4
    addi a1, a1, 1
    bne a1, a5, 1b

# ---- the message, and the matrices
    la a0, message
    li a1, 4096
    li a2, 0
1:  sb a2, 0(a0)
    addi a2, a2, 7
    addi a0, a0, 1
    addi a1, a1, -1
    bnez a1, 1b
    la a0, left
    li a1, 2 * N * N
    li a2, 1
1:  sd a2, 0(a0)
    addi a2, a2, 3
    addi a0, a0, 8
    addi a1, a1, -1
    bnez a1, 1b

    li s11, 0
round:
    jal crc
    la t0, results
    sd a0, 0(t0)
    jal sieve
    la t0, results
    sd a0, 8(t0)
    jal product
    la t0, results
    sd a0, 16(t0)
    jal sort
    la t0, results
    sd a0, 24(t0)
    sd a1, 32(t0)
    addi s11, s11, 1
    j round

crc:
    la a1, message
    li a2, 4096
    add a2, a1, a2
    la a3, crc_table
    li a0, -1
    slli a0, a0, 32
    srli a0, a0, 32
1:  lbu t0, 0(a1)
    xor t0, t0, a0
    andi t0, t0, 0xff
    slli t0, t0, 2
    add t0, t0, a3
    lwu t0, 0(t0)
    srli a0, a0, 8
    xor a0, a0, t0
    addi a1, a1, 1
    bne a1, a2, 1b
    not a0, a0
    slli a0, a0, 32
    srli a0, a0, 32
    ret

sieve:
    la a1, flags
    li a2, SIEVE
    add a3, a1, a2
    mv t0, a1
    li t1, -1
1:  sd t1, 0(t0)
    addi t0, t0, 8
    bne t0, a3, 1b
    li a0, 0
    li t0, 2
2:  add t1, a1, t0
    lbu t2, 0(t1)
    beqz t2, 4f
    addi a0, a0, 1
    mul t3, t0, t0
    bgeu t3, a2, 4f
    add t3, t3, a1
3:  sb zero, 0(t3)
    add t3, t3, t0
    bltu t3, a3, 3b
4:  addi t0, t0, 1
    bne t0, a2, 2b
    ret

product:
    addi sp, sp, -32
    sd ra, 0(sp)
    sd s0, 8(sp)
    sd s1, 16(sp)
    li a0, 0
    la a1, left
    la a3, outcome
    li s0, N
1:  la a2, right
    li s1, N
2:  li t0, 0
    mv t1, a1
    mv t2, a2
    li t3, N
3:  ld t4, 0(t1)
    ld t5, 0(t2)
    mul t4, t4, t5
    add t0, t0, t4
    addi t1, t1, 8
    addi t2, t2, 8 * N
    addi t3, t3, -1
    bnez t3, 3b
    sd t0, 0(a3)
    add a0, a0, t0
    addi a3, a3, 8
    addi a2, a2, 8
    addi s1, s1, -1
    bnez s1, 2b
    addi a1, a1, 8 * N
    addi s0, s0, -1
    bnez s0, 1b
    ld ra, 0(sp)
    ld s0, 8(sp)
    ld s1, 16(sp)
    addi sp, sp, 32
    ret

# Insertion sort of numbers from a linear congruential generator.
sort:
    la a2, numbers
    li a3, SORTED
    slli a3, a3, 2
    add a3, a3, a2
    mv t0, a2
    li t1, 12345
    li t2, 1103515245
1:  mul t1, t1, t2
    addiw t1, t1, 1013
    sw t1, 0(t0)
    addi t0, t0, 4
    bne t0, a3, 1b
    addi t0, a2, 4
2:  lw t1, 0(t0)
    mv t2, t0
3:  lw t3, -4(t2)
    bge t1, t3, 4f
    sw t3, 0(t2)
    addi t2, t2, -4
    bne t2, a2, 3b
4:  sw t1, 0(t2)
    addi t0, t0, 4
    bne t0, a3, 2b
    lw a0, 0(a2)
    lw a1, -4(a3)
    ret

    .data
    .balign 8
    .global results
results:
    .space 40
crc_table:
    .space 1024
message:
    .space 4096
flags:
    .space SIEVE
left:
    .space 8 * N * N
right:
    .space 8 * N * N
outcome:
    .space 8 * N * N
numbers:
    .space 4 * SORTED
    .space 256
stack_end:
