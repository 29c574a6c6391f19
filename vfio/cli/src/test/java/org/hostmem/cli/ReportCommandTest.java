package org.hostmem.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import org.hostmem.spi.ProviderSelection;
import org.hostmem.vfio.Vfio;
import org.junit.jupiter.api.Test;

class ReportCommandTest {

    @Test
    void jsonHasHostProviderCandidatesAndDevices() {
        Cli run = Cli.run("report embedded --json");
        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
        JsonObject report = run.json();
        assertThat(report.keySet()).containsExactly("host", "provider", "candidates", "devices");
        assertThat(report.getAsJsonObject("host").keySet()).contains("os", "isa", "byteOrder", "features");
        assertThat(report.getAsJsonObject("provider")
                        .getAsJsonObject("guarantees")
                        .keySet())
                .containsExactly("NORMAL", "WRITE_COMBINING", "DEVICE", "NONCACHED", "UNKNOWN");
        JsonArray candidates = report.getAsJsonArray("candidates");
        assertThat(candidates).hasSize(5);
        for (JsonElement candidate : candidates) {
            assertThat(candidate.getAsJsonObject().get("reason").getAsString()).isNotBlank();
        }
    }

    @Test
    void exactlyOneCandidateIsChosenAndItIsTheProvider() {
        JsonObject report = Cli.run("report embedded --json").json();
        int chosen = 0;
        for (JsonElement each : report.getAsJsonArray("candidates")) {
            JsonObject candidate = each.getAsJsonObject();
            if (candidate.get("chosen").getAsBoolean()) {
                chosen++;
                assertThat(candidate.get("name"))
                        .isEqualTo(report.getAsJsonObject("provider").get("name"));
                assertThat(candidate.get("usable").getAsBoolean()).isTrue();
            }
        }
        assertThat(chosen).isEqualTo(1);
    }

    @Test
    void jsonHasTheRegionsOfTheEmbeddedDevice() {
        JsonObject device = Cli.run("report embedded --json")
                .json()
                .getAsJsonArray("devices")
                .get(0)
                .getAsJsonObject();
        assertThat(device.get("driver").getAsString()).isEqualTo("embedded");
        assertThat(device.get("embedded").getAsBoolean()).isTrue();
        assertThat(device.has("note")).isFalse();
        JsonArray regions = device.getAsJsonArray("regions");
        assertThat(regions).hasSize(7);
        for (JsonElement region : regions) {
            assertThat(region.getAsJsonObject().keySet())
                    .contains("index", "size", "flags", "cacheMode", "cacheModeSource", "areas", "capabilities");
        }
        JsonObject holed = regions.get(3).getAsJsonObject();
        assertThat(holed.get("cacheMode").getAsString()).isEqualTo("NONCACHED");
        assertThat(holed.get("cacheModeSource").getAsString()).isEqualTo("REPORTED");
        assertThat(holed.get("flags").toString()).isEqualTo("[\"READ\",\"WRITE\",\"MMAP\",\"CAPS\"]");
        assertThat(holed.get("areas").toString())
                .isEqualTo("[{\"offset\":0,\"size\":131072},{\"offset\":196608,\"size\":65536}]");
        assertThat(holed.getAsJsonArray("capabilities")
                        .get(0)
                        .getAsJsonObject()
                        .get("name")
                        .getAsString())
                .isEqualTo("SPARSE_MMAP");
        assertThat(holed.getAsJsonArray("capabilities")
                        .get(1)
                        .getAsJsonObject()
                        .get("name")
                        .getAsString())
                .isEqualTo("MMAP_CACHE_MODE");
        JsonObject ports = regions.get(5).getAsJsonObject();
        assertThat(ports.getAsJsonArray("areas")).isEmpty();
        assertThat(ports.get("cacheMode").getAsString()).isEqualTo("UNKNOWN");
    }

    @Test
    void withoutADeviceTheEmbeddedOneIsReportedAndItSaysSo() {
        assumeThat(Vfio.addresses()).isEmpty();
        JsonObject device =
                Cli.run("report --json").json().getAsJsonArray("devices").get(0).getAsJsonObject();
        assertThat(device.get("address").getAsString()).isEqualTo("embedded");
        assertThat(device.get("note").getAsString()).contains("VFIO");
        assertThat(Cli.run("report").out()).contains(device.get("note").getAsString());
    }

    @Test
    void textHasTheSame() {
        Cli run = Cli.run("report embedded");
        assertThat(run.code()).isZero();
        assertThat(run.out())
                .contains(
                        "provider  ",
                        "chosen: ",
                        "R9 PRECISE_FAULTS",
                        "device    embedded",
                        "128 GiB",
                        "mmap, holes by pread",
                        "capability SPARSE_MMAP (id 0x1, version 1): [0x0, 0x20000) [0x30000, 0x40000)");
    }

    @Test
    void whoAnswersIsSaidAndHowTheMachineWasFoundToBeAGuestOrNot() {
        Cli text = Cli.run("report embedded --answered-by hypervisor");
        assertThat(text.out()).contains("\nguest     ", "region 0: answered by HYPERVISOR, source ASSERTED");
        JsonObject report = Cli.run("report embedded --json").json();
        assertThat(report.getAsJsonObject("host").getAsJsonObject("guest").keySet())
                .containsExactly("answer", "found", "source");
        JsonObject region = report.getAsJsonArray("devices")
                .get(0)
                .getAsJsonObject()
                .getAsJsonArray("regions")
                .get(0)
                .getAsJsonObject();
        assertThat(region.get("answeredBy").getAsString()).isEqualTo("HARDWARE");
        assertThat(region.get("answeredBySource").getAsString()).isEqualTo("BY_CONSTRUCTION");
        assertThat(region.getAsJsonObject("access").get("answeredBy").getAsString())
                .isEqualTo("HARDWARE");
    }

    @Test
    void whatADeviceReachesAndHowItInterruptsIsSaid() {
        assertThat(Cli.run("report embedded").out()).contains("  interrupts: none");
        JsonObject device = Cli.run("report embedded --json")
                .json()
                .getAsJsonArray("devices")
                .get(0)
                .getAsJsonObject();
        assertThat(device.getAsJsonObject("dma").get("refusal").getAsString()).contains("embedded");
        assertThat(device.getAsJsonObject("interrupts").keySet()).isEmpty();
    }

    @Test
    void aDeviceThatCannotBeOpenedIsReportedWithTheReason() {
        Cli run = Cli.run("report ffff:ff:1f.7 embedded --json");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("ffff:ff:1f.7");
        JsonArray devices = run.json().getAsJsonArray("devices");
        assertThat(devices.get(0)
                        .getAsJsonObject()
                        .getAsJsonObject("error")
                        .get("message")
                        .getAsString())
                .contains("ffff:ff:1f.7");
        assertThat(devices.get(1).getAsJsonObject().getAsJsonArray("regions")).hasSize(7);
    }

    @Test
    void aForcedProviderThatDoesNotExistIsAnError() {
        System.setProperty(ProviderSelection.PROVIDER_PROPERTY, "nope");
        try {
            Cli run = Cli.run("report embedded --json");
            assertThat(run.code()).isEqualTo(1);
            assertThat(run.err()).contains("nope", "x86_64");
            assertThat(run.json().getAsJsonObject("error").get("message").getAsString())
                    .contains("nope");
        } finally {
            System.clearProperty(ProviderSelection.PROVIDER_PROPERTY);
        }
    }
}
