package org.hostmem.example.rv64;

import static org.hostmem.integration.Needed.needed;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The programs in {@code src/test/asm}, each assembled once. */
final class Programs {

    private static final Path SOURCES =
            Path.of(System.getProperty("basedir", ".")).resolve("src/test/asm");
    private static final Map<String, byte[]> ASSEMBLED = new ConcurrentHashMap<>();

    private Programs() {}

    /** {@return the bytes of a program} Without an assembler the test is skipped. */
    static byte[] get(String name) {
        needed(GuestProgram.assemblerFound(), "no RISC-V assembler: install the package " + GuestProgram.PACKAGE);
        return ASSEMBLED.computeIfAbsent(name, Programs::assemble);
    }

    private static byte[] assemble(String name) {
        try {
            Path directory = Files.createTempDirectory("rv64");
            try {
                return GuestProgram.assemble(SOURCES.resolve(name + ".S"), directory);
            } finally {
                try (var files = Files.list(directory)) {
                    for (Path file : files.toList()) {
                        Files.delete(file);
                    }
                }
                Files.delete(directory);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
