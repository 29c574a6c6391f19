package org.hostmem.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With directives instead of instructions, so that the assembler of any ISA does. */
class ListingCommandTest {

    private static final String EMPTY = """
        # a comment
        start:
          .byte 0xc3, 7           # two
        1:
          .byte 9
          .balign 4
        end:
        """;
    private static final String FILLED = """
        # a comment
        start:
          c3 07                    .byte 0xc3, 7           # two
        1:
          09                       .byte 9
          %s                       .balign 4
        end:
        """;

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void needsAnAssembler() throws IOException {
        assumeTrue(
                Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
                        .anyMatch(one -> Files.isExecutable(Path.of(one, "as"))),
                "as is not installed: the Debian package binutils has it");
        file = folder.resolve("a.listing");
        Files.writeString(file, EMPTY);
    }

    private Cli listing(String action, String... more) {
        return Cli.run(Stream.concat(Stream.of("listing", action, file.toString()), Stream.of(more))
                .toArray(String[]::new));
    }

    @Test
    void fillWritesTheBytesAndCheckIsContentThen() throws IOException {
        Cli filled = listing("fill");
        assertThat(filled.code()).as(filled.err()).isZero();
        assertThat(filled.out()).contains("7 lines, 4 bytes, 3 changed");
        String padding = Files.readAllLines(file).get(5).substring(2, 4);
        assertThat(Files.readString(file)).isEqualTo(FILLED.formatted(padding));
        assertThat(listing("check").code()).isZero();
        assertThat(listing("fill").out()).contains("0 changed");
    }

    @Test
    void checkNamesTheLineOfAWrongByte() throws IOException {
        listing("fill");
        Files.writeString(file, Files.readString(file).replace("  09  ", "  0a  "));
        Cli checked = listing("check");
        assertThat(checked.code()).isEqualTo(1);
        assertThat(checked.out()).contains("a.listing:5:", "listed \"0a\"", "assembled \"09\"", "1 wrong");
        JsonObject json = listing("check", "--json").json();
        assertThat(json.getAsJsonArray("differences")
                        .get(0)
                        .getAsJsonObject()
                        .get("line")
                        .getAsInt())
                .isEqualTo(5);
    }

    @Test
    void optionsReachTheAssembler() {
        assertThat(listing("check", "--as-options", "--no-such-option").err()).contains("no-such-option");
        assertThat(listing("check", "--as", "no-such-as").err()).contains("no-such-as", "cannot be started");
    }

    @Test
    void whatIsNoListingIsTold() throws IOException {
        Files.writeString(file, "start:\n\tret\n");
        assertThat(listing("check").err()).contains("a.listing:2:", "plain ASCII");
        Files.writeString(file, "start: ret\n");
        assertThat(listing("check").err()).contains("a.listing:1:", "neither");
        Files.writeString(file, "start:\n  .nonsense\n");
        assertThat(listing("check").err()).contains("refused the listing", "a.listing:2:");
        Files.delete(file);
        assertThat(listing("check").err()).contains("no such file");
    }
}
