package org.hostmem.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.hostmem.lab.Guest.Tier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The lab's own kernel, newer than Debian's and with two ways into each device: what {@code hostmem report} says of
 * them, and the sweep of aarch64 by either. One boot for each ISA.
 */
@Tag("lab")
class LabKernelTest {

    private static final String REPORT = "java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData"
            + " --enable-native-access=org.hostmem.vfio,org.hostmem.arch.generic --module-path \"$2\" -m"
            + " org.hostmem.cli/org.hostmem.cli.Main report --json %s >\"$HOSTMEM_LAB_OUT\"/%s.json\n";

    private static final Map<String, Guest> GUESTS = new HashMap<>();

    private static Guest guest(String isa) throws Exception {
        if (!GUESTS.containsKey(isa)) {
            StringBuilder script = new StringBuilder("set -e\n")
                    .append(REPORT.formatted("", "default"))
                    .append(REPORT.formatted("--way group", "group"));
            if (isa.equals("aarch64")) {
                for (String way : List.of("CDEV", "GROUP")) {
                    script.append(Tier.C2.java(
                            NoncachedProgram.class,
                            "-XX:CompileThresholdScaling=0.1",
                            "\"$HOSTMEM_LAB_OUT\"/" + way + ".results " + way + "\n"));
                }
            }
            GUESTS.put(isa, Guest.run(isa, script.toString(), "--kernel", "lab"));
        }
        Guest guest = GUESTS.get(isa);
        assertThat(guest.exit())
                .as(() -> "exit code of the guest, which said:\n" + guest.output())
                .isZero();
        return guest;
    }

    @ParameterizedTest
    @CsvSource({"x86_64, default, cdev", "x86_64, group, group", "aarch64, default, cdev", "aarch64, group, group"})
    void reportNamesTheWayInOfEveryDevice(String isa, String report, String way) throws Exception {
        JsonObject all = report(isa, report);
        assertThat(all.getAsJsonObject("host").get("kernel").getAsString()).startsWith("7.");
        assertThat(all.getAsJsonObject("provider").get("name").getAsString()).isEqualTo(isa);
        Map<String, String> ways = stream(all.getAsJsonArray("devices"))
                .collect(Collectors.toMap(
                        device -> device.get("address").getAsString(),
                        device -> device.get("way").getAsString()));
        assertThat(ways)
                .isEqualTo(Map.of("0000:00:03.0", way, "0000:00:04.0", way, "0000:00:05.0", way, "0000:00:06.0", way));
    }

    /** What a region is does not depend on the way to it. */
    @ParameterizedTest
    @CsvSource({"x86_64", "aarch64"})
    void regionsAreTheSameByEitherWay(String isa) throws Exception {
        List<JsonElement> regions = regions(report(isa, "default"));
        assertThat(regions).isEqualTo(regions(report(isa, "group"))).hasSize(4);
        assertThat(regions.getFirst()
                        .getAsJsonArray()
                        .get(0)
                        .getAsJsonObject()
                        .get("cacheMode")
                        .getAsString())
                .isEqualTo("NONCACHED");
    }

    /** As {@link Aarch64GuestTest}, on another kernel. */
    @ParameterizedTest
    @CsvSource({"CDEV, cdev", "GROUP, group"})
    void sweepOfDeviceMemoryWithoutAFault(String name, String way) throws Exception {
        Map<String, String> results = guest("aarch64").results(name + ".results");
        assertThat(results)
                .containsEntry("way", way)
                .containsEntry("rules", "aarch64 NONCACHED")
                .containsEntry("done", "" + Aarch64GuestTest.ACCESSES)
                .containsEntry("failures", "0")
                .containsEntry("failures with those after the controls", "0");
        assertThat(results)
                .as("plain Java")
                .containsEntry("copy 15", "8 of 8 fault")
                .containsEntry("unaligned stores", "fault");
    }

    private static JsonObject report(String isa, String name) throws Exception {
        return JsonParser.parseString(String.join("\n", guest(isa).lines(name + ".json")))
                .getAsJsonObject();
    }

    private static List<JsonElement> regions(JsonObject report) {
        return stream(report.getAsJsonArray("devices"))
                .map(device -> device.get("regions"))
                .toList();
    }

    private static Stream<JsonObject> stream(JsonArray array) {
        return StreamSupport.stream(array.spliterator(), false).map(JsonElement::getAsJsonObject);
    }
}
