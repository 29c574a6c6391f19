package org.hostmem.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.hostmem.integration.Forked;
import org.hostmem.integration.Modules;

/** The driver of vfio/README.md, word by word, compiled for a guest: its device is the lab's edu. */
final class ReadmeDriver {

    private static final Pattern BLOCK = Pattern.compile("(?s)```java\n(try \\(Device device = [^`]*)```");
    private static final String PROGRAM = """
        import java.time.Duration;
        import java.util.EnumSet;
        import org.hostmem.*;
        import org.hostmem.vfio.*;

        public class Driver {
            public static void main(String[] arguments) {
        %s
                System.out.println("the driver of the README works");
            }
        }
        """;

    private ReadmeDriver() {}

    /** {@return the folder of the compiled class {@code Driver}} */
    static Path compiled() throws IOException, InterruptedException {
        String readme = Files.readString(Guest.ROOT.resolve("vfio/README.md"));
        String block = BLOCK.matcher(readme).results().findFirst().orElseThrow().group(1);
        assertThat(block).contains("\"0000:01:00.0\"");
        Path folder = Files.createDirectories(Guest.ROOT.resolve("integration-tests/target/readme-driver"));
        Path source = Files.writeString(
                folder.resolve("Driver.java"),
                PROGRAM.formatted(block.replace("\"0000:01:00.0\"", "System.getenv(\"HOSTMEM_LAB_EDU\")")));
        String library = Modules.LIBRARY.stream()
                .map(Modules::location)
                .map(Path::toString)
                .collect(Collectors.joining(":"));
        String javac = Path.of(System.getProperty("java.home"), "bin", "javac").toString();
        Forked.Result result = Forked.run(List.of(javac, "-d", folder.toString(), "-cp", library, source.toString()));
        assertThat(result.exit()).as(result.output()).isZero();
        return folder;
    }
}
