package org.hostmem.integration.readme;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hostmem.integration.Forked;
import org.hostmem.integration.Modules;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The code that people will copy compiles against the modules, and does what the text beside it says. Word by word, but
 * for the device, which is the embedded one.
 */
class ReadmeTest {

    private static final Pattern BLOCK = Pattern.compile("(?s)```java\n(.*?)```");
    private static final Pattern BORROWED = Pattern.compile("`(HostMemoryAccessor\\.of[^`]*)`");
    private static final Pattern JAVADOC = Pattern.compile("(?s)<pre>\\{@code\n(.*?)\n \\* }</pre>");
    private static final String NATIVE_ACCESS = "--enable-native-access=org.hostmem.arch.generic,org.hostmem.vfio";
    private static final String A_DEVICE = "Vfio.open(\"0000:01:00.0\")";

    private final String readme = read(Path.of("..", "README.md"));
    private final String ofDevices = read(Path.of("..", "vfio", "README.md"));
    private final String guestPackage =
            read(Path.of("..", "api", "src", "main", "java", "org", "hostmem", "guest", "package-info.java"));

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String resource(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(ReadmeTest.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static List<String> snippets(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .map((MatchResult found) -> found.group(1))
                .toList();
    }

    /** What follows comes at the place that is marked for it. */
    private static String with(String source, String place, String snippet) {
        assertThat(source).containsOnlyOnce("//@README " + place + "\n");
        return source.replace("//@README " + place + "\n", snippet.replace(A_DEVICE, "EmbeddedDevice.open()") + "\n");
    }

    /** The library, and the two that the command line requires. */
    private static String modulePath() {
        Stream<String> library =
                Modules.LIBRARY.stream().map(name -> Modules.location(name).toString());
        Stream<String> required = Arrays.stream(
                        System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> Path.of(entry).getFileName().toString().matches("(gson|picocli)-.*\\.jar"));
        return Stream.concat(library, required).collect(Collectors.joining(File.pathSeparator));
    }

    private static Forked.Result run(String tool, String... arguments) throws IOException, InterruptedException {
        return Forked.run(Stream.concat(
                        Stream.of(Path.of(System.getProperty("java.home"), "bin", tool)
                                .toString()),
                        Stream.of(arguments))
                .toList());
    }

    @Test
    void everySnippetCompilesAndDoesWhatTheTextSays(@TempDir Path directory) throws IOException, InterruptedException {
        List<String> blocks = snippets(BLOCK, readme);
        assertThat(blocks)
                .as("a snippet that this test does not know needs a place in Snippets.java.txt")
                .hasSize(2);
        assertThat(snippets(BLOCK, ofDevices)).hasSize(1);
        assertThat(blocks).allSatisfy(block -> assertThat(block).contains(A_DEVICE));
        String source = resource("Snippets.java.txt");
        source = with(source, "bus", blocks.get(1));
        source = with(source, "accessor", blocks.get(0));
        source = with(source, "driver", snippets(BLOCK, ofDevices).getFirst());
        source = with(source, "borrowed", snippets(BORROWED, readme).getFirst());
        source = with(
                source,
                "guest",
                snippets(JAVADOC, guestPackage).getFirst().replace("\n *", "\n").replaceFirst("^ \\*", ""));
        Path snippets = Files.writeString(directory.resolve("Snippets.java"), source);
        Path module = Files.writeString(directory.resolve("module-info.java"), resource("module-info.java.txt"));
        Path classes = Files.createDirectory(directory.resolve("classes"));

        Forked.Result compiled = run(
                "javac",
                "-d",
                classes.toString(),
                "--module-path",
                modulePath(),
                module.toString(),
                snippets.toString());
        assertThat(compiled.exit()).as(compiled.output()).isZero();
        Forked.Result run = run(
                "java",
                NATIVE_ACCESS,
                "--illegal-native-access=deny",
                "--module-path",
                classes + File.pathSeparator + modulePath(),
                "--module",
                "readme/readme.Snippets");
        assertThat(run.exit()).as(run.output()).isZero();
        assertThat(run.output().lines().filter(line -> line.startsWith("[holds]")))
                .hasSize(5);
        assertThat(run.output()).as("a fault was met").doesNotContain("offset");
    }

    /** The flags that the README tells to run with are those that this test runs with. */
    @Test
    void theFlagsOfTheReadmeAreEnough() {
        assertThat(readme).contains(NATIVE_ACCESS);
    }
}
