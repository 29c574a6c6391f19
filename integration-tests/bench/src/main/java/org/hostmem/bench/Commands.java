package org.hostmem.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Rows that are measured from outside, as whole processes. */
final class Commands {

    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();

    /** For the starts of one row, on a machine that is busy. */
    private static final long MOST_NANOS = 8_000_000_000L;

    private final boolean quick;
    private final Path root = Path.of(System.getProperty("hostmem.bench.root"));
    private final Path target = root.resolve("integration-tests/bench/target");

    Commands(boolean quick) {
        this.quick = quick;
    }

    // ---- P13

    /** The least of some runs in turn: a start cannot be quicker than it is, and other work only adds. */
    void start(Row.Samples into) throws IOException, InterruptedException {
        List<String> plain = List.of(
                JAVA, "-XX:+UseSerialGC", "-cp", target.resolve("classes").toString(), Hello.class.getName());
        Path linkerJar = jar(
                "two-shapes",
                "-C",
                target.resolve("classes").toString(),
                TwoShapes.class.getName().replace('.', '/') + ".class");
        List<String> linker = archived(
                linkerJar,
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                linkerJar.toString(),
                TwoShapes.class.getName());
        Path modules = root.resolve("vfio/cli/target/modules");
        Path firstJar = jar("first-access", "-C", target.resolve("first-access").toString(), ".");
        List<String> access = archived(
                firstJar,
                "--enable-native-access=org.hostmem.arch.generic,org.hostmem.vfio",
                "--module-path",
                firstJar + ":" + modules,
                "--module",
                "org.hostmem.bench.first/org.hostmem.bench.first.FirstAccess");
        double least = Double.MAX_VALUE;
        double leastPlain = Double.MAX_VALUE;
        double leastLinker = Double.MAX_VALUE;
        long until = System.nanoTime() + MOST_NANOS;
        for (int i = 0; i < (quick ? 6 : 20) && System.nanoTime() < until; i++) {
            leastPlain = Math.min(leastPlain, millis(plain));
            least = Math.min(least, millis(access));
            leastLinker = Math.min(leastLinker, millis(linker));
        }
        into.add("first-access", "value", least - leastPlain);
        into.add("start", "plain", leastPlain);
        into.add("start", "linker", leastLinker);
        into.add("start", "hostmem", least);
    }

    /** A class path of folders keeps a JVM from using an archive. */
    private Path jar(String name, String... contents) throws IOException, InterruptedException {
        Path jar = target.resolve("bench/" + name + ".jar");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "jar").toString(),
                "--create",
                "--file",
                jar.toString()));
        command.addAll(List.of(contents));
        millis(command);
        return jar;
    }

    /** A command that starts a class with an archive of what it loads, which is made here, beside its jar. */
    private static List<String> archived(Path jar, String... arguments) throws IOException, InterruptedException {
        String archive = jar.toString().replace(".jar", ".aot");
        millis(java("-XX:AOTCacheOutput=" + archive, arguments));
        return java("-XX:AOTCache=" + archive, arguments);
    }

    private static List<String> java(String archive, String... arguments) {
        List<String> command = new ArrayList<>(List.of(JAVA, "-XX:+UseSerialGC", archive));
        command.addAll(List.of(arguments));
        return command;
    }

    void report(Row.Samples into) throws IOException, InterruptedException {
        List<String> report = List.of(root.resolve("vfio/bin/hostmem").toString(), "report");
        millis(report); // Builds, and makes the archive.
        double least = Double.MAX_VALUE;
        long until = System.nanoTime() + MOST_NANOS;
        for (int i = 0; i < (quick ? 4 : 10) && System.nanoTime() < until; i++) {
            least = Math.min(least, millis(report));
        }
        into.add("report", "value", least);
    }

    private static double millis(List<String> command) throws IOException, InterruptedException {
        long start = System.nanoTime();
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.PIPE)
                .start();
        byte[] output = process.getInputStream().readAllBytes();
        int status = process.waitFor();
        double millis = (System.nanoTime() - start) / 1e6;
        if (status != 0) {
            throw new IOException(
                    String.join(" ", command) + " failed:\n" + new String(output, StandardCharsets.UTF_8));
        }
        return millis;
    }

    // ---- P14, P15, P18

    /** Nanoseconds of processor time for one guest instruction; one kind of bus in one JVM. */
    void core(Row.Samples into, String hostmem) throws IOException, InterruptedException {
        Path classes = target.resolve("rv64");
        if (!Files.exists(classes)) {
            System.err.println("bench: the example core is not there, it is left out");
            return;
        }
        for (String kind : new String[] {hostmem, "BYTE_ARRAY"}) {
            List<String> command = new ArrayList<>(List.of(JAVA));
            command.addAll(Main.flags());
            command.addAll(List.of(
                    "-cp",
                    classes + ":" + System.getProperty("java.class.path"),
                    "org.hostmem.example.rv64.InstructionRate",
                    kind,
                    root.resolve("integration-tests/src/test/asm").toString()));
            double best = lines(command).stream()
                    .mapToDouble(line -> Double.parseDouble(line.split(" ")[1]))
                    .max()
                    .orElseThrow();
            into.add("compute", kind.equals(hostmem) ? "hostmem" : "bytes", 1000 / best);
        }
    }

    void instructions(Row.Samples into) throws IOException, InterruptedException {
        for (String line : lines(
                List.of(root.resolve("integration-tests/bench/count/count").toString()))) {
            String[] words = line.split(" ");
            into.add(words[0], words[1], Double.parseDouble(words[2]));
        }
    }

    private static List<String> lines(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        List<String> lines;
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            lines = reader.lines().toList();
        }
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + " failed");
        }
        return lines;
    }
}
