package org.hostmem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/hostmem}, as far as it comes without a build. */
class LauncherTest {

    @TempDir
    private Path folder;

    @Test
    void aJdkThatIsNamedAndIsNoneIsSaidAndNotReplaced() throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder(Path.of("..", "bin", "hostmem").toString(), "--version").redirectErrorStream(true);
        builder.environment().put("HOSTMEM_JAVA_HOME", folder.toString());
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isEqualTo(1);
        assertThat(said).startsWith("hostmem: HOSTMEM_JAVA_HOME=" + folder).contains("25");
    }
}
