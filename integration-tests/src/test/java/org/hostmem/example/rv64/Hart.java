package org.hostmem.example.rv64;

import java.util.Arrays;

/**
 * A RISC-V core: RV64IMAC, Zicsr, Zifencei, machine mode only. It knows its {@link Bus} and nothing of what is behind
 * it.
 *
 * <p>An interpreter with a cache of decoded instructions. As on hardware, code that was written is seen after
 * {@code fence.i}. Not thread-safe: one thread runs it.
 */
public final class Hart {

    private static final int CACHED = 1 << 13;
    private static final Instruction NOTHING = new Instruction(-1, Op.ILLEGAL, 0, 2, 0);

    private final Bus bus;
    private final Instruction[] cache = new Instruction[CACHED];
    private final Csrs csrs = new Csrs();

    // x0 is never written: see Instruction.DISCARD.
    private final long[] x = new long[Instruction.DISCARD + 1];
    private long pc;
    private long instructions;
    private boolean halted;

    // LR: where, and what was there. SC succeeds if it is still there, as in most emulators: a value that came back is
    // taken for one that stayed.
    private long reserved = -1;
    private long reservedValue;

    /** A hart that begins at an address. */
    public Hart(Bus bus, long pc) {
        this.bus = bus;
        this.pc = pc;
        Arrays.fill(cache, NOTHING);
    }

    /** {@return a register} */
    public long register(int number) {
        return x[number];
    }

    /** Sets a register other than x0, as a boot loader does. */
    public void setRegister(int number, long value) {
        x[number == 0 ? Instruction.DISCARD : number] = value;
    }

    /** {@return the address of the next instruction} */
    public long pc() {
        return pc;
    }

    /** {@return how many instructions were completed} */
    public long instructions() {
        return instructions;
    }

    /** Ends {@link #run} after the current instruction. To be called by a device, on the hart's own thread. */
    public void halt() {
        halted = true;
    }

    /** {@return whether {@link #halt} was called} */
    public boolean halted() {
        return halted;
    }

    /** Runs until {@link #halt}, or so many instructions (traps count). {@return how many there were} */
    public long run(long limit) {
        long done = 0;
        while (done < limit && !halted) {
            try {
                while (done < limit && !halted) {
                    done++;
                    Instruction instruction = cache[(int) (pc >>> 1) & CACHED - 1];
                    if (instruction.pc != pc) {
                        instruction = decode();
                    }
                    pc = execute(instruction);
                    instructions++;
                }
            } catch (Trap trap) {
                pc = csrs.enter(trap, pc);
            }
        }
        return done;
    }

    private Instruction decode() {
        Instruction instruction = Decoder.decode(bus, pc);
        cache[(int) (pc >>> 1) & CACHED - 1] = instruction;
        return instruction;
    }

