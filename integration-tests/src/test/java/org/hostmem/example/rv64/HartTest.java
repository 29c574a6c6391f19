package org.hostmem.example.rv64;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The core by itself, on an array. */
class HartTest {

    private static final int RAM_SIZE = 1 << 20;

    private static ByteArrayBus bus(byte[] program) {
        byte[] ram = new byte[RAM_SIZE];
        System.arraycopy(program, 0, ram, 0, program.length);
        ByteArrayBus bus = new ByteArrayBus(Board.RAM, ram);
        bus.map(Board.BAR, new byte[1 << 16]);
        return bus;
    }

    /** What the program does not execute it cannot check, so that is counted here. */
    @Test
    void everyInstructionDoesWhatTheManualSays() {
        ByteArrayBus bus = bus(Programs.get("isa"));
        Board board = new Board(bus, bus::map);
        Set<Op> executed = EnumSet.noneOf(Op.class);
        Set<Integer> compressed = new TreeSet<>();
        while (!board.hart().halted() && board.hart().instructions() < 100_000) {
            if (board.hart().pc() >= Board.RAM) {
                Instruction next = Decoder.decode(bus, board.hart().pc());
                executed.add(next.op);
                if (next.length == 2) {
                    compressed.add((next.code & 3) << 3 | next.code >>> 13);
                }
            }
            board.hart().run(1);
        }
        assertThat(board.exitCode()).as("number of the test that failed").isZero();
        assertThat(executed).containsExactlyInAnyOrder(Op.values());
        // All of RVC but the 4 of floating point each in quadrants 0 and 2, and the reserved one: here as funct3 in the
        // quadrant.
        assertThat(compressed)
                .contains(0, 2, 3, 6, 7)
                .contains(8, 9, 10, 11, 12, 13, 14, 15)
                .contains(16, 18, 19, 20, 22, 23);
    }

    @Test
    void programsRunOnAnArrayToo() {
        assertThat(run("hello").output()).isEqualTo("Hello from a guest\n");
        assertThat(run("mmio").exitCode()).isZero();
        assertThat(run("dma").exitCode()).isZero();
        assertThat(run("unaligned").exitCode()).isZero();
    }

    private static Board run(String name) {
        ByteArrayBus bus = bus(Programs.get(name));
        Board board = new Board(bus, bus::map);
        board.hart().run(10_000_000);
        return board;
    }
}
