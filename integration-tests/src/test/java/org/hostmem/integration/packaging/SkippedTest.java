package org.hostmem.integration.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hostmem.integration.Needed.needed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.hostmem.integration.Forked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code integration-tests/bin/skipped}, which ends a build whose tests hardly got a CPU. */
class SkippedTest {

    private static final String BUSY =
            "only 3 rounds were run within 4000 ms, and 500 are wanted: the machine is too busy";
    private static final String MISSING =
            "the lab cannot run the JDK of riscv64; integration-tests/lab/prepare user-riscv64 sets it up";

    @TempDir
    private Path root;

    @BeforeEach
    void bashIsThere() {
        needed(Files.isExecutable(Path.of("/bin/bash")), "bin/skipped needs bash");
    }

    @Test
    void moreTestsThatMetABusyMachineThanAllowedAreAFailureAndNamed() throws Exception {
        report("R03", BUSY, BUSY);

        Forked.Result result = skipped("--busy", "1");

        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.output()).contains("org.example.R03.test0", "org.example.R03.test1", "only 3 rounds");
    }

    @Test
    void asManyAsAllowedAreNone() throws Exception {
        report("R03", BUSY, BUSY);

        assertThat(skipped("--busy", "2").exit()).isZero();
    }

    @Test
    void aMissingPartOfTheLabIsNamedAndDoesNotCount() throws Exception {
        report("StormTest", MISSING, MISSING);

        Forked.Result result = skipped("--busy", "0");

        assertThat(result.exit()).isZero();
        assertThat(result.output()).contains("2 because: " + MISSING);
    }

    @Test
    void aReasonThatSurefireWritesWithAStackTraceIsRead() throws Exception {
        report("R06", List.of("""
            <skipped type="org.opentest4j.TestAbortedException"><![CDATA[org.opentest4j.TestAbortedException: \
            Assumption failed: %s
            \tat org.hostmem.testkit.Race.assumeEnough(Race.java:60)
            ]]></skipped>\
            """.formatted(BUSY)));

        assertThat(skipped("--busy", "0").exit()).isEqualTo(1);
    }

    @Test
    void aBuildWithoutReportsIsNoSuccess() throws Exception {
        assertThat(skipped().exit()).isEqualTo(2);
    }

    private void report(String name, String... reasons) throws IOException {
        report(
                name,
                Stream.of(reasons)
                        .map("<skipped message=\"Assumption failed: %s\"/>"::formatted)
                        .toList());
    }

    private void report(String name, List<String> skipped) throws IOException {
        StringBuilder xml = new StringBuilder("<testsuite>\n");
        for (int i = 0; i < skipped.size(); i++) {
            xml.append("  <testcase name=\"test%d\" classname=\"org.example.%s\">\n    %s\n  </testcase>\n"
                    .formatted(i, name, skipped.get(i)));
        }
        Path folder = Files.createDirectories(root.resolve("integration-tests/target/surefire-reports"));
        Files.writeString(folder.resolve("TEST-org.example." + name + ".xml"), xml.append("</testsuite>\n"));
    }

    private Forked.Result skipped(String... options) throws Exception {
        List<String> command = new ArrayList<>(List.of("bin/skipped"));
        command.addAll(List.of(options));
        command.add(root.toString());
        return Forked.run(command);
    }
}
