package org.hostmem.example.rv64;

import java.util.ArrayList;
import java.util.List;

/** From bits to {@link Instruction}s. Not fast: the hart decodes an instruction once and keeps it. */
final class Decoder {

    private static final List<List<Op>> BY_OPCODE = byOpcode();

    private Decoder() {}

    private static List<List<Op>> byOpcode() {
        List<List<Op>> table = new ArrayList<>();
        for (int opcode = 0; opcode < 128; opcode++) {
            table.add(new ArrayList<>());
        }
        for (Op op : Op.values()) {
            table.get(op.match & 0x7f).add(op);
        }
        return table;
    }

    /** Fetches and decodes. */
    static Instruction decode(Bus bus, long pc) {
        int code = fetch(bus, pc);
        if ((code & 3) != 3) {
            int expanded = Compressed.expand(code);
            return new Instruction(pc, expanded == 0 ? Op.ILLEGAL : find(expanded), expanded, 2, code);
        }
        code |= fetch(bus, pc + 2) << 16;
        return new Instruction(pc, find(code), code, 4, code);
    }

    private static int fetch(Bus bus, long address) {
        try {
            return bus.fetch(address);
        } catch (BusFault fault) {
            throw new Trap(Trap.FETCH_ACCESS, address);
        }
    }

    private static Op find(int code) {
        for (Op op : BY_OPCODE.get(code & 0x7f)) {
            if ((code & op.mask) == op.match) {
                return op;
            }
        }
        return Op.ILLEGAL;
    }
}
