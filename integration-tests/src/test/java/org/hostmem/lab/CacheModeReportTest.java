package org.hostmem.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hostmem.integration.Needed.needed;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.hostmem.integration.Forked;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Proposal S3 from end to end: a host driver that reports how it maps its regions, on the lab's own kernel. What is
 * compared there is in {@code integration-tests/lab/s3.d}.
 */
@Tag("lab")
class CacheModeReportTest {

    private static final Path LAB = Guest.ROOT.resolve("integration-tests/lab");

    private static final Pattern REGION = Pattern.compile(
            "region (\\d): reports (\\w+), is mapped ([\\w-]+)[ ;].*?(\\d+) of (\\d+) requests as planned(.*)");
    private static final Pattern CONTROL = Pattern.compile(
            "control: (\\d+) of (\\d+) misreported regions are caught, (\\d+) by the page table, (\\d+) by what the"
                    + " CPU lets pass");

    /**
     * On x86-64 the page table alone tells: no mode forbids an unaligned access there, and DEVICE is mapped as
     * NONCACHED is. On aarch64 Device memory refuses the 68 unaligned scalars that the plans of each of the two laxer
     * modes have.
     */
    @ParameterizedTest
    @CsvSource({
        "x86_64, UC- WC UC- WB, '', 10, 0",
        "aarch64, Device-nGnRnE Normal-NC Device-nGnRE Normal, 'that fault: {NORMAL=68, WRITE_COMBINING=68}', 12, 8"
    })
    void everyRegionEnforcesWhatItReports(String isa, String mapped, String refused, int lies, int liesThatTheCpuShows)
            throws Exception {
        Forked.Result ready = Forked.run(List.of(LAB.resolve("vm").toString(), "--kernel", "lab", "--ready", isa));
        needed(ready.exit() == 0, ready.output().strip() + "; integration-tests/lab/prepare sets up all of the lab");
        Path output = Files.createDirectories(Guest.ROOT.resolve("integration-tests/target/lab"))
                .resolve("s3-" + isa + ".output");
        int exit = Guest.run(new ProcessBuilder(LAB.resolve("s3").toString(), isa)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .redirectInput(new File("/dev/null")));
        List<String> lines = Files.readAllLines(output);
        assertThat(exit)
                .as(() -> "exit code of lab/s3, which said:\n" + String.join("\n", lines))
                .isZero();
        assertThat(lines.getLast()).isEqualTo("4 of 4 regions enforce what they report");

        List<String> modes = new ArrayList<>();
        List<String> types = new ArrayList<>();
        for (Matcher region : matches(REGION, lines)) {
            modes.add(region.group(2));
            types.add(region.group(3));
            assertThat(region.group(4)).isEqualTo(region.group(5));
            assertThat(region.group(6))
                    .as(region.group())
                    .contains(region.group(1).equals("0") || region.group(1).equals("2") ? refused : "");
        }
        assertThat(modes).containsExactly("NONCACHED", "WRITE_COMBINING", "DEVICE", "NORMAL");
        assertThat(types).containsExactly(mapped.split(" "));
        Matcher control = matches(CONTROL, lines).getFirst();
        assertThat(control.group(1))
                .isEqualTo(control.group(2))
                .isEqualTo(control.group(3))
                .isEqualTo("" + lies);
        assertThat(control.group(4)).isEqualTo("" + liesThatTheCpuShows);
    }

    private static List<Matcher> matches(Pattern pattern, List<String> lines) {
        return lines.stream().map(pattern::matcher).filter(Matcher::matches).toList();
    }
}
