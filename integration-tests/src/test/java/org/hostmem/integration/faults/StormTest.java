package org.hostmem.integration.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hostmem.integration.Needed.needed;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.hostmem.integration.Forked;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** R9: a bounded share of {@code integration-tests/lab/storm}, here and on the other ISAs. */
@Tag("R9")
class StormTest {

    private static final Path LAB = Path.of(System.getProperty("basedir", ""))
            .toAbsolutePath()
            .getParent()
            .resolve("integration-tests/lab");
    private static final long SECONDS = 600;

    private static Forked.Result storm(String... arguments) throws Exception {
        needed(Files.isExecutable(Path.of("/bin/bash")), "the lab's scripts need bash");
        List<String> command = new ArrayList<>(List.of(
                "env",
                "JAVA25_HOME=" + System.getProperty("java.home"),
                LAB.resolve("storm").toString()));
        command.addAll(List.of(arguments));
        return Forked.run(command, SECONDS);
    }

    private static void assertPrecise(int count, Forked.Result result) {
        assertThat(result.output().lines().toList().getLast())
                .as(result.output())
                .isEqualTo(count + " of " + count + " faults precise, 0 crashes, 0 leaks");
        assertThat(result.exit()).as(result.output()).isZero();
    }

    @Test
    @DisplayName("R9: 40,000 faults from eight threads, with the collector at work")
    void hereAsTheJvmDoes() throws Exception {
        assertPrecise(40_000, storm("40000"));
    }

    @ParameterizedTest
    @DisplayName("R9: faults in one tier alone")
    @ValueSource(strings = {"int", "c1", "c2"})
    void hereInEveryTier(String tier) throws Exception {
        assertPrecise(3_000, storm("3000", "--tier", tier));
    }

    @ParameterizedTest
    @DisplayName("R9: faults while another collector moves things")
    @ValueSource(strings = {"-XX:+UseZGC", "-XX:+UseSerialGC"})
    void hereUnderOtherCollectors(String collector) throws Exception {
        assertPrecise(5_000, storm("5000", "--jvm", collector));
    }

    @Test
    @DisplayName("a fault that is not as expected is counted, and the storm fails")
    void wrongExpectationsAreNoticed() throws Exception {
        Forked.Result wrong = storm("2000", "--wrong", "50", "--seed", "1");
        assertThat(wrong.exit()).isEqualTo(1);
        String last = wrong.output().lines().toList().getLast();
        assertThat(last).matches("19[0-9]{2} of 2000 faults precise, 0 crashes, 0 leaks");
    }

    @Test
    @DisplayName("a JVM that does not live to tell is counted as a crash, and the storm fails")
    void aCrashIsNoticed() throws Exception {
        Forked.Result dead = storm("2000", "--jvm", "-Xmx1m");
        assertThat(dead.exit()).isEqualTo(1);
        assertThat(dead.output().lines().toList().getLast()).contains("1 crashes");
    }

    @ParameterizedTest
    @Tag("lab")
    @DisplayName(
            "R9: the same on the other ISAs, each in one tier; the sweeps have the faults of every ISA in every tier")
    @CsvSource({"aarch64, c2", "ppc64le, c1", "riscv64, int"})
    void elsewhere(String isa, String tier) throws Exception {
        boolean ready = Forked.run(List.of(LAB.resolve("java").toString(), isa, "-version"), SECONDS)
                        .exit()
                == 0;
        needed(
                ready,
                "the lab cannot run the JDK of " + isa + "; integration-tests/lab/prepare user-" + isa + " sets it up");
        assertPrecise(150, storm("150", "--isa", isa, "--tier", tier, "--jvm", "-XX:+UseSerialGC"));
    }
}
