package org.hostmem.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Results that could not be written are no success. */
class FullDiskTest {

    private static final File FULL = new File("/dev/full");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--help",
                "--version",
                "dump --help",
                "read embedded 1 0",
                "dump embedded 1 0 64",
                "dump embedded 1 0 64 --json",
                "rules"
            })
    void isSaidAndEndsWith1(String line) throws IOException, InterruptedException {
        assumeThat(FULL).exists();
        CliProcess run = CliProcess.run(Redirect.to(FULL), line.split(" "));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("ENOSPC").doesNotContain("\tat ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "report embedded",
                "plan --isa generic --mode DEVICE --offset 3 --size 100",
                "copy embedded 0 0 64 2 0",
                "demo",
                "exhibits",
                "read --help",
                "--version"
            })
    void isSaidInThisProcessToo(String line) {
        java.io.StringWriter err = new java.io.StringWriter();
        int code = Main.run(
                new java.io.Writer() {
                    @Override
                    public void write(char[] text, int offset, int length) throws IOException {
                        throw new IOException("No space left on device");
                    }

                    @Override
                    public void flush() {}

                    @Override
                    public void close() {}
                },
                new java.io.PrintWriter(err),
                line.split(" "));
        assertThat(code).isEqualTo(1);
        assertThat(err.toString()).contains("ENOSPC");
    }
}
