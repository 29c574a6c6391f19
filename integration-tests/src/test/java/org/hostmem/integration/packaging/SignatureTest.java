package org.hostmem.integration.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.hostmem.integration.Modules;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A change of what others compile against is seen in review: it changes a file. */
class SignatureTest {

    /** With {@code -Dhostmem.signature.accept=true} the files are written and not compared. */
    private static final String ACCEPT = "hostmem.signature.accept";

    private static final Map<String, String> FOLDERS = Map.of(
            Modules.API, "api",
            Modules.GENERIC, "arch-generic",
            Modules.VFIO, "vfio",
            Modules.TESTKIT, "integration-tests");

    @ParameterizedTest
    @ValueSource(strings = {Modules.API, Modules.GENERIC, Modules.VFIO, Modules.TESTKIT})
    void whatAModuleExportsIsWhatItsFileSays(String module) throws IOException {
        Path file = Path.of("..", FOLDERS.get(module), "signature.txt");
        List<String> now = Signature.of(module);
        assertThat(now).isNotEmpty();
        if (Boolean.getBoolean(ACCEPT)) {
            Files.write(file, now);
        }
        assertThat(now)
                .as("integration-tests/bin/signature writes %s: commit it if the change is meant", file)
                .isEqualTo(Files.readAllLines(file));
    }
}
