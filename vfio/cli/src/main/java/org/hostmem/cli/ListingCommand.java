package org.hostmem.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** For authors of architecture modules: writes or compares the bytes beside the mnemonics of a listing. */
@Command(
        name = "listing",
        description = {
            "Assembles the mnemonics of an architecture module's listing, and writes or compares the bytes beside"
                    + " them.",
            "fill writes the bytes into the file. check names every line whose bytes differ, and exits with 1 then.",
            "It works for every ISA that GNU as knows."
        })
final class ListingCommand extends JsonCommand {

    enum Action {
        fill,
        check
    }

    /** A line whose bytes were others. */
    private record Difference(int number, String listed, String assembled, String source) {

        JsonObject tree() {
            JsonObject one = new JsonObject();
            one.addProperty("line", number);
            one.addProperty("listed", listed);
            one.addProperty("assembled", assembled);
            one.addProperty("source", source);
            return one;
        }
    }

    @Parameters(index = "0", paramLabel = "fill|check", description = "What to do.")
    private Action action;

    @Parameters(index = "1", paramLabel = "FILE", description = "The listing.")
    private Path file;

    @Option(
            names = "--as",
            paramLabel = "PROGRAM",
            defaultValue = "as",
            description = "The assembler, for example riscv64-linux-gnu-as; ld, objcopy and nm are those beside it. "
                    + "Default: ${DEFAULT-VALUE}.")
    private String assembler;

    @Option(
            names = "--as-options",
            paramLabel = "OPTIONS",
            split = " ",
            description = "Options for the assembler, for example \"-march=rv64g -mno-relax\".")
    private List<String> options = List.of();

    @Override
    int execute() throws IOException, InterruptedException {
        ListingText text = Assembler.read(file);
        List<String> bytes = new Assembler(assembler, options).assemble(file.toString(), text);
        List<Difference> differences = new ArrayList<>();
        List<String> filled = new ArrayList<>();
        int total = 0;
        for (int i = 0; i < bytes.size(); i++) {
            ListingText.Line line = text.lines().get(i);
            String made = bytes.get(i);
            if (!made.equals(line.bytes())) {
                differences.add(new Difference(i + 1, line.bytes(), made, line.source()));
            }
            total += (made.length() + 1) / 3;
            filled.add(line.with(made).toString());
        }
        if (action == Action.fill && !differences.isEmpty()) {
            Files.write(file, filled, StandardCharsets.US_ASCII);
        }
        say(bytes.size(), total, differences);
        return action == Action.check && !differences.isEmpty() ? 1 : 0;
    }

    private void say(int lines, int bytes, List<Difference> differences) {
        if (json()) {
            JsonObject all = new JsonObject();
            all.addProperty("file", file.toString());
            all.addProperty("lines", lines);
            all.addProperty("bytes", bytes);
            JsonArray list = new JsonArray();
            differences.forEach(one -> list.add(one.tree()));
            all.add("differences", list);
            print(all);
            return;
        }
        if (action == Action.check) {
            for (Difference one : differences) {
                out().println(file + ":" + one.number + ": listed \"" + one.listed + "\", assembled \"" + one.assembled
                        + "\": " + one.source);
            }
        }
        out().println(file + ": " + lines + " lines, " + bytes + " bytes, " + differences.size()
                + (action == Action.check ? " wrong" : " changed"));
        flush();
    }
}
