package org.hostmem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigCommandTest {

    @Test
    void theHeaderAndTheCapabilitiesAreForPeople() {
        Cli run = Cli.run("config embedded");
        assertThat(run.code()).isZero();
        assertThat(run.out())
                .contains("1234:484d", "Mem+ BusMaster-", "[40] Power Management: version 3, D0, D1- D2- NoSoftRst+");
    }

    @Test
    void theSameIsForPrograms() {
        JsonArray devices = Cli.run("config embedded embedded --json").json().getAsJsonArray("devices");
        assertThat(devices).hasSize(2);
        JsonObject config = devices.get(0).getAsJsonObject();
        assertThat(config.get("vendor").getAsInt()).isEqualTo(0x1234);
        JsonObject power = config.getAsJsonArray("capabilities").get(0).getAsJsonObject();
        assertThat(power.get("id").getAsInt()).isEqualTo(1);
        assertThat(power.get("state").getAsString()).isEqualTo("D0");
        assertThat(config.getAsJsonArray("violations")).isEmpty();
    }

    @Test
    void aFileHasNone(@TempDir Path folder) throws Exception {
        Path file = Files.write(folder.resolve("memory"), new byte[8192]);
        Cli run = Cli.run("config", file.toString());
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).startsWith("hostmem: ").contains(file.toString());
    }
}
