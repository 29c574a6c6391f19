package org.hostmem.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hostmem.integration.Needed.needed;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.hostmem.integration.Forked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The example of a driver in Java at work, by every way that takes a driver: what {@code integration-tests/lab/nvme
 * --short} judges by the image and by QEMU's traces.
 */
@Tag("lab")
class NvmeGuestTest {

    private static final Path LAB = Guest.ROOT.resolve("integration-tests/lab");

    /** The longer ones first. */
    private static final List<String> RUNS = List.of(
            "aarch64 group", "aarch64 cdev", "x86_64 group", "aarch64 no-iommu", "x86_64 cdev", "x86_64 no-iommu");

    private static final Map<String, Future<Said>> BOOTS = new HashMap<>();

    /** What a run has said, and its exit code. */
    private record Said(int exit, List<String> lines) {

        @Override
        public String toString() {
            return String.join("\n", lines);
        }
    }

    @BeforeAll
    static void boot() {
        for (String run : RUNS) {
            String[] words = run.split(" ");
            BOOTS.put(run, Guest.start(() -> run(words[0], words[1])));
        }
    }

    private static Said run(String isa, String way) throws IOException, InterruptedException {
        List<String> options = way.equals("group") ? List.of() : List.of("--kernel", "lab");
        Forked.Result ready =
                Forked.run(Stream.of(List.of(LAB.resolve("vm").toString()), options, List.of("--ready", isa))
                        .flatMap(List::stream)
                        .toList());
        needed(ready.exit() == 0, ready.output().strip() + "; integration-tests/lab/prepare sets up all of the lab");
        Path output = Files.createDirectories(Guest.ROOT.resolve("integration-tests/target/lab"))
                .resolve("nvme-" + isa + "-" + way + ".output");
        ProcessBuilder builder = new ProcessBuilder(LAB.resolve("nvme").toString(), isa, "--way", way, "--short")
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .redirectInput(new File("/dev/null"));
        builder.environment().put("HOSTMEM_LAB_SECONDS", "" + Guest.SECONDS);
        int exit = Guest.run(builder);
        return new Said(exit, Files.readAllLines(output));
    }

    @ParameterizedTest
    @CsvSource({
        "x86_64, cdev, 6",
        "x86_64, group, 6",
        "x86_64, no-iommu, 4",
        "aarch64, cdev, 6",
        "aarch64, group, 6",
        "aarch64, no-iommu, 4"
    })
    void whatTheDriverWroteStandsInTheImageAndTheDeviceReachedNothingElse(String isa, String way, int controls)
            throws Throwable {
        Said said = Guest.await(BOOTS.get(isa + " " + way));
        assertThat(said.exit)
                .as(() -> "exit code of lab/nvme, which said:\n" + said)
                .isZero();
        assertThat(said.lines.getLast())
                .matches("(\\d{4,}) of \\1 blocks equal the image, [1-9]\\d* interrupts, 0 IOMMU faults");
        assertThat(said.toString())
                .doesNotContain("WRONG")
                .containsPattern("1000 mappings [^:]*: right; 10000 interrupts [^:]*: right; [^:]*: seen")
                .contains("controls: " + controls + " of " + controls + " as expected");
    }

    /** Of Debian's kernel, which has a pool of them. */
    @ParameterizedTest
    @CsvSource({"x86_64", "aarch64"})
    void largePagesAreGrantedAndReached(String isa) throws Throwable {
        assertThat(Guest.await(BOOTS.get(isa + " group")).toString()).contains(" bytes of MIB_2 pages");
    }
}
