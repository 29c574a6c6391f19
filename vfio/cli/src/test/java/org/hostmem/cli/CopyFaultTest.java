package org.hostmem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import org.hostmem.vfio.VfioUserServer;
import org.hostmem.vfio.VfioUserServer.Bar;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An error of a copy names the side that it came from. */
class CopyFaultTest {

    @TempDir
    private Path folder;

    private static JsonObject error(String line) {
        Cli run = Cli.run(line + " --json");
        assertThat(run.code()).isEqualTo(1);
        return run.json().getAsJsonObject("error");
    }

    @Test
    void aTargetThatFaultsIsNamed() {
        JsonObject error = error("copy embedded 7 4 64 1 0x10 --memory off");
        assertThat(error.get("kind").getAsString()).isEqualTo("RegionFaultException");
        assertThat(error.get("operand").getAsString()).isEqualTo("target");
        assertThat(error.get("name").getAsString()).isEqualTo("BAR1");
        assertThat(error.get("region").getAsInt()).isEqualTo(1);
        assertThat(error.get("address").getAsString()).isEqualTo("embedded");
        assertThat(error.get("offset").getAsLong()).isEqualTo(0x10);
        assertThat(error.get("direction").getAsString()).isEqualTo("WRITE");
        assertThat(Cli.run("copy embedded 7 4 64 1 0x10 --memory off").err()).startsWith("hostmem: BAR1 of embedded: ");
    }

    @Test
    void aSourceThatFaultsIsNamed() {
        JsonObject error = error("copy embedded 1 8 8 0 0 --memory off --to embedded");
        assertThat(error.get("operand").getAsString()).isEqualTo("source");
        assertThat(error.get("name").getAsString()).isEqualTo("BAR1");
        assertThat(error.get("offset").getAsLong()).isEqualTo(8);
        assertThat(error.get("direction").getAsString()).isEqualTo("READ");
    }

    @Test
    void aTargetInAnotherDeviceIsNamedByItsAddress() throws IOException {
        try (VfioUserServer server = new VfioUserServer(folder.resolve("s"))) {
            server.bars.put(2, new Bar(4096, 3, 0, new int[0], new long[0][], new byte[16]));
            server.refuseWrites();
            String address = "unix:" + folder.resolve("s");
            JsonObject error = error("copy embedded 1 0 16 2 0x20 --to " + address);
            assertThat(error.get("kind").getAsString()).isEqualTo("RegionFaultException");
            assertThat(error.get("operand").getAsString()).isEqualTo("target");
            assertThat(error.get("address").getAsString()).isEqualTo(address);
            assertThat(error.get("name").getAsString()).isEqualTo("BAR2");
            assertThat(error.get("offset").getAsLong()).isEqualTo(0x20);
        }
    }

    @Test
    void whatDoesNotFitIsNamedToo() {
        assertThat(error("copy embedded 0 0 4K 1 1").get("operand").getAsString())
                .isEqualTo("target");
        assertThat(error("copy embedded 1 1 4K 0 0").get("operand").getAsString())
                .isEqualTo("source");
    }
}
