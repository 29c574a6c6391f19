package org.hostmem.example.rv64;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.guest.GuestRam;

/**
 * How many guest instructions a second: the same core and program on two buses. A benchmark makes one and calls
 * {@link #run}; {@link #main} is a quick look.
 *
 * <p>Measure one kind of bus in one JVM: what the JIT learns of one changes how it compiles for the other. Of the
 * instructions of {@code compute.S} 28 % are loads and stores.
 */
public final class InstructionRate implements AutoCloseable {

    /** Which bus. */
    public enum Kind {
        /** {@link HostmemBus}. */
        HOSTMEM,
        /** {@link HostmemBus}, with every kind of accessor on it, each of which was used before. */
        EVERYTHING,
        /** {@link ByteArrayBus}. */
        BYTE_ARRAY
    }

    private static final int RAM_SIZE = 1 << 20;

    private final HostMemoryAccessor ram = GuestRam.open(RAM_SIZE);
    private final Board board;

    /** A machine with a program that does not end. */
    public InstructionRate(Kind kind, byte[] program) {
        board = switch (kind) {
            case HOSTMEM -> onHostmem(program, false);
            case EVERYTHING -> onHostmem(program, true);
            case BYTE_ARRAY -> {
                byte[] ram = new byte[RAM_SIZE];
                System.arraycopy(program, 0, ram, 0, program.length);
                ByteArrayBus bus = new ByteArrayBus(Board.RAM, ram);
                yield new Board(bus, bus::map);
            }
        };
    }

    private Board onHostmem(byte[] program, boolean withEverything) {
        ram.writeBytes(0, program, 0, program.length);
        HostmemBus bus = new HostmemBus(Board.RAM, ram);
        if (withEverything) {
            EveryAccessor.use(bus);
        }
        return new Board(bus, bus::map);
    }

    /** Goes on for so many instructions. {@return how many there were} */
    public long run(long instructions) {
        return board.hart().run(instructions);
    }

    @Override
    public void close() {
        ram.close();
    }

    /**
     * Prints millions of instructions a second of the thread's own time, ten times: other work on the machine disturbs
     * that less.
     *
     * @param args the kind of bus, and the directory of assembly sources
     */
    public static void main(String... args) throws Exception {
        byte[] program = GuestProgram.assemble(Path.of(args[1], "compute.S"), Files.createTempDirectory("rv64"));
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        try (InstructionRate machine = new InstructionRate(Kind.valueOf(args[0]), program)) {
            for (int i = 0; i < 10; i++) {
                long start = threads.getCurrentThreadCpuTime();
                long done = machine.run(100_000_000);
                System.out.printf("%s %.1f%n", args[0], done * 1e3 / (threads.getCurrentThreadCpuTime() - start));
            }
        }
    }
}