    /** {@return where to go next} */
    private long execute(Instruction i) {
        long a = x[i.rs1];
        long b = x[i.rs2];
        long next = i.pc + i.length;
        switch (i.op) {
            case LUI -> x[i.rd] = i.immediate;
            case AUIPC -> x[i.rd] = i.pc + i.immediate;
            case JAL -> {
                x[i.rd] = next;
                return i.pc + i.immediate;
            }
            case JALR -> {
                x[i.rd] = next;
                return a + i.immediate & ~1;
            }
            case BEQ -> next = a == b ? i.pc + i.immediate : next;
            case BNE -> next = a != b ? i.pc + i.immediate : next;
            case BLT -> next = a < b ? i.pc + i.immediate : next;
            case BGE -> next = a >= b ? i.pc + i.immediate : next;
            case BLTU -> next = Long.compareUnsigned(a, b) < 0 ? i.pc + i.immediate : next;
            case BGEU -> next = Long.compareUnsigned(a, b) >= 0 ? i.pc + i.immediate : next;
            case LB -> x[i.rd] = (byte) load(a + i.immediate, 1);
            case LH -> x[i.rd] = (short) load(a + i.immediate, 2);
            case LW -> x[i.rd] = (int) load(a + i.immediate, 4);
            case LD -> x[i.rd] = load(a + i.immediate, 8);
            case LBU -> x[i.rd] = load(a + i.immediate, 1);
            case LHU -> x[i.rd] = load(a + i.immediate, 2);
            case LWU -> x[i.rd] = load(a + i.immediate, 4);
            case SB -> store(a + i.immediate, 1, b);
            case SH -> store(a + i.immediate, 2, b);
            case SW -> store(a + i.immediate, 4, b);
            case SD -> store(a + i.immediate, 8, b);
            case ADDI -> x[i.rd] = a + i.immediate;
            case SLTI -> x[i.rd] = a < i.immediate ? 1 : 0;
            case SLTIU -> x[i.rd] = Long.compareUnsigned(a, i.immediate) < 0 ? 1 : 0;
            case XORI -> x[i.rd] = a ^ i.immediate;
            case ORI -> x[i.rd] = a | i.immediate;
            case ANDI -> x[i.rd] = a & i.immediate;
            case SLLI -> x[i.rd] = a << i.immediate;
            case SRLI -> x[i.rd] = a >>> i.immediate;
            case SRAI -> x[i.rd] = a >> i.immediate;
            case ADDIW -> x[i.rd] = (int) (a + i.immediate);
            case SLLIW -> x[i.rd] = (int) a << i.immediate;
            case SRLIW -> x[i.rd] = (int) a >>> i.immediate;
            case SRAIW -> x[i.rd] = (int) a >> i.immediate;
            case ADD -> x[i.rd] = a + b;
            case SUB -> x[i.rd] = a - b;
            case SLL -> x[i.rd] = a << b;
            case SLT -> x[i.rd] = a < b ? 1 : 0;
            case SLTU -> x[i.rd] = Long.compareUnsigned(a, b) < 0 ? 1 : 0;
            case XOR -> x[i.rd] = a ^ b;
            case SRL -> x[i.rd] = a >>> b;
            case SRA -> x[i.rd] = a >> b;
            case OR -> x[i.rd] = a | b;
            case AND -> x[i.rd] = a & b;
            case ADDW -> x[i.rd] = (int) (a + b);
            case SUBW -> x[i.rd] = (int) (a - b);
            case SLLW -> x[i.rd] = (int) a << b;
            case SRLW -> x[i.rd] = (int) a >>> b;
            case SRAW -> x[i.rd] = (int) a >> b;
            case MUL -> x[i.rd] = a * b;
            case MULH -> x[i.rd] = Math.multiplyHigh(a, b);
            case MULHSU -> x[i.rd] = Math.multiplyHigh(a, b) + (a & b >> 63);
            case MULHU -> x[i.rd] = Math.unsignedMultiplyHigh(a, b);
            case DIV -> x[i.rd] = b == 0 ? -1 : a / b;
            case DIVU -> x[i.rd] = b == 0 ? -1 : Long.divideUnsigned(a, b);
            case REM -> x[i.rd] = b == 0 ? a : a % b;
            case REMU -> x[i.rd] = b == 0 ? a : Long.remainderUnsigned(a, b);
            case MULW -> x[i.rd] = (int) (a * b);
            case DIVW -> x[i.rd] = (int) b == 0 ? -1 : (int) a / (int) b;
            case DIVUW -> x[i.rd] = (int) b == 0 ? -1 : Integer.divideUnsigned((int) a, (int) b);
            case REMW -> x[i.rd] = (int) b == 0 ? (int) a : (int) a % (int) b;
            case REMUW -> x[i.rd] = (int) b == 0 ? (int) a : Integer.remainderUnsigned((int) a, (int) b);
            case LR_W -> x[i.rd] = (int) loadReserved(a, 4);
            case LR_D -> x[i.rd] = loadReserved(a, 8);
            case SC_W -> x[i.rd] = storeConditional(a, 4, b);
            case SC_D -> x[i.rd] = storeConditional(a, 8, b);
            case AMOSWAP_W -> x[i.rd] = atomic(Bus.Atomic.SWAP, a, 4, b);
            case AMOADD_W -> x[i.rd] = atomic(Bus.Atomic.ADD, a, 4, b);
            case AMOXOR_W -> x[i.rd] = atomic(Bus.Atomic.XOR, a, 4, b);
            case AMOAND_W -> x[i.rd] = atomic(Bus.Atomic.AND, a, 4, b);
            case AMOOR_W -> x[i.rd] = atomic(Bus.Atomic.OR, a, 4, b);
            case AMOMIN_W -> x[i.rd] = atomic(Bus.Atomic.MIN, a, 4, b);
            case AMOMAX_W -> x[i.rd] = atomic(Bus.Atomic.MAX, a, 4, b);
            case AMOMINU_W -> x[i.rd] = atomic(Bus.Atomic.MINU, a, 4, b);
            case AMOMAXU_W -> x[i.rd] = atomic(Bus.Atomic.MAXU, a, 4, b);
            case AMOSWAP_D -> x[i.rd] = atomic(Bus.Atomic.SWAP, a, 8, b);
            case AMOADD_D -> x[i.rd] = atomic(Bus.Atomic.ADD, a, 8, b);
            case AMOXOR_D -> x[i.rd] = atomic(Bus.Atomic.XOR, a, 8, b);
            case AMOAND_D -> x[i.rd] = atomic(Bus.Atomic.AND, a, 8, b);
            case AMOOR_D -> x[i.rd] = atomic(Bus.Atomic.OR, a, 8, b);
            case AMOMIN_D -> x[i.rd] = atomic(Bus.Atomic.MIN, a, 8, b);
            case AMOMAX_D -> x[i.rd] = atomic(Bus.Atomic.MAX, a, 8, b);
            case AMOMINU_D -> x[i.rd] = atomic(Bus.Atomic.MINU, a, 8, b);
            case AMOMAXU_D -> x[i.rd] = atomic(Bus.Atomic.MAXU, a, 8, b);
            case FENCE -> bus.fence();
            case FENCE_I -> Arrays.fill(cache, NOTHING);
            case CSRRW -> csr(i, true, a);
            case CSRRS -> csr(i, i.rs1 != 0, readCsr(i) | a);
            case CSRRC -> csr(i, i.rs1 != 0, readCsr(i) & ~a);
            case CSRRWI -> csr(i, true, i.rs1);
            case CSRRSI -> csr(i, i.rs1 != 0, readCsr(i) | i.rs1);
            case CSRRCI -> csr(i, i.rs1 != 0, readCsr(i) & ~i.rs1);
            case ECALL -> throw new Trap(Trap.ECALL_FROM_MACHINE, 0);
            case EBREAK -> throw new Trap(Trap.BREAKPOINT, i.pc);
            case MRET -> next = csrs.leave();
            case WFI -> {} // There are no interrupts to wait for, and waiting shorter is allowed.
            case ILLEGAL -> throw illegal(i);
        }
        return next;
    }

