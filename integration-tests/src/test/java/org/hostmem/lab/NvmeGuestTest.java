package org.hostmem.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hostmem.integration.Needed.needed;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.hostmem.integration.Forked;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The example of a driver in Java at work, by the device's own node: what {@code integration-tests/lab/nvme --short}
 * judges by the image and by QEMU's traces.
 */
@Tag("lab")
class NvmeGuestTest {

    private static final Path LAB = Guest.ROOT.resolve("integration-tests/lab");

    @ParameterizedTest
    @CsvSource({"x86_64, cdev", "aarch64, cdev"}) // the other ways take minutes each: lab/nvme by hand
    void whatTheDriverWroteStandsInTheImageAndTheDeviceReachedNothingElse(String isa, String way) throws Exception {
        List<String> options = way.equals("group") ? List.of() : List.of("--kernel", "lab");
        Forked.Result ready = Forked.run(Stream.of(List.of(LAB.resolve("vm")
                .toString()), options, List.of("--ready", isa)).flatMap(List::stream).toList());
        needed(ready.exit() == 0, ready.output().strip() + "; integration-tests/lab/prepare sets up all of the lab");
        Path output = Files.createDirectories(Guest.ROOT.resolve("integration-tests/target/lab")).resolve("nvme-" + isa
                + "-" + way + ".output");
        int exit = Guest.run(new ProcessBuilder(LAB.resolve("nvme").toString(), isa, "--way", way, "--short")
                .redirectErrorStream(true).redirectOutput(output.toFile())
                .redirectInput(new File("/dev/null")));
        List<String> lines = Files.readAllLines(output);
        String said = String.join("\n", lines);
        assertThat(exit).as(() -> "exit code of lab/nvme, which said:\n" + said).isZero();
        assertThat(lines.getLast())
                .matches("(\\d+) of \\1 blocks equal the image, [1-9]\\d* interrupts, 0 IOMMU faults");
        assertThat(said).doesNotContain("WRONG")
                .contains("1000 mappings made and closed: right; 10000 interrupts from two threads: right")
                .contains(way.equals("no-iommu") ? "controls: 4 of 4 as expected" : "controls: 6 of 6 as expected");
    }
}
