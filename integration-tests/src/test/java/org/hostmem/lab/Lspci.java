package org.hostmem.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hostmem.integration.Needed.needed;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.hostmem.integration.Forked;

/** What {@code lspci -vv} says of the bytes of a device, beside what {@code hostmem config --json} says. */
final class Lspci {

    private static final int ROW = 16;
    private static final Pattern OFFSET = Pattern.compile("Capabilities: \\[([0-9a-f]+)");

    private Lspci() {}

    /**
     * Compares what both show. The command register and the power state are left out: VFIO changes both when it opens a
     * device.
     */
    static void assertSaysTheSame(JsonObject config, Path bytes) throws Exception {
        String lspci = of(bytes);
        assertThat(lspci)
                .contains("%04x: %04x:%04x"
                        .formatted(number(config, "class") >> 8, number(config, "vendor"), number(config, "device")))
                .contains("Subsystem: %04x:%04x"
                        .formatted(number(config, "subsystemVendor"), number(config, "subsystemDevice")));
        if (number(config, "revision") != 0) {
            assertThat(lspci).contains("(rev %02x)".formatted(number(config, "revision")));
        }
        List<JsonObject> capabilities = config.getAsJsonArray("capabilities").asList().stream()
                .map(JsonElement::getAsJsonObject)
                .toList();
        assertThat(OFFSET.matcher(lspci).results().map((MatchResult found) -> Integer.parseInt(found.group(1), 16)))
                .containsExactlyElementsOf(capabilities.stream()
                        .map(each -> number(each, "offset"))
                        .toList());
        String[] blocks = lspci.split("(?=Capabilities: )");
        for (int i = 0; i < capabilities.size(); i++) {
            assertThat(blocks[i + 1]).contains(words(capabilities.get(i)));
        }
        assertThat(config.getAsJsonArray("violations")).isEmpty();
    }

    private static String of(Path bytes) throws Exception {
        needed(Files.isExecutable(Path.of("/usr/bin/lspci")), "lspci is missing: apt install pciutils");
        Path dump = Files.writeString(bytes.resolveSibling(bytes.getFileName() + ".dump"), dump(bytes));
        Forked.Result result = Forked.run(List.of("/usr/bin/lspci", "-nvv", "-F", dump.toString()), 60);
        assertThat(result.exit()).as(result.output()).isZero();
        return result.output();
    }

    private static String dump(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        StringBuilder dump = new StringBuilder("00:00.0 a device\n");
        for (int at = 0; at < bytes.length; at += ROW) {
            dump.append("%02x: ".formatted(at))
                    .append(HexFormat.ofDelimiter(" ").formatHex(bytes, at, at + ROW))
                    .append('\n');
        }
        return dump.toString();
    }

    /** What lspci writes of a capability. */
    private static List<String> words(JsonObject capability) {
        List<String> words = new ArrayList<>();
        switch (capability.get("name").getAsString()) {
            case "Power Management" -> {
                words.add("Power Management version " + number(capability, "version"));
                words.add("NoSoftRst" + sign(capability, "keepsRegisters"));
            }
            case "MSI" ->
                words.add("MSI: Enable" + sign(capability, "enabled") + " Count="
                        + number(capability, "enabledVectors") + "/" + number(capability, "vectors") + " Maskable"
                        + sign(capability, "maskable") + " 64bit" + sign(capability, "wide"));
            case "MSI-X" -> {
                words.add("MSI-X: Enable" + sign(capability, "enabled") + " Count=" + number(capability, "vectors")
                        + " Masked" + sign(capability, "masked"));
                words.add("Vector table: " + place(capability.getAsJsonObject("table")));
                words.add("PBA: " + place(capability.getAsJsonObject("pending")));
            }
            case "Express" -> {
                words.add("Express (v" + number(capability, "version") + ") "
                        + capability.get("type").getAsString());
                words.add("DevCap:\tMaxPayload " + number(capability, "largestPayload") + " bytes");
                words.add("MaxPayload " + number(capability, "payload") + " bytes, MaxReadReq "
                        + number(capability, "readRequest") + " bytes");
                JsonObject link = capability.getAsJsonObject("negotiated");
                if (link != null) {
                    words.add("LnkSta:\tSpeed " + link.get("gigatransfers").getAsString() + "GT/s");
                    words.add("Width x" + number(link, "lanes"));
                }
            }
            case String other -> words.add(other.startsWith("Vendor") ? other : "");
        }
        return words;
    }

    private static String place(JsonObject place) {
        return "BAR=%d offset=%08x".formatted(number(place, "region"), number(place, "offset"));
    }

    private static int number(JsonObject tree, String name) {
        return tree.get(name).getAsInt();
    }

    private static String sign(JsonObject tree, String name) {
        return tree.get(name).getAsBoolean() ? "+" : "-";
    }
}
