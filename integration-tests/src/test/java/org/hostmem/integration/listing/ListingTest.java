package org.hostmem.integration.listing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hostmem.integration.Needed.needed;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.hostmem.integration.Forked;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** The bytes of every listing are what GNU as makes of the mnemonics beside them. */
class ListingTest {

    private static final Path ROOT = Path.of(System.getProperty("basedir", "")).toAbsolutePath().getParent();
    private static final Path TOOL = ROOT.resolve("integration-tests/bin/listing");
    private static final String PACKAGES = "binutils, binutils-aarch64-linux-gnu, binutils-powerpc64le-linux-gnu and binutils-riscv64-linux-gnu";

    /** The listing's ISA as the assembler calls it, and the prefix of its tools. */
    private enum Isa {
        X86_64("x86_64", "x86_64-linux-gnu-"), AARCH64("aarch64", "aarch64-linux-gnu-"), PPC64("ppc64le", "powerpc64le-linux-gnu-"), RISCV64("riscv64", "riscv64-linux-gnu-");

        private final String assembler;
        private final String prefix;

        Isa(String assembler, String prefix) {
            this.assembler = assembler;
            this.prefix = prefix;
        }
    }

    private static final Map<String, Isa> BY_FILE = Map.of("x86_64.listing", Isa.X86_64, "aarch64.listing", Isa.AARCH64, "ppc64.listing", Isa.PPC64, "riscv64.listing", Isa.RISCV64);

    @TestFactory
    Stream<DynamicTest> everyListingIsWhatItsMnemonicsSay() throws IOException {
        List<Path> listings = listings();
        assertThat(listings.stream().map(file -> file.getFileName().toString())).as("the listings that were found").containsAll(BY_FILE.keySet());
        return listings.stream().map(file -> dynamicTest(file.getFileName().toString(), () -> {
            Isa isa = BY_FILE.get(file.getFileName().toString());
            assertThat(isa).as("which ISA is %s for? say so in this test", file).isNotNull();
            Forked.Result checked = check(file, isa);
            if (checked.exit() != 0) {
                fail(checked.output());
            }
        }));
    }

    @Test
    void oneWrongByteIsFound(@TempDir Path directory) throws Exception {
        List<Path> listings = listings();
        Path original = listings.stream().filter(file -> file.endsWith("x86_64.listing")).findFirst().orElseThrow();
        String text = Files.readString(original);
        String ret = "\n  c3 ";
        assertThat(text).contains(ret);
        Path changed = directory.resolve("x86_64.listing");
        Files.writeString(changed, text.replaceFirst(ret, "\n  c2 "));

        Forked.Result checked = check(changed, Isa.X86_64);

        assertThat(checked.exit()).isEqualTo(1);
        assertThat(checked.output()).contains("listed \"c2\", assembled \"c3\"");
    }

    private static List<Path> listings() throws IOException {
        try (Stream<Path> modules = Files.list(ROOT)) {
            return modules.filter(module -> module.getFileName().toString().startsWith("arch-")).map(module -> module.resolve("src/main/resources")).filter(Files::isDirectory)
                    .flatMap(ListingTest::walk).filter(file -> file.toString().endsWith(".listing")).sorted().toList();
        }
    }

    private static Stream<Path> walk(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.toList().stream();
        } catch (IOException e) {
            throw new AssertionError(directory.toString(), e);
        }
    }

    private static Forked.Result check(Path file, Isa isa) throws IOException, InterruptedException {
        boolean host = isa.assembler.equals(System.getProperty("os.arch").replace("amd64", "x86_64"));
        needed(onPath(isa.prefix + "as") || host && onPath("as"), isa.prefix + "as is not installed: the Debian packages " + PACKAGES + " have the assemblers");
        return Forked.run(List.of(TOOL.toString(), "check", file.toString(), isa.assembler));
    }

    private static boolean onPath(String program) {
        return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)).anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
    }
}
