package org.hostmem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.hostmem.DeviceLimits;
import org.hostmem.vfio.VfioOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code read}, {@code write} and {@code dump} on the embedded device, whose first register is 0x4d454d48. */
class AccessCommandTest {

    @ParameterizedTest
    @CsvSource({
        "read embedded 1 0,                       0x4d454d48",
        "read embedded BAR1 0x0 --width 1,        0x48",
        "read EMBEDDED bar1 2 -w 2,               0x4d45",
        "read embedded 1 0 -w 8,                  0x000000004d454d48",
        "read embedded 1 0 --big-endian,          0x484d454d",
        "read embedded config 0,                  0x484d1234",
        "read embedded 7 4 -w 2,                  0x0103",
        "read embedded 3 0x20000 -w 4,            0xffffffff",
        "read embedded 1 0 --memory off --on-fault all-ones, 0xffffffff",
        "read embedded 1 0 --assert-cache-mode DEVICE, 0x4d454d48",
        "read embedded 4 127G -w 8,               0x0000000000000000"
    })
    void readPrintsTheValueAlone(String line, String value) {
        Cli run = Cli.run(line);
        assertThat(run.out()).isEqualToIgnoringNewLines(value);
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
    }

    @Test
    void readSaysWhichAccessesIfThereWereSeveral() {
        Cli run = Cli.run("read embedded config 0 -w 8");
        assertThat(run.out()).isEqualToIgnoringNewLines("0x00100103484d1234");
        assertThat(run.err()).contains("note: split into 2 accesses: 2x4@0x0");
    }

    @Test
    void readAsJsonHasValueAndPlan() {
        JsonObject read = Cli.run("read embedded 1 0 --json").json();
        assertThat(read.get("value").getAsString()).isEqualTo("0x4d454d48");
        assertThat(read.get("accesses").toString()).isEqualTo("[[0,4]]");
        assertThat(read.get("verdict").getAsString()).isEqualTo("single");
        assertThat(read.get("cacheMode").getAsString()).isEqualTo("NONCACHED");
    }

    @Test
    void anAssertedCacheModeCounts() {
        assertThat(Cli.run("read embedded bar4 0 --assert-cache-mode write_combining --json")
                        .json()
                        .get("cacheMode")
                        .getAsString())
                .isEqualTo("WRITE_COMBINING");
    }

