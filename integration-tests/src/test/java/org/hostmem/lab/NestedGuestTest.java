package org.hostmem.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hostmem.integration.Needed.needed;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.hostmem.integration.Forked;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** R14, where a hypervisor really answers: what {@code integration-tests/lab/nested} runs in a guest of a guest. */
@Tag("lab")
@Tag("R14")
class NestedGuestTest {

    private static final String NESTED =
            Guest.ROOT.resolve("integration-tests/lab/nested").toString();

    @ParameterizedTest
    @ValueSource(strings = {"x86_64", "aarch64"})
    void whatAHypervisorAnswersIsRightAndWithoutTheRulesItFails(String isa) throws Exception {
        Forked.Result ready = Forked.run(List.of(NESTED, isa, "--ready"));
        needed(ready.exit() == 0, ready.output().strip() + "; integration-tests/lab/prepare sets up all of the lab");
        Path output = Files.createDirectories(Guest.ROOT.resolve("integration-tests/target/lab"))
                .resolve("nested-" + isa + ".output");
        int exit = Guest.run(new ProcessBuilder(NESTED, isa)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .redirectInput(new File("/dev/null")));
        List<String> lines = Files.readAllLines(output);
        String said = String.join("\n", lines);
        assertThat(exit)
                .as(() -> "exit code of lab/nested, which said:\n" + said)
                .isZero();
        assertThat(lines.getLast()).matches("([1-9]\\d*) of \\1 accesses answered, 3 of 3 controls seen");
        assertThat(said).contains("guest: GUEST", "answered by UNKNOWN").doesNotContain("wrong:");
    }
}
