package org.hostmem.integration.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hostmem.integration.Forked;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Buffers are the process's: threads that have moved, and idle, keep none. */
class BuffersTest {

    @ParameterizedTest
    @CsvSource({"6000, virtual, 65000, -Xmx256m", "67, platform, 16000000, -Xmx1g", "1000, platform, 65000, -Xmx64m"})
    void manyThreadsMoveInASmallHeap(String threads, String kind, String distance, String heap) throws Exception {
        String classPath = Stream.of(
                        Forked.testClasses().toString(),
                        System.getProperty("jdk.module.path", ""),
                        System.getProperty("java.class.path"))
                .collect(Collectors.joining(":"));
        Forked.Result result = Forked.run(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                heap,
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                classPath,
                BuffersProgram.class.getName(),
                threads,
                kind,
                distance));
        assertThat(result.output()).endsWith("moved " + threads + "\n");
        assertThat(result.exit()).isZero();
    }
}
