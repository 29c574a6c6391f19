package org.hostmem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.hostmem.vfio.VfioUserServer;
import org.hostmem.vfio.VfioUserServer.Bar;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A copy between two names of one memory is the same as within it: exact, or refused before the first byte. */
class CopyBetweenNamesTest {

    private static final int SIZE = 1 << 16;

    @TempDir
    private Path folder;

    private Path aFile() throws IOException {
        byte[] bytes = new byte[SIZE];
        new Random(11).nextBytes(bytes);
        Path file = Files.write(folder.resolve("file"), bytes);
        if (Files.notExists(folder.resolve("symbolic"))) {
            Files.createSymbolicLink(folder.resolve("symbolic"), file);
            Files.createLink(folder.resolve("hard"), file);
        }
        return file;
    }

    @ParameterizedTest
    @CsvSource({
        "0, 8192, 4096",
        "0, 8192, 1",
        "3, 50000, 7",
        "4096, 8192, 0",
        "7, 60000, 0",
        "0, 65535, 1",
        "0, 4096, 4096",
        "100, 0, 100",
        "5, 5000, 5"
    })
    void isExact(long from, int length, long to) throws IOException {
        for (String name : new String[] {"file", "symbolic", "hard"}) {
            for (String overlap : new String[] {"keep-order", "memmove"}) {
                Path file = aFile();
                byte[] expected = Files.readAllBytes(file);
                System.arraycopy(expected, (int) from, expected, (int) to, length);
                Cli run = Cli.run(
                        "copy",
                        file.toString(),
                        "0",
                        "" + from,
                        "" + length,
                        "0",
                        "" + to,
                        "--overlap",
                        overlap,
                        "--to",
                        folder.resolve(name).toString());
                assertThat(run.code()).as(run.err()).isZero();
                assertThat(file).as("%s, %s", name, overlap).hasBinaryContent(expected);
            }
        }
    }

    @Test
    void obeysTheOverlapPolicy() throws IOException {
        Path file = aFile();
        byte[] before = Files.readAllBytes(file);
        for (String policy : new String[] {"--overlap reject", "--budget 10"}) {
            Cli run = Cli.run(
                    ("copy " + file + " 0 0 8K 0 4K --json --to " + folder.resolve("hard") + " " + policy).split(" "));
            assertThat(run.code()).isEqualTo(1);
            assertThat(run.json().getAsJsonObject("error").get("kind").getAsString())
                    .isEqualTo("AccessRejectedException");
            assertThat(file).hasBinaryContent(before);
        }
    }

    /**
     * The file is NORMAL memory and the server's region of no known mode: one accessor cannot have the accesses of
     * both.
     */
    @Test
    void isRefusedBetweenAServersRegionAndItsFile() throws IOException {
        Path file = aFile();
        byte[] before = Files.readAllBytes(file);
        try (VfioUserServer server = new VfioUserServer(folder.resolve("s"))) {
            server.bars.put(
                    2,
                    new Bar(
                            SIZE / 2,
                            7,
                            SIZE / 2,
                            new int[] {VfioUserServer.descriptor(file)},
                            new long[0][],
                            new byte[0]));
            String served = "unix:" + folder.resolve("s");
            Cli run = Cli.run(("copy " + served + " 2 0 0x4000 0 0x9000 --json --to " + file).split(" "));
            assertThat(run.code()).isEqualTo(1);
            assertThat(run.json().getAsJsonObject("error").get("reason").getAsString())
                    .isEqualTo("OVERLAP");
            assertThat(file).hasBinaryContent(before);
            assertThat(Cli.run(("copy " + served + " 2 0 0x4000 0 0 --to " + file).split(" "))
                            .code())
                    .as("apart")
                    .isZero();
        }
    }

    @Test
    void isExactBetweenTwoRegionsOfOneDeviceOnTheSameMemory() throws IOException {
        Path file = aFile();
        byte[] expected = Files.readAllBytes(file);
        System.arraycopy(expected, 0x8000, expected, 0x9000, 0x4000);
        try (VfioUserServer server = new VfioUserServer(folder.resolve("s"))) {
            int descriptor = VfioUserServer.descriptor(file);
            server.bars.put(0, new Bar(SIZE / 2, 7, SIZE / 2, new int[] {descriptor}, new long[0][], new byte[0]));
            server.bars.put(2, new Bar(SIZE, 7, 0, new int[] {descriptor}, new long[0][], new byte[0]));
            Cli run = Cli.run(("copy unix:" + folder.resolve("s") + " 0 0 0x4000 2 0x9000").split(" "));
            assertThat(run.code()).as(run.err()).isZero();
            assertThat(file).hasBinaryContent(expected);
        }
    }
}
