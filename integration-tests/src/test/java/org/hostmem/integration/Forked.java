package org.hostmem.integration;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Runs a program of the tests in a JVM of its own: the one these tests run on. */
public final class Forked {

    private static final long SECONDS = 120;

    private Forked() {}

    /**
     * What came of it.
     *
     * @param exit the status
     * @param output standard output and standard error
     */
    public record Result(int exit, String output) {}

    /** {@return what a class of the tests did on the class path, with the modules named there too} */
    public static Result onTheClassPath(List<String> modules, Class<?> main, String... jvmOptions)
            throws IOException, InterruptedException {
        String classPath = Stream.concat(modules.stream().map(Modules::location), Stream.of(testClasses()))
                .map(Path::toString)
                .collect(Collectors.joining(File.pathSeparator));
        return java(classPath, main, jvmOptions);
    }

    /**
     * {@return what a class of the tests did on the class path, with everything there that this JVM has on either path}
     */
    public static Result withEverything(Class<?> main, String... jvmOptions) throws IOException, InterruptedException {
        return java(everything(), main, jvmOptions);
    }

    /** {@return what a program of the library did, by the name of its main class} */
    public static Result program(String main, String... args) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp", everything(), main));
        command.addAll(List.of(args));
        return run(command);
    }

    private static String everything() {
        return Stream.of(
                        testClasses().toString(),
                        System.getProperty("jdk.module.path", ""),
                        System.getProperty("java.class.path"))
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static Result java(String classPath, Class<?> main, String... jvmOptions)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of(jvmOptions));
        command.addAll(List.of("-cp", classPath, main.getName()));
        return run(command);
    }

    /** {@return what a command did, its words given one by one: no shell comes between} */
    public static Result run(List<String> command) throws IOException, InterruptedException {
        return run(command, SECONDS);
    }

    /** {@return the same, for a command that may take longer} */
    public static Result run(List<String> command, long seconds) throws IOException, InterruptedException {
        Path output = Files.createTempFile("forked", ".out");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                    .start();
            if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly().waitFor();
                throw new AssertionError(
                        command + " did not end within " + seconds + " s:\n" + Files.readString(output));
            }
            return new Result(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
        } finally {
            Files.delete(output);
        }
    }

    /** {@return the root of the compiled tests} */
    public static Path testClasses() {
        String self = Forked.class.getName().replace('.', '/') + ".class";
        String uri = Forked.class.getResource("/" + self).toString();
        return Path.of(URI.create(uri.substring(0, uri.length() - self.length())));
    }
}
