package org.hostmem.vfio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.hostmem.vfio.PciCapability.Express;
import org.hostmem.vfio.PciCapability.ExtendedVendor;
import org.hostmem.vfio.PciCapability.Link;
import org.hostmem.vfio.PciCapability.Msi;
import org.hostmem.vfio.PciCapability.MsiX;
import org.hostmem.vfio.PciCapability.Other;
import org.hostmem.vfio.PciCapability.PowerManagement;
import org.hostmem.vfio.PciCapability.Vendor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code lspci}, which is not ours, says of the same bytes: with random ones, whose seed is the slot. */
class ConfigSpaceAndLspciTest {

    private static final int FUNCTIONS = 256;
    private static final int ROW = 16;
    private static final Pattern CAPABILITY = Pattern.compile("Capabilities: \\[([0-9a-f]+)");

    @TempDir
    Path folder;

    @Test
    void theySayTheSameOfRandomRegisters() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/lspci")), "lspci is missing: apt install pciutils");
        StringBuilder dump = new StringBuilder();
        for (int seed = 0; seed < FUNCTIONS; seed++) {
            dump(dump, seed, bytes(seed));
        }
        Path file = Files.writeString(folder.resolve("dump"), dump);
        String[] functions = lspci(file).split("\n(?=[0-9a-f]{2}:)");
        assertThat(functions).hasSize(FUNCTIONS);
        for (int seed = 0; seed < FUNCTIONS; seed++) {
            compare(ConfigSpace.of(bytes(seed)), functions[seed]);
        }
    }

    private static byte[] bytes(int seed) {
        return ConfigBytes.random(new SplittableRandom(seed)).bytes();
    }

    private static void dump(StringBuilder dump, int seed, byte[] bytes) {
        dump.append("%02x:%02x.%x random%n".formatted(seed >> 8, seed >> 3 & 0x1f, seed & 7));
        for (int at = 0; at < bytes.length; at += ROW) {
            dump.append("%02x: ".formatted(at))
                    .append(HexFormat.ofDelimiter(" ").formatHex(bytes, at, at + ROW))
                    .append('\n');
        }
        dump.append('\n');
    }

    private String lspci(Path dump) throws IOException {
        Process process = new ProcessBuilder("/usr/bin/lspci", "-nvv", "-F", dump.toString())
                .redirectError(folder.resolve("errors").toFile())
                .start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }

    private static void compare(ConfigSpace config, String lspci) {
        assertThat(config.violations()).isEmpty();
        assertThat(lspci)
                .contains(" %04x: %04x:%04x".formatted(config.classCode() >> 8, config.vendor(), config.device()))
                .contains("(rev %02x)".formatted(config.revision()))
                .contains("Mem" + sign(config.command() & 2))
                .contains("BusMaster" + sign(config.command() & 4));
        List<String> blocks = List.of(lspci.split("(?=Capabilities: )"));
        List<PciCapability> capabilities = config.capabilities();
        assertThat(CAPABILITY.matcher(lspci).results().map(MatchResult::group))
                .containsExactlyElementsOf(capabilities.stream()
                        .map(each -> "Capabilities: [" + Integer.toHexString(each.offset()))
                        .toList());
        for (int i = 0; i < capabilities.size(); i++) {
            assertThat(blocks.get(i + 1)).contains(words(capabilities.get(i)));
        }
    }

    /** What lspci writes of it. */
    private static List<String> words(PciCapability capability) {
        return switch (capability) {
            case PowerManagement power ->
                List.of(
                        "Power Management version " + power.version(),
                        "D1" + sign(power.states().contains(PowerState.D1)) + " D2"
                                + sign(power.states().contains(PowerState.D2)),
                        "Status: D" + power.state().ordinal() + " NoSoftRst" + sign(power.keepsRegisters())
                                + " PME-Enable" + sign(power.eventEnabled()),
                        " PME" + sign(power.eventPending()));
            case Msi msi ->
                List.of(
                        "MSI: Enable" + sign(msi.enabled()) + " Count=" + msi.enabledVectors() + "/" + msi.vectors()
                                + " Maskable" + sign(msi.maskable()) + " 64bit" + sign(msi.wide()),
                        (msi.wide() ? "Address: %016x  Data: %04x" : "Address: %08x  Data: %04x")
                                .formatted(msi.address(), msi.data()));
            case MsiX msix ->
                List.of(
                        "MSI-X: Enable" + sign(msix.enabled()) + " Count=" + msix.vectors() + " Masked"
                                + sign(msix.masked()),
                        "Vector table: BAR=%d offset=%08x"
                                .formatted(msix.table().region(), msix.table().offset()),
                        "PBA: BAR=%d offset=%08x"
                                .formatted(
                                        msix.pending().region(), msix.pending().offset()));
            case Express express ->
                List.of(
                        "Express (v" + express.version() + ")",
                        "DevCap:\tMaxPayload " + express.largestPayload() + " bytes",
                        "MaxPayload " + express.payload() + " bytes, MaxReadReq " + express.readRequest() + " bytes",
                        express.type() <= 1 ? "FLReset" + sign(express.resets()) : "",
                        link("LnkSta:\tSpeed ", express.negotiated()),
                        express.link()
                                .map(link -> ", Speed " + speed(link) + ", Width x" + link.lanes() + ", ASPM")
                                .orElse(""));
            case Vendor vendor -> List.of("Vendor Specific Information: Len=%02x".formatted(vendor.length()));
            case ExtendedVendor vendor ->
                List.of("Vendor Specific Information: ID=%04x Rev=%d Len=%03x"
                        .formatted(vendor.vendorId(), vendor.revision(), vendor.length()));
            case Other other -> List.of(other.extended() ? " v" + other.version() + "] " : "");
        };
    }

    private static String link(String before, Optional<Link> link) {
        return link.map(there -> before + speed(there)).orElse("");
    }

    private static String speed(Link link) {
        return link.speed().equals("unknown") ? "unknown" : link.speed() + "GT/s";
    }

    private static String sign(int bits) {
        return sign(bits != 0);
    }

    private static String sign(boolean set) {
        return set ? "+" : "-";
    }
}
