package org.hostmem.vfio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Replays the corpus: samples to start from, and every input that ever failed. */
class FuzzCorpusTest {

    private static Stream<DynamicTest> replay(String folder, Consumer<byte[]> target)
            throws IOException, URISyntaxException {
        List<Path> inputs;
        try (Stream<Path> all = Files.list(
                Path.of(FuzzCorpusTest.class.getResource("fuzz/" + folder).toURI()))) {
            inputs = all.sorted().toList();
        }
        assertThat(inputs).isNotEmpty();
        return inputs.stream()
                .map(input -> dynamicTest(
                        input.getFileName().toString(),
                        () -> assertTimeoutPreemptively(
                                Duration.ofSeconds(30), () -> target.accept(Files.readAllBytes(input)))));
    }

    @TestFactory
    Stream<DynamicTest> everyReportGetsATypedAnswer() throws IOException, URISyntaxException {
        return replay("report", ReportFuzz::fuzzerTestOneInput);
    }

    @TestFactory
    Stream<DynamicTest> everyConfigurationSpaceEnds() throws IOException, URISyntaxException {
        return replay("config", ConfigFuzz::fuzzerTestOneInput);
    }

    @TestFactory
    Stream<DynamicTest> everyServerGetsATypedAnswer() throws IOException, URISyntaxException {
        return replay("vfio-user", VfioUserFuzz::fuzzerTestOneInput);
    }
}
