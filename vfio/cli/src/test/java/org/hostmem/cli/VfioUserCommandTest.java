package org.hostmem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Path;
import java.util.Arrays;
import org.hostmem.vfio.VfioUserServer;
import org.hostmem.vfio.VfioUserServer.Bar;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands on a device that another process serves. */
class VfioUserCommandTest {

    @TempDir
    private Path folder;

    private String address;
    private VfioUserServer server;

    @BeforeEach
    void serve() {
        Path socket = folder.resolve("s");
        address = "unix:" + socket;
        server = new VfioUserServer(socket);
        server.bars.put(2, new Bar(4096, 3, 0, new int[0], new long[0][], new byte[4096]));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void reportSaysThatARegionIsReachedByMessages() {
        JsonObject device = JsonParser.parseString(
                        Cli.run("report", address, "--json").out())
                .getAsJsonObject()
                .getAsJsonArray("devices")
                .get(0)
                .getAsJsonObject();
        assertThat(device.get("driver").getAsString()).isEqualTo("vfio-user");
        assertThat(Cli.run("report", address).out()).containsPattern("2 +BAR2 +4096 bytes +READ WRITE .* message");
    }

    @Test
    void readAndWriteAreOneMessageEach() {
        Cli write = Cli.run("write", address, "2", "0x10", "0x12345678");
        assertThat(write.code()).as(write.err()).isZero();
        assertThat(Cli.run("read", address, "BAR2", "0x10").out()).isEqualTo("0x12345678\n");
        assertThat(Cli.run("read", address, "2", "0x10", "--width", "2").out()).isEqualTo("0x5678\n");
        assertThat(server.accesses).containsExactly("write 4@0x10 of 2", "read 4@0x10 of 2", "read 2@0x10 of 2");
    }

    @Test
    void dumpReadsByMessages() {
        assertThat(Cli.run("dump", address, "2", "0", "16").out()).startsWith("00000000  00 00");
        assertThat(server.accesses).containsExactly("read 8@0x0 of 2", "read 8@0x8 of 2");
    }

    @Test
    void configurationSpaceIsDumpedFourBytesAtATime() {
        byte[] config = new byte[256];
        config[0] = 0x34;
        server.bars.put(7, new Bar(256, 3, 0, new int[0], new long[0][], config));
        Cli dump = Cli.run("dump", address, "CONFIG", "0x40", "64");
        assertThat(dump.code()).as(dump.err()).isZero();
        Cli.run("read", address, "CONFIG", "0x40", "--width", "8");
        assertThat(server.accesses)
                .noneMatch(access -> access.contains(" 8@"))
                .contains("read 4@0x40 of 7", "read 4@0x7c of 7");
    }

    @Test
    void aDeviceThatGivesNoAnswerIsReportedAsThat() {
        byte[] ones = new byte[256];
        Arrays.fill(ones, (byte) -1);
        server.bars.put(7, new Bar(256, 3, 0, new int[0], new long[0][], ones));
        Cli report = Cli.run("report", address);
        assertThat(report.code()).as(report.err()).isZero();
        assertThat(report.out()).contains("vfio-user", "no answer").contains("vendor 0xffff, command 0xffff");
        JsonObject device = JsonParser.parseString(
                        Cli.run("report", address, "--json").out())
                .getAsJsonObject()
                .getAsJsonArray("devices")
                .get(0)
                .getAsJsonObject();
        assertThat(device.get("memoryEnabled").isJsonNull()).isTrue();
        assertThat(device.get("powerState").isJsonNull()).isTrue();
        assertThat(device.get("noAnswer").getAsString()).contains("0xffff");
        Cli read = Cli.run("read", address, "2", "0", "--memory", "on");
        assertThat(read.code()).isEqualTo(1);
        assertThat(read.err()).contains("0xffff");
        assertThat(server.accesses).noneMatch(access -> access.startsWith("write"));
    }

    @Test
    void aServerThatIsNotThereIsAnErrorWithWhatToDo() {
        Cli read = Cli.run("read", address + "x", "2", "0");
        assertThat(read.code()).isEqualTo(1);
        assertThat(read.err()).contains(address.substring("unix:".length()) + "x");
    }
}
