package org.hostmem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.hostmem.spi.Host;
import org.hostmem.vfio.VfioUserServer;
import org.hostmem.vfio.VfioUserServer.Bar;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is asked, what is allowed and what to do; addresses in hexadecimal. */
class MessagesTest {

    private static final Pattern DECIMAL_PLACE = Pattern.compile("\\b(at|offset|address) -?[1-9][0-9]*\\b");

    @TempDir
    private Path folder;

    @Test
    void anEmptyAddressGetsTheFormsThereAre() {
        Cli run = Cli.run("read", "", "0", "0");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err())
                .contains("0000:01:00.0", "embedded", "fd:N", "unix:PATH")
                .doesNotContain("is a file");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "read embedded 1 4094",
                "read embedded 1 0x7fffffffffffffff",
                "dump embedded 1 4095 2",
                "copy embedded 0 0 4K 1 4095",
                "copy embedded 1 4095 2 0 0",
                "copy embedded 0 0 16 0 8 --overlap reject",
                "copy embedded 0 0 1000 0 300 --budget 2",
                "read embedded 5 17 -w 2 --unaligned reject",
                "read embedded 3 0x1fffe --unaligned reject",
                "write embedded 1 4095 1"
            })
    void placesAreHexadecimal(String line) {
        Cli run = Cli.run(line.split(" "));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).doesNotContainPattern(DECIMAL_PLACE);
    }

    @Test
    void aReasonIsNamedOnce() {
        try (VfioUserServer server = new VfioUserServer(folder.resolve("s"))) {
            server.claim("nonsense");
            Cli run = Cli.run("report", "unix:" + folder.resolve("s"));
            assertThat(run.err()).containsOnlyOnce("CAPABILITIES");
        }
    }

    @Test
    void aDescriptorThatCannotBeMappedIsExplained() throws IOException {
        Path file = Files.write(folder.resolve("file"), new byte[4096]);
        try (VfioUserServer server = new VfioUserServer(folder.resolve("s"))) {
            server.bars.put(
                    0,
                    new Bar(
                            4096,
                            7,
                            0,
                            new int[] {VfioUserServer.descriptorForReading(file)},
                            new long[0][],
                            new byte[4096]));
            Cli run = Cli.run("read", "unix:" + folder.resolve("s"), "0", "0");
            assertThat(run.code() == 0 || run.err().contains("EACCES: "))
                    .as(run.err())
                    .isTrue();
        }
    }

    @Test
    void aFileThatAProgramRunsFromIsOpenedForReading() throws IOException, InterruptedException {
        Path program = Files.copy(Path.of("/bin/sleep").toRealPath(), folder.resolve("program"));
        assertThat(program.toFile().setExecutable(true)).isTrue();
        Process process = new ProcessBuilder(program.toString(), "60").start();
        try {
            assertThat(Cli.run("read", program.toString(), "0", "0").out()).isEqualTo("0x464c457f\n");
            assertThat(Cli.run("write", program.toString(), "0", "0", "1").err())
                    .contains("read-only");
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    @Test
    void aCpuFeatureThatNobodyKnowsIsRefusedWithThoseThatAre() {
        System.setProperty(Host.DISABLED_PROPERTY, "avxx");
        try {
            Cli run = Cli.run("report embedded");
            assertThat(run.code()).isEqualTo(1);
            assertThat(run.err()).contains("avxx", Host.DISABLED_PROPERTY, "avx,");
        } finally {
            System.clearProperty(Host.DISABLED_PROPERTY);
        }
    }

    @Test
    void aFileHasNoRegistersAndThatIsSaid() throws IOException {
        Path file = Files.write(folder.resolve("file"), new byte[4096]);
        assertThat(Cli.run("read", file.toString(), "0", "0", "--memory", "on").err())
                .contains(file.toString());
        assertThat(Cli.run("read", file.toString(), "0", "0", "--power", "d0").err())
                .contains(file.toString());
    }

    @Test
    void aFolderIsNoAddressAndNoSocket() throws IOException {
        Path file = Files.write(folder.resolve("file"), new byte[4096]);
        assertThat(Cli.run("read", ".", "0", "0").err()).contains("folder");
        for (String place : List.of("/", "", folder.toString())) {
            Cli run = Cli.run("hand-over", file.toString(), place);
            assertThat(run.code()).isEqualTo(1);
            assertThat(run.err()).contains("folder");
        }
    }

    @Test
    void wrongUsageIsJsonHoweverThatWasAskedFor() {
        assertThat(Cli.run("dump", "--json=true", "embedded", "0", "0", "xyz")
                        .json()
                        .has("error"))
                .isTrue();
        assertThat(Cli.run("dump", "--json=false", "embedded", "0", "0", "xyz").out())
                .isEmpty();
    }

    @Test
    void aRegionThatTheTargetDoesNotHaveIsOfTheTarget() {
        assertThat(Cli.run("copy", "embedded", "0", "0", "4K", "9", "0").err())
                .startsWith("hostmem: embedded ")
                .contains("\"9\"");
    }
}
