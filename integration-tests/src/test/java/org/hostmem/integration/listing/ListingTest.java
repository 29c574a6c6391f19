package org.hostmem.integration.listing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.hostmem.integration.Forked;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The bytes of every listing are what GNU as makes of the mnemonics beside them. */
class ListingTest {

    @TestFactory
    Stream<DynamicTest> everyListingIsWhatItsMnemonicsSay() throws IOException {
        List<Path> listings = listings();
        assertThat(listings.stream().map(file -> file.getFileName().toString()))
                .as("the listings that were found")
                .containsAll(Stream.of(ListedIsa.values())
                        .map(isa -> isa.listing().getFileName().toString())
                        .toList());
        return listings.stream()
                .map(file -> dynamicTest(file.getFileName().toString(), () -> {
                    ListedIsa isa = ListedIsa.ofFile(file);
                    assertThat(isa)
                            .as("which ISA is %s for? say so in this test", file)
                            .isNotNull();
                    Forked.Result checked = check(file, isa);
                    if (checked.exit() != 0) {
                        fail(checked.output());
                    }
                }));
    }

    @Test
    void oneWrongByteIsFound(@TempDir Path directory) throws Exception {
        List<Path> listings = listings();
        Path original = listings.stream()
                .filter(file -> file.endsWith("x86_64.listing"))
                .findFirst()
                .orElseThrow();
        String text = Files.readString(original);
        String ret = "\n  c3 ";
        assertThat(text).contains(ret);
        Path changed = directory.resolve("x86_64.listing");
        Files.writeString(changed, text.replaceFirst(ret, "\n  c2 "));

        Forked.Result checked = check(changed, ListedIsa.X86_64);

        assertThat(checked.exit()).isEqualTo(1);
        assertThat(checked.output()).contains("listed \"c2\", assembled \"c3\"");
    }

    private static List<Path> listings() throws IOException {
        try (Stream<Path> modules = Files.list(ListedIsa.ROOT)) {
            return modules.filter(module -> module.getFileName().toString().startsWith("arch-"))
                    .map(module -> module.resolve("src/main/resources"))
                    .filter(Files::isDirectory)
                    .flatMap(ListingTest::walk)
                    .filter(file -> file.toString().endsWith(".listing"))
                    .sorted()
                    .toList();
        }
    }

    private static Stream<Path> walk(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.toList().stream();
        } catch (IOException e) {
            throw new AssertionError(directory.toString(), e);
        }
    }

    /** By the command line, with the assembler that the first line names. */
    private static Forked.Result check(Path file, ListedIsa isa) throws IOException, InterruptedException {
        String head = Files.readAllLines(file).getFirst();
        assertThat(head).startsWith("# as: ");
        String[] words = head.substring("# as: ".length()).split(" ", 2);
        assertThat(words[0]).isEqualTo(isa.prefix + "as");
        return Forked.program(
                "org.hostmem.cli.Main",
                "listing",
                "check",
                file.toString(),
                "--as",
                isa.tool("as"),
                "--as-options",
                words[1]);
    }
}
