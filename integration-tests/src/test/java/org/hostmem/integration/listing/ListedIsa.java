package org.hostmem.integration.listing;

import static org.hostmem.integration.Needed.needed;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** An ISA that has a listing: how the binary utilities call it, and the prefix of its tools. */
enum ListedIsa {
    X86_64("x86_64", "x86_64", "x86_64-linux-gnu-", "-m", "i386:x86-64"),
    AARCH64("aarch64", "aarch64", "aarch64-linux-gnu-", "-m", "aarch64"),
    PPC64("ppc64", "ppc64le", "powerpc64le-linux-gnu-", "-m", "powerpc:common64", "-EL"),
    RISCV64("riscv64", "riscv64", "riscv64-linux-gnu-", "-m", "riscv:rv64", "-M", "no-aliases");

    static final Path ROOT =
            Path.of(System.getProperty("basedir", "")).toAbsolutePath().getParent();
    private static final String PACKAGES =
            "binutils, binutils-aarch64-linux-gnu, binutils-powerpc64le-linux-gnu and binutils-riscv64-linux-gnu";

    final String hostmemName;
    final String assembler;
    final String prefix;
    private final List<String> machine;

    ListedIsa(String hostmemName, String assembler, String prefix, String... machine) {
        this.hostmemName = hostmemName;
        this.assembler = assembler;
        this.prefix = prefix;
        this.machine = List.of(machine);
    }

    static ListedIsa ofFile(Path listing) {
        return Stream.of(values())
                .filter(isa -> listing.getFileName().toString().equals(isa.hostmemName + ".listing"))
                .findFirst()
                .orElse(null);
    }

    Path listing() {
        return ROOT.resolve("arch-" + hostmemName)
                .resolve("src/main/resources/org/hostmem/arch")
                .resolve(hostmemName)
                .resolve(hostmemName + ".listing");
    }

    List<String> lines() {
        try {
            return Files.readAllLines(listing());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Skips the test where there is none of this ISA. */
    String tool(String name) {
        boolean host = assembler.equals(System.getProperty("os.arch").replace("amd64", "x86_64"));
        needed(
                onPath(prefix + name) || host && onPath(name),
                prefix + name + " is not installed: the Debian packages " + PACKAGES + " have it");
        return onPath(prefix + name) ? prefix + name : name;
    }

    /** {@return the words that disassemble a file of nothing but instructions} */
    List<String> disassemble(Path binary) {
        return Stream.of(
                        List.of(tool("objdump"), "-D", "-b", "binary", "--no-show-raw-insn"),
                        machine,
                        List.of(binary.toString()))
                .flatMap(List::stream)
                .toList();
    }

    private static boolean onPath(String program) {
        return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
    }
}
