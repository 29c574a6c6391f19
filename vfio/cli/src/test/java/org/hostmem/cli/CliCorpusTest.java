package org.hostmem.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Replays the corpus: samples to start from, and every input that ever failed. */
class CliCorpusTest {

    @TestFactory
    Stream<DynamicTest> everyCommandLineGetsATypedAnswer() throws IOException, URISyntaxException {
        List<Path> inputs;
        try (Stream<Path> all =
                Files.list(Path.of(CliCorpusTest.class.getResource("fuzz/cli").toURI()))) {
            inputs = all.sorted().toList();
        }
        assertThat(inputs).isNotEmpty();
        return inputs.stream()
                .map(input -> dynamicTest(
                        input.getFileName().toString(),
                        () -> assertTimeoutPreemptively(
                                Duration.ofSeconds(30), () -> CliFuzz.fuzzerTestOneInput(Files.readAllBytes(input)))));
    }
}
