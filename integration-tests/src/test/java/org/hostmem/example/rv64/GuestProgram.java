package org.hostmem.example.rv64;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Makes bare-metal programs from assembly, with the GNU binutils for RISC-V. */
public final class GuestProgram {

    /** The Debian package that holds them. */
    public static final String PACKAGE = "binutils-riscv64-linux-gnu";

    private static final String PREFIX = "riscv64-linux-gnu-";

    private GuestProgram() {}

    /** {@return whether the assembler is installed} */
    public static boolean assemblerFound() {
        for (String directory : System.getenv().getOrDefault("PATH", "").split(":")) {
            if (Files.isExecutable(Path.of(directory, PREFIX + "as"))) {
                return true;
            }
        }
        return false;
    }

    /**
     * Assembles a program to be loaded at {@link Board#RAM}.
     *
     * @param source a file in the directory of sources
     * @param directory for what comes of it
     * @return its bytes; what is not among them is zero
     */
    public static byte[] assemble(Path source, Path directory) {
        String object = directory.resolve(source.getFileName() + ".o").toString();
        String linked = directory.resolve(source.getFileName() + ".elf").toString();
        Path image = directory.resolve(source.getFileName() + ".bin");
        run(
                PREFIX + "as",
                "-march=rv64imac_zicsr_zifencei",
                "-mabi=lp64",
                "-I",
                source.getParent().toString(),
                "-o",
                object,
                source.toString());
        run(PREFIX + "ld", "--omagic", "-Ttext=0x" + Long.toHexString(Board.RAM), "-e", "start", "-o", linked, object);
        run(PREFIX + "objcopy", "-O", "binary", linked, image.toString());
        try {
            return Files.readAllBytes(image);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void run(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IllegalStateException(String.join(" ", List.of(command)) + " failed:\n" + said);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