    @ParameterizedTest
    @CsvSource({
        "write embedded 1 0x10 0xdeadbeef,               0xdeadbeef",
        "write embedded 1 0x10 -1,                       0xffffffff",
        "write embedded 1 0x10 255 -w 1,                 0xff",
        "write embedded 1 0x10 0xffffffffffffffff -w 8,  0xffffffffffffffff",
        "write embedded 2 0x10 7 -w 2,                   0x0007"
    })
    void writeSaysNothingAndItsJsonTheValue(String line, String value) {
        Cli run = Cli.run(line);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        assertThat(Cli.run(line + " --json").json().get("value").getAsString()).isEqualTo(value);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "write embedded 1 0 256 -w 1            | -128 to 0xff",
                "write embedded 1 0 0x100000000         | 0xffffffff",
                "write embedded 1 0 zero                | VALUE 'zero'",
                "write embedded 1 0                     | 'VALUE'",
                "write embedded 1 0 1 -w 3              | --width 3",
                "read embedded 1 0 -w 16                | --width 16",
                "read embedded 1 -4                     | '-4'",
                "read embedded 1 0 --on-fault panic     | [throw, all-ones]",
                "read embedded 1 0 --memory maybe       | [ON, OFF]",
                "read embedded 1 0 --assert-cache-mode X | 'X'",
                "dump embedded 1 2 8 -w 4               | --width 4",
                "dump embedded 1 0                      | 'LENGTH'"
            })
    void wrongUsage(String line, String message) {
        Cli run = Cli.run(line.strip());
        assertThat(run.err()).contains(message).doesNotContain("\tat ");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "read embedded 1 4094                   | 0xffe",
                "read embedded 1 0x7fffffffffffffff     | 0x7fffffffffffffff",
                "read embedded 9 0                      | 5 (BAR5), 7 (CONFIG)",
                "read embedded rom 0                    | 5 (BAR5), 7 (CONFIG)",
                "read embedded 5 1 --unaligned reject   | UnalignedPolicy.SPLIT",
                "read ffff:ff:1f.7 0 0                  | ffff:ff:1f.7",
                "read nonsense 0 0                      | 0000:01:00.0",
                "dump embedded 1 1 4K                   | 4096 bytes",
                "dump embedded 1 0x7fffffffffffffff 1   | 0x7fffffffffffffff"
            })
    void whatTheDeviceRefusesEndsWith1(String line, String message) {
        Cli run = Cli.run(line.strip());
        assertThat(run.err()).startsWith("hostmem: ").contains(message).doesNotContain("\tat ");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out()).isEmpty();
    }

    @Test
    void aFaultSaysWhatHappened() {
        Cli run = Cli.run("read embedded 1 8 --memory off --json");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("BAR1 of embedded: ", "4-byte read", "0x8");
        JsonObject error = run.json().getAsJsonObject("error");
        assertThat(error.get("kind").getAsString()).isEqualTo("RegionFaultException");
        assertThat(error.get("offset").getAsLong()).isEqualTo(8);
        assertThat(error.get("direction").getAsString()).isEqualTo("READ");
        assertThat(error.get("completed").getAsLong()).isZero();
    }

    @Test
    void dumpLooksLikeHexdump() {
        assertThat(Cli.run("dump embedded 1 0 0x44").out().lines())
                .containsExactly(
                        "00000000  48 4d 45 4d 00 00 00 00  00 00 00 00 00 00 00 00  |HMEM............|",
                        "00000010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|",
                        "*",
                        "00000040  00 00 00 00                                       |....|",
                        "00000044");
        assertThat(Cli.run("dump embedded 1 1 3").out().lines())
                .first()
                .asString()
                .startsWith("00000001  4d 45 4d  ");
        assertThat(Cli.run("dump embedded 1 0 0").out()).isEqualToIgnoringNewLines("00000000");
    }

    @Test
    void dumpInOneWidthGivesTheSameBytes() {
        String bytes =
                Cli.run("dump embedded 1 0 16 --json").json().get("bytes").getAsString();
        for (int width : new int[] {1, 2, 4, 8}) {
            assertThat(Cli.run("dump embedded 1 0 16 --json -w " + width)
                            .json()
                            .get("bytes")
                            .getAsString())
                    .isEqualTo(bytes);
            assertThat(Cli.run("dump embedded 1 0 16 --json --big-endian -w " + width)
                            .json()
                            .get("bytes")
                            .getAsString())
                    .isEqualTo(bytes);
        }
    }

    @Test
    void whatTheDeviceDoesNotTakeIsCutOrRefused() {
        Cli halves = Cli.run("read embedded BAR1 0 --width 8 --halves high-first");
        assertThat(halves.out().strip()).isEqualTo("0x000000004d454d48");
        assertThat(halves.err()).contains("split into 2 accesses: 4@0x4 4@0x0");
        assertThat(Cli.run("read embedded 1 0 --width 2 --min-width 4").err())
                .contains("BAR1", DeviceLimits.NONE.withUnits(4, 64).toString());
        assertThat(Cli.run("read embedded 1 0 --width 2 --min-width 4").code()).isEqualTo(1);
        assertThat(Cli.run("write embedded 1 0x42 1 --width 4 --aligned --min-width 4")
                        .code())
                .isEqualTo(1);
        assertThat(Cli.run("write embedded 1 0x40 1 --width 8 --max-width 4 --json")
                        .json()
                        .get("accesses")
                        .toString())
                .isEqualTo("[[64,4],[68,4]]");
        assertThat(Cli.run("copy embedded 0 0x1000 16 2 0x2000 --max-width 2").out())
                .contains("8 reads 8x2@0x1000, 8 writes 8x2@0x2000");
        assertThat(Cli.run("copy embedded 0 0x1001 16 2 0x2000 --min-width 2").err())
                .contains("BAR0", DeviceLimits.NONE.withUnits(2, 64).toString());
        String bytes =
                Cli.run("dump embedded 1 0 24 --json").json().get("bytes").getAsString();
        assertThat(Cli.run("dump embedded 1 0 24 --json --max-width 2")
                        .json()
                        .get("bytes")
                        .getAsString())
                .isEqualTo(bytes);
        assertThat(Cli.run("dump embedded 1 1 6 --min-width 4").code()).isEqualTo(1);
        assertThat(Cli.run("dump embedded 1 0 8 --width 4 --max-width 4").err()).contains("--width", "--min-width");
        assertThat(Cli.run("read embedded 1 0 --max-width 5").code()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1 --halves low-first", "2 --halves high-first", "8 --halves low-first"})
    void aWidthThatHasNoHalvesIsAUsageError(String width) {
        Cli refused = Cli.run("dump embedded 1 0 8 --width " + width);
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("--width", "--halves", "4 bytes");
    }

    @Test
    void thePropertyThatSaysWhoAnswersHoldsForAnEmbeddedDevice() {
        System.setProperty(VfioOptions.ANSWERED_BY_PROPERTY, "hypervisor");
        try {
            assertThat(Cli.run("report embedded --json").out()).contains("\"answeredBySource\": \"ASSERTED\"");
            assertThat(Cli.run("read embedded 0 0 --assert-cache-mode DEVICE --answered-by hardware")
                            .code())
                    .isZero();
            System.setProperty(VfioOptions.ANSWERED_BY_PROPERTY, "nobody");
            assertThat(Cli.run("read embedded 0 0").code()).isEqualTo(1);
            assertThat(Cli.run("read embedded 0 0 --assert-cache-mode DEVICE").err())
                    .contains(VfioOptions.ANSWERED_BY_PROPERTY);
        } finally {
            System.clearProperty(VfioOptions.ANSWERED_BY_PROPERTY);
        }
    }

    @Test
    void dumpGoesAcrossAHole() {
        String bytes =
                Cli.run("dump embedded 3 0x1fff8 16 --json").json().get("bytes").getAsString();
        assertThat(bytes).isEqualTo("0000000000000000" + "ffffffffffffffff");
    }

    @Test
    void dumpToAFile(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("bar");
        Cli run = Cli.run("dump", "embedded", "1", "0", "200", "-o", file.toString());
        assertThat(run.code()).isZero();
        assertThat(run.out()).isEmpty();
        assertThat(Files.readAllBytes(file)).hasSize(200).startsWith(0x48, 0x4d, 0x45, 0x4d);
    }

    @Test
    void dumpToAFileThatCannotBe(@TempDir Path folder) {
        Cli run = Cli.run(
                "dump",
                "embedded",
                "1",
                "0",
                "200",
                "-o",
                folder.resolve("no/bar").toString());
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains(folder.resolve("no/bar").toString()).doesNotContain("\tat ");
    }

    @Test
    void dumpReportsAFaultAfterTheBytes() {
        Cli run = Cli.run("dump embedded 1 0 64 --memory off --json");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.json().get("bytes").getAsString()).isEmpty();
        assertThat(run.json().getAsJsonObject("error").get("kind").getAsString())
                .isEqualTo("RegionFaultException");
        assertThat(run.err()).contains("0x0");
    }

    @Test
    void copySaysWhatItDid() {
        Cli run = Cli.run("copy embedded 0 0x1001 15 2 0x2003");
        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out().strip())
                .isEqualTo(
                        "15 bytes from BAR0 at 0x1001 to BAR2 at 0x2003: straight, 4 reads 1@0x1001 2@0x1002 4@0x1004"
                                + " 8@0x1008, 4 writes 1@0x2003 4@0x2004 8@0x2008 2@0x2010");
    }

    @Test
    void copyWithinARegionIsAMove() {
        JsonObject plan = Cli.run("copy embedded 0 0 1000 0 3 --json").json().getAsJsonObject("plan");
        assertThat(plan.get("verdict").getAsString()).isEqualTo("buffered");
        assertThat(plan.get("buffer").getAsInt()).isEqualTo(3);
        assertThat(Cli.run("copy embedded 0 0 1000 0 3 --overlap memmove --json")
                        .json()
                        .getAsJsonObject("plan")
                        .get("verdict")
                        .getAsString())
                .isEqualTo("descending");
        assertThat(Cli.run("copy embedded 0 0 1000 0 3 --to embedded --json")
                        .json()
                        .getAsJsonObject("plan")
                        .get("verdict")
                        .getAsString())
                .as("another device")
                .isEqualTo("straight");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "copy embedded 0 0 1000 0 3 --budget 2  | 3 bytes",
                "copy embedded 0 0 16 0 8 --overlap reject | REJECT",
                "copy embedded 0 0 4K 1 1               | 4096 bytes",
                "copy embedded 0 0 16 9 0               | 5 (BAR5), 7 (CONFIG)",
                "copy embedded 1 0 16 0 0 --memory off  | read at offset 0x0",
                "copy embedded 1 0 16 0 0 --to nonsense | 0000:01:00.0"
            })
    void copyThatIsRefused(String line, String message) {
        whatTheDeviceRefusesEndsWith1(line, message);
    }
}
