package org.hostmem.integration.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hostmem.integration.Forked;

/**
 * A program of the tests that ran in a JVM of its own, with the library on the class path.
 *
 * @param exit the status
 * @param output standard output and standard error
 * @param crash what the JVM wrote about its own end; empty if it wrote nothing
 */
record Child(int exit, String output, String crash) {

    /**
     * {@return what a program did; the options may begin with the words of a command that starts others, up to a
     * {@code --}}
     */
    static Child run(Class<?> main, List<String> options, String... arguments)
            throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("hostmem-child");
        Path crash = folder.resolve("hs_err.log");
        try {
            List<String> command = new ArrayList<>();
            int starter = options.indexOf("--");
            command.addAll(options.subList(0, Math.max(0, starter)));
            command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            command.addAll(List.of("-XX:ErrorFile=" + crash, "-XX:-CreateCoredumpOnCrash", "-Xmx256m"));
            command.addAll(options.subList(starter + 1, options.size()));
            command.addAll(List.of("-cp", classPath(), main.getName()));
            command.addAll(List.of(arguments));
            Forked.Result result = Forked.run(command);
            return new Child(result.exit(), result.output(), Files.exists(crash) ? Files.readString(crash) : "");
        } finally {
            Files.deleteIfExists(crash);
            Files.delete(folder);
        }
    }

    /** All that this JVM has on either path. */
    static String classPath() {
        return Stream.concat(
                        Stream.of(Forked.testClasses().toString()),
                        Arrays.stream((System.getProperty("jdk.module.path", "")
                                        + File.pathSeparator
                                        + System.getProperty("java.class.path"))
                                .split(File.pathSeparator)))
                .filter(entry -> !entry.isEmpty())
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** Fails, with all that is known, unless the program ended well. */
    Child assertHeld() {
        assertThat(crash.lines().limit(40).collect(Collectors.joining("\n")))
                .as("what the JVM wrote about its crash")
                .isEmpty();
        assertThat(exit).as(output).isZero();
        return this;
    }
}
