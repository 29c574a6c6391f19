package org.hostmem.cli;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The command line as a process, for what is between it and its shell: streams, signals and the exit code.
 *
 * @param code that it ended with
 * @param err what it said
 */
record CliProcess(int code, String err) {

    private static final long SECONDS = 60;

    /** What the test does with the process while it runs. */
    interface Meanwhile {
        void accept(Process process) throws IOException, InterruptedException;
    }

    static CliProcess run(Redirect out, String... args) throws IOException, InterruptedException {
        return run(out, process -> {}, args);
    }

    static CliProcess run(Redirect out, Meanwhile meanwhile, String... args) throws IOException, InterruptedException {
        Path err = Files.createTempFile("hostmem", ".err");
        try {
            int code = code(out, Redirect.to(err.toFile()), meanwhile, args);
            return new CliProcess(code, Files.readString(err));
        } finally {
            Files.delete(err);
        }
    }

    /** The exit code of a process whose errors go somewhere. */
    static int code(Redirect out, Redirect err, Meanwhile meanwhile, String... args)
            throws IOException, InterruptedException {
        String modules = Stream.of("jdk.module.path", "java.class.path")
                .map(path -> System.getProperty(path, ""))
                .filter(path -> !path.isEmpty())
                .collect(Collectors.joining(File.pathSeparator));
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=org.hostmem.vfio",
                "--module-path",
                modules,
                "--module",
                "org.hostmem.cli/" + Main.class.getName()));
        command.addAll(List.of(args));
        Process process = new ProcessBuilder(command)
                .redirectOutput(out)
                .redirectError(err)
                .start();
        meanwhile.accept(process);
        if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError(String.join(" ", args) + " did not end within " + SECONDS + " s");
        }
        return process.exitValue();
    }
}
