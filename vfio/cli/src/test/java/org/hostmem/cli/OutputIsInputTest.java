package org.hostmem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A file is never destroyed by naming it twice, and an old output stays until there is something to put in its place.
 */
class OutputIsInputTest {

    @TempDir
    private Path folder;

    private Path source;
    private byte[] bytes;

    @BeforeEach
    void aFileWithLinks() throws IOException {
        bytes = new byte[1 << 16];
        new Random(7).nextBytes(bytes);
        source = Files.write(folder.resolve("source"), bytes);
        Files.createSymbolicLink(folder.resolve("symbolic"), source);
        Files.createSymbolicLink(folder.resolve("relative"), Path.of("symbolic"));
        Files.createLink(folder.resolve("hard"), source);
        Files.createDirectory(folder.resolve("d"));
    }

    private Cli dump(Path from, Path to, String... more) {
        String[] args = {"dump", from.toString(), "0", "0", "4K", "-o", to.toString()};
        String[] all = Arrays.copyOf(args, args.length + more.length);
        System.arraycopy(more, 0, all, args.length, more.length);
        return Cli.run(all);
    }

    private void assertIntact() throws IOException {
        assertThat(source).hasBinaryContent(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"source", "symbolic", "relative", "hard", "d/../source", "./source"})
    void aDumpIntoItsOwnSourceIsRefused(String name) throws IOException {
        Cli run = dump(source, folder.resolve(name), "--json");
        assertThat(run.code()).isEqualTo(1);
        assertIntact();
        assertThat(run.json().getAsJsonObject("error").get("written").getAsLong())
                .isZero();
        assertThat(dump(folder.resolve(name), source).code()).isEqualTo(1);
        assertIntact();
    }

    @Test
    void aDescriptorOfTheSourceIsTheSource() throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(source.toFile(), "rw")) {
            Path descriptor;
            try (var all = Files.list(Path.of("/proc/self/fd"))) {
                descriptor = all.filter(each -> leadsToSource(each)).findFirst().orElseThrow();
            }
            assertThat(open.length()).isEqualTo(bytes.length);
            assertThat(dump(source, descriptor).code()).isEqualTo(1);
            assertIntact();
            assertThat(Cli.run("dump", "fd:" + descriptor.getFileName(), "0", "0", "4K", "-o", source.toString())
                            .code())
                    .isEqualTo(1);
            assertIntact();
        }
    }

    private boolean leadsToSource(Path descriptor) {
        try {
            return Files.isSameFile(descriptor, source);
        } catch (IOException gone) {
            return false;
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "dump ADDRESS 0 0 64",
                "dump ADDRESS 0 0 64 -o /dev/stdout",
                "dump ADDRESS 0 0 64 --json",
                "read ADDRESS 9 0 --json",
                "read ADDRESS 0 0",
                "copy embedded 0 0 64 0 0 --to ADDRESS",
                "report ADDRESS",
                "hand-over ADDRESS socket --json"
            })
    void standardOutputThatIsTheSourceOrTheTargetIsRefused(String line) throws IOException, InterruptedException {
        CliProcess run = CliProcess.run(
                Redirect.appendTo(source.toFile()),
                line.replace("ADDRESS", source.toString()).split(" "));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("file");
        assertIntact();
    }

    @Test
    void standardErrorThatIsTheSourceIsRefusedWithoutAWord() throws IOException, InterruptedException {
        Redirect inTheSource = Redirect.appendTo(source.toFile());
        assertThat(CliProcess.code(
                        Redirect.DISCARD, inTheSource, process -> {}, "read", source.toString(), "0", "0x20000"))
                .isEqualTo(1);
        assertIntact();
    }

    @ParameterizedTest
    @ValueSource(strings = {"out", "/dev/stdout"})
    void aDumpIntoTheFileOfItsOwnJsonIsRefused(String name) throws IOException, InterruptedException {
        Path out = folder.resolve("out");
        CliProcess run = CliProcess.run(
                Redirect.to(out.toFile()),
                "dump",
                source.toString(),
                "0",
                "0",
                "4K",
                "-o",
                folder.resolve(name).toString(),
                "--json");
        assertThat(run.code()).isEqualTo(1);
        assertThat(JsonParser.parseString(Files.readString(out))
                        .getAsJsonObject()
                        .has("error"))
                .isTrue();
    }

    @Test
    void anotherFileIsWrittenToItsEnd() throws IOException {
        Path old = Files.write(folder.resolve("old"), new byte[100_000]);
        assertThat(dump(source, old).code()).isZero();
        assertThat(old).hasBinaryContent(Arrays.copyOf(bytes, 4096));
    }

    @ParameterizedTest
    @ValueSource(strings = {"dump embedded 1 0 64 --memory off", "dump embedded 1 0 8K", "dump embedded 9 0 1"})
    void anOldOutputStaysIfNothingCouldBeRead(String line) throws IOException {
        Path old = Files.writeString(folder.resolve("old"), "old");
        assertThat(Cli.run((line + " -o " + old).split(" ")).code()).isEqualTo(1);
        assertThat(old).hasContent("old");
        Path absent = folder.resolve("absent");
        Cli.run((line + " -o " + absent).split(" "));
        assertThat(absent).doesNotExist();
    }

    @Test
    void whatThisProgramRunsFromIsNoOutput() {
        Path release = Path.of(System.getProperty("java.home"), "release");
        long size = release.toFile().length();
        Cli run = dump(source, release);
        assertThat(run.code()).isEqualTo(1);
        assertThat(release).hasSize(size);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/proc/self/comm", "d", "/dev/random", "no/such"})
    void whatIsNoOrdinaryFileIsRefused(String name) {
        Cli run = dump(source, folder.resolve(name), "--json");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.json().getAsJsonObject("error").get("file").getAsString())
                .endsWith(name);
    }
}