    // ---- memory

    private long load(long address, int width) {
        try {
            return bus.load(address, width);
        } catch (BusFault fault) {
            throw loadTrap(fault, address);
        }
    }

    private void store(long address, int width, long value) {
        try {
            bus.store(address, width, value);
        } catch (BusFault fault) {
            throw storeTrap(fault, address);
        }
    }

    private long loadReserved(long address, int width) {
        checkAligned(address, width, Trap.LOAD_MISALIGNED);
        reserved = -1;
        try {
            // A compare-and-exchange that changes nothing: unlike a load, it is refused by what cannot do the SC that
            // follows.
            reservedValue = bus.compareAndExchange(address, width, 0, 0);
        } catch (BusFault fault) {
            throw loadTrap(fault, address);
        }
        reserved = address;
        return reservedValue;
    }

    private long storeConditional(long address, int width, long value) {
        checkAligned(address, width, Trap.STORE_MISALIGNED);
        boolean held = address == reserved;
        reserved = -1;
        if (!held) {
            return 1;
        }
        try {
            return bus.compareAndExchange(address, width, reservedValue, value) == reservedValue ? 0 : 1;
        } catch (BusFault fault) {
            throw storeTrap(fault, address);
        }
    }

    private long atomic(Bus.Atomic operation, long address, int width, long operand) {
        checkAligned(address, width, Trap.STORE_MISALIGNED);
        try {
            return bus.atomic(operation, address, width, operand);
        } catch (BusFault fault) {
            throw storeTrap(fault, address);
        }
    }

    private static void checkAligned(long address, int width, int cause) {
        if ((address & width - 1) != 0) {
            throw new Trap(cause, address);
        }
    }

    private static Trap loadTrap(BusFault fault, long address) {
        return new Trap(fault.kind() == BusFault.Kind.MISALIGNED ? Trap.LOAD_MISALIGNED : Trap.LOAD_ACCESS, address);
    }

    private static Trap storeTrap(BusFault fault, long address) {
        return new Trap(fault.kind() == BusFault.Kind.MISALIGNED ? Trap.STORE_MISALIGNED : Trap.STORE_ACCESS, address);
    }

    // ---- control and status registers

    private long readCsr(Instruction i) {
        Long value = csrs.read((int) i.immediate, instructions);
        if (value == null) {
            throw illegal(i);
        }
        return value;
    }

    private void csr(Instruction i, boolean write, long value) {
        long before = readCsr(i);
        if (write && !csrs.write((int) i.immediate, value)) {
            throw illegal(i);
        }
        x[i.rd] = before;
    }

    private static Trap illegal(Instruction i) {
        return new Trap(Trap.ILLEGAL_INSTRUCTION, Integer.toUnsignedLong(i.code));
    }
}
