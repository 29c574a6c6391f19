package org.hostmem.integration.speed;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import org.hostmem.example.rv64.GuestProgram;
import org.hostmem.example.rv64.InstructionRate;

/**
 * Prints {@code nanoseconds N}: of one guest instruction of the example core. The system properties {@code bus} and
 * {@code sources} say on which bus, and where the program is. {@link SpeedTest} runs it in a JVM for each bus.
 */
final class CoreProbe {

    private static final long INSTRUCTIONS = 50_000_000;
    private static final int ROUNDS = 6;

    private CoreProbe() {}

    public static void main(String[] args) throws IOException {
        byte[] program = GuestProgram.assemble(
                Path.of(System.getProperty("sources"), "compute.S"), Files.createTempDirectory("rv64"));
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        double least = Double.MAX_VALUE; // the first rounds are the interpreter's, and other work only adds
        try (InstructionRate core =
                new InstructionRate(InstructionRate.Kind.valueOf(System.getProperty("bus")), program)) {
            for (int i = 0; i < ROUNDS; i++) {
                long start = threads.getCurrentThreadCpuTime();
                long done = core.run(INSTRUCTIONS);
                least = Math.min(least, (double) (threads.getCurrentThreadCpuTime() - start) / done);
            }
        }
        System.out.println("nanoseconds " + least);
    }
}
