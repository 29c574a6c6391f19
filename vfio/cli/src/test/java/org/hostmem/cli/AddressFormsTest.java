package org.hostmem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What an ADDRESS on the command line may be, and what is said of one that is nothing. */
class AddressFormsTest {

    @TempDir
    Path folder;

    private String file;

    @BeforeEach
    void aFileOfTwelveBytes() throws IOException {
        file = Files.write(folder.resolve("vram"), new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
                .toString();
    }

    @Test
    void aFileIsReadAndWritten() throws IOException {
        assertThat(Cli.run("read", file, "0", "4").out()).isEqualToIgnoringNewLines("0x08070605");
        assertThat(Cli.run("write", file, "0", "8", "0x11223344").code()).isZero();
        assertThat(Files.readAllBytes(Path.of(file)))
                .endsWith(0x44, 0x33, 0x22, 0x11)
                .hasSize(12);
        assertThat(Cli.run("dump", file, "0", "6", "3", "--json")
                        .json()
                        .get("bytes")
                        .getAsString())
                .isEqualTo("070844");
        assertThat(Cli.run("read", file, "0", "9").err()).contains("12 bytes", "0x9");
    }

    @Test
    void aFileIsReportedAsNormalAndCertain() {
        JsonObject device = Cli.run("report", file, "--json")
                .json()
                .getAsJsonArray("devices")
                .get(0)
                .getAsJsonObject();
        assertThat(device.get("driver").getAsString()).isEqualTo("file");
        assertThat(device.get("way").getAsString()).isEqualTo("mapped file");
        assertThat(device.get("memoryEnabled").isJsonNull()).isTrue();
        JsonObject region = device.getAsJsonArray("regions").get(0).getAsJsonObject();
        assertThat(region.get("size").getAsLong()).isEqualTo(12);
        assertThat(region.get("cacheMode").getAsString()).isEqualTo("NORMAL");
        assertThat(region.get("cacheModeSource").getAsString()).isEqualTo("BY_CONSTRUCTION");
        assertThat(region.get("cacheModeCertainty").getAsString()).isEqualTo("CERTAIN");
        assertThat(region.getAsJsonArray("notes").get(0).getAsString()).contains("by construction");
        assertThat(Cli.run("report", file).out()).contains("sure", "certain", "by mapped file");
    }

    @Test
    void howSureACacheModeIsShows() {
        assertThat(Cli.run("report embedded").out()).contains("sure", "certain");
        JsonObject regions = Cli.run("report embedded --json")
                .json()
                .getAsJsonArray("devices")
                .get(0)
                .getAsJsonObject();
        assertThat(regions.getAsJsonArray("regions")
                        .get(5)
                        .getAsJsonObject()
                        .get("cacheModeCertainty")
                        .getAsString())
                .isEqualTo("NONE");
        assertThat(regions.get("powerState").getAsString()).isEqualTo("D0");
    }

    @Test
    void aCrossCheckThatCannotBeSaysWhy() {
        JsonObject region = Cli.run("report", file, "--cross-check", "--json")
                .json()
                .getAsJsonArray("devices")
                .get(0)
                .getAsJsonObject()
                .getAsJsonArray("regions")
                .get(0)
                .getAsJsonObject();
        assertThat(region.getAsJsonObject("cacheModeCheck").get("verdict").getAsString())
                .isEqualTo("IMPOSSIBLE");
        assertThat(Cli.run("report", file, "--cross-check").code()).isZero();
        assertThat(Cli.run("report", file, "--cross-check").out()).contains("cross-check IMPOSSIBLE: ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "fd:                          | fd:N",
                "fd:-1                        | fd:N",
                "fd:x                         | fd:N",
                "fd:99999                     | EBADF",
                "hand-over:/nowhere/socket    | /nowhere/socket",
                "hand-over:                   | 107",
                "/dev/null                    | a character device",
                "/proc/self/status            | /proc/self/status",
                "/                            | folder",
                "./nothing                    | nothing",
                "/sys/kernel/notes            | resource0",
                "/sys/bus/pci/devices/0000:ff:1f.7/resource0 | 0000:ff:1f.7/resource0",
                "/proc/1/../../sys/kernel/notes | resource0",
                "/etc/passwd/x                | ENOTDIR",
                "0000:03:00.0;reboot          | 0000:01:00.0",
                "0000:03:00.8                 | 0000:01:00.0"
            })
    void anAddressThatIsNothingIsRefused(String address, String message) {
        for (String[] line : new String[][] {
            {"read", address, "0", "0"},
            {"write", address, "0", "0", "1"},
            {"dump", address, "0", "0", "4"},
            {"report", address}
        }) {
            Cli run = Cli.run(line);
            assertThat(run.err())
                    .as(line[0])
                    .startsWith("hostmem: ")
                    .contains(message)
                    .doesNotContain("\tat ", "unexpected");
            assertThat(run.code()).isEqualTo(1);
        }
    }

    @Test
    void anEmptyFileHasNothingToMap() throws IOException {
        Path empty = Files.createFile(folder.resolve("empty"));
        assertThat(Cli.run("read", empty.toString(), "0", "0").err()).contains(empty.toString(), "truncate -s");
    }

    @ParameterizedTest
    @ValueSource(strings = {"D3hot", "d1"})
    void aDeviceThatIsPutToSleepSaysHowToWakeIt(String state) {
        Cli run = Cli.run("read embedded 1 0 --power " + state);
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("BAR1 of embedded: ", state.toUpperCase(Locale.ROOT), "--power d0");
    }

    @Test
    void aWayThatThereIsNotIsWrongUsage() {
        assertThat(Cli.run("read 0000:01:00.0 0 0 --way noiommu").code()).isEqualTo(2);
        assertThat(Cli.run("read 0000:01:00.0 0 0 --way noiommu").err()).contains("[cdev, group]");
        assertThat(Cli.run("read --help").out())
                .containsIgnoringWhitespaces("--no-iommu", "--way=cdev|group", "hand-over:PATH: ", "fd:N");
    }

    @Test
    void onlyAVfioDeviceIsHandedOver() {
        Cli run = Cli.run("hand-over", "embedded", folder.resolve("socket").toString());
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("embedded", "VFIO");
        assertThat(Cli.run("hand-over", "embedded", "x", "--user", "no such user")
                        .code())
                .isEqualTo(2);
    }
}
