package org.hostmem.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.hostmem.HostMemoryException;

/**
 * GNU as and the other binary utilities of its kind. The code is linked at 0 before its bytes are read, because an
 * object file may still hold zeros where a relocation belongs. Programs are started with lists of words, by no shell.
 *
 * @param program the assembler; the linker and the others have its name, with another end
 * @param options for the assembler
 */
record Assembler(String program, List<String> options) {

    private static final String AS = "as";
    private static final HexFormat HEX = HexFormat.of();

    /**
     * Assembles the lines of a listing.
     *
     * @param name of the file, for the assembler's messages
     * @return the bytes of each line in hex
     */
    List<String> assemble(String name, ListingText text) throws IOException, InterruptedException {
        Path folder = Files.createDirectory(
                Path.of(System.getProperty("java.io.tmpdir"), "hostmem-listing-" + UUID.randomUUID()));
        try {
            return assemble(folder, name, text);
        } finally {
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(folder);
        }
    }

    private List<String> assemble(Path folder, String name, ListingText text) throws IOException, InterruptedException {
        Path source = folder.resolve("source.s");
        Files.writeString(source, source(name, text), StandardCharsets.US_ASCII);
        Path object = folder.resolve("object");
        List<String> as = new ArrayList<>(List.of(program));
        as.addAll(options);
        as.addAll(List.of("-o", object.toString(), source.toString()));
        run(as);
        Path linked = folder.resolve("linked");
        run(List.of(other("ld"), "-Ttext=0", "-e", "0", "-o", linked.toString(), object.toString()));
        Path binary = folder.resolve("binary");
        run(List.of(other("objcopy"), "-O", "binary", "-j", ".text", linked.toString(), binary.toString()));
        return lines(
                text, symbols(run(List.of(other("nm"), "-t", "d", linked.toString()))), Files.readAllBytes(binary));
    }

    /** With the line numbers of the listing; a symbol before and after each line tells which bytes it made. */
    private static String source(String name, ListingText text) {
        StringBuilder source = new StringBuilder("# 1 \"" + name + "\"\n");
        for (int i = 0; i < text.lines().size(); i++) {
            ListingText.Line line = text.lines().get(i);
            source.append(
                            line.kind() == ListingText.Kind.INSTRUCTION
                                    ? "__b" + i + ": " + line.assembled() + " ; __e" + i + ":"
                                    : line.assembled())
                    .append('\n');
        }
        return source.toString();
    }

    private static Map<String, Integer> symbols(String table) {
        Map<String, Integer> symbols = new TreeMap<>();
        for (String line : table.lines().toList()) {
            String[] words = line.trim().split(" +", -1);
            if (words.length == 3 && (words[2].startsWith("__b") || words[2].startsWith("__e"))) {
                symbols.put(words[2], Integer.valueOf(words[0]));
            }
        }
        return symbols;
    }

    private static List<String> lines(ListingText text, Map<String, Integer> symbols, byte[] code) {
        List<String> lines = new ArrayList<>();
        int covered = 0;
        for (int i = 0; i < text.lines().size(); i++) {
            int from = symbols.getOrDefault("__b" + i, 0);
            int to = symbols.getOrDefault("__e" + i, from);
            StringBuilder hex = new StringBuilder();
            for (int at = from; at < to; at++) {
                hex.append(at == from ? "" : " ").append(HEX.toHexDigits(code[at]));
            }
            covered += to - from;
            lines.add(hex.toString());
        }
        if (covered != code.length) {
            throw new HostMemoryException("the lines made " + covered + " bytes, and the section has " + code.length);
        }
        return lines;
    }

    /** The program of the same kind: {@code riscv64-linux-gnu-ld} beside {@code riscv64-linux-gnu-as}. */
    private String other(String name) {
        if (!program.endsWith(AS)) {
            throw new HostMemoryException("the name of the assembler, " + program
                    + ", does not end in \"as\", so that of the linker is not known: name one as riscv64-linux-gnu-as");
        }
        return program.substring(0, program.length() - AS.length()) + name;
    }

    private static String run(List<String> command) throws IOException, InterruptedException {
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException absent) {
            throw new HostMemoryException(
                    command.getFirst() + " cannot be started: install the GNU binary utilities of this ISA, or name the"
                            + " assembler with --as",
                    absent);
        }
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new HostMemoryException(command.getFirst() + " refused the listing: " + output.strip());
        }
        return output;
    }

    /** Reads a listing. */
    static ListingText read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(file.toString());
        }
        return ListingText.parse(file.toString(), Files.readAllLines(file, StandardCharsets.ISO_8859_1));
    }
}
