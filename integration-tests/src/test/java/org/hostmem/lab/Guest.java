package org.hostmem.lab;

import static org.hostmem.integration.Needed.needed;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hostmem.integration.Forked;
import org.hostmem.integration.Modules;

/**
 * A guest of the lab, seen from the host: what {@code integration-tests/lab/vm} boots.
 *
 * @param isa of the guest
 * @param folder shared with the guest, for results
 * @param output of the command in the guest
 * @param exit of the command in the guest
 */
record Guest(String isa, Path folder, String output, int exit) {

    static final Path ROOT =
            Path.of(System.getProperty("basedir", "")).toAbsolutePath().getParent();
    private static final Path VM = ROOT.resolve("integration-tests/lab/vm");

    /** Of the guest's run. An emulated machine on a busy host may take several times as long as on a quiet one. */
    static final int SECONDS = Integer.getInteger("hostmem.lab.seconds", 900);

    /** Of the emulator, to go, once it has been told to. */
    private static final int GRACE_SECONDS = 20;

    private static final ExecutorService BOOTS =
            Executors.newFixedThreadPool(2, Thread.ofPlatform().daemon().factory());

    /** Each method is compiled by itself: inlined into the loop that warms it up, it would have no code of its own. */
    private static final String OPTIONS = "-XX:+UseSerialGC -XX:-UsePerfData -XX:CompileCommand=quiet"
            + " -XX:CompileCommand=dontinline,org.hostmem.lab.*::* --enable-native-access=ALL-UNNAMED";

    /** How a JVM executes a program. */
    enum Tier {
        /** The interpreter alone. */
        INTERPRETER("-Xint", 3),
        /** The first compiler alone. */
        C1("-Xbatch -XX:TieredStopAtLevel=1", 2_500),
        /** The second compiler alone. */
        C2("-Xbatch -XX:-TieredCompilation", 12_000);

        private final String options;
        /** Of calls after which this tier has its code. */
        final int rounds;

        Tier(String options, int rounds) {
            this.options = options;
            this.rounds = rounds;
        }

        /** A shell command. */
        String java(Class<?> main, String moreOptions, String arguments) {
            return "java " + options + " " + OPTIONS + " " + moreOptions
                    + " -Xlog:jit+compilation=debug:file=\"$HOSTMEM_LAB_OUT\"/" + this + ".jit:none -cp \"$1\" "
                    + main.getName() + " " + arguments;
        }
    }

    /**
     * {@return what a shell script did in a guest; its $1 is the class path of library and tests, its $2 the module
     * path of the command line}
     *
     * <p>Skips the test if this guest is not prepared.
     *
     * @param vmOptions of {@code integration-tests/lab/vm}, a word each: {@code --kernel}, {@code lab}
     */
    static Guest run(String isa, String script, String... vmOptions) throws IOException, InterruptedException {
        Forked.Result ready = Forked.run(vm(vmOptions, "--ready", isa));
        needed(ready.exit() == 0, ready.output().strip() + "; integration-tests/lab/prepare sets up all of the lab");
        Path target = ROOT.resolve("integration-tests/target/lab/" + isa
                + String.join("", vmOptions).replace("--", "-"));
        delete(target);
        Path folder = Files.createDirectories(target.resolve("out"));
        Path console = target.resolve("output");
        List<String> command = vm(
                vmOptions,
                "--timeout",
                "" + SECONDS,
                "--trace",
                target.resolve("trace").toString(),
                isa,
                "sh",
                "-c",
                script,
                "sh",
                classPath(),
                modulePath());
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(console.toFile())
                .redirectInput(new File("/dev/null"));
        builder.environment().put("HOSTMEM_LAB_OUT", folder.toString());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        int exit = run(builder);
        return new Guest(isa, folder, Files.readString(console), exit);
    }

    /**
     * The same in the background, two at a time, for most of a boot is one processor's work; {@link #await} waits for
     * it.
     */
    static Future<Guest> start(String isa, String script, String... vmOptions) {
        return start(() -> run(isa, script, vmOptions));
    }

    /** Something else that boots a guest, in the background as those of the other {@link #start}. */
    static <T> Future<T> start(Callable<T> boot) {
        return BOOTS.submit(boot);
    }

    /** {@return what a {@link #start} has come to, or throws what it has thrown} */
    static <T> T await(Future<T> boot) throws Throwable {
        try {
            return boot.get();
        } catch (ExecutionException thrown) {
            throw thrown.getCause();
        }
    }

    private static List<String> vm(String[] options, String... more) {
        return Stream.of(Stream.of(VM.toString()), Stream.of(options), Stream.of(more))
                .flatMap(words -> words)
                .toList();
    }

    /**
     * The script ends the emulator when it is told to end, so it is told on every way out of here, that of this JVM
     * included.
     */
    static int run(ProcessBuilder builder) throws IOException, InterruptedException {
        Process process = builder.start();
        Thread hook = new Thread(() -> end(process));
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            return process.waitFor(SECONDS + GRACE_SECONDS, TimeUnit.SECONDS) ? process.exitValue() : -1;
        } finally {
            end(process);
            Runtime.getRuntime().removeShutdownHook(hook);
        }
    }

    private static void end(Process process) {
        List<ProcessHandle> all = Stream.concat(Stream.of(process.toHandle()), process.descendants())
                .toList();
        process.destroy();
        for (ProcessHandle one : all) {
            try {
                one.onExit().get(GRACE_SECONDS, TimeUnit.SECONDS);
            } catch (Exception stillThere) {
                one.destroyForcibly();
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private static String classPath() {
        return paths(Stream.concat(Modules.LIBRARY.stream().map(Modules::location), Stream.of(Forked.testClasses())));
    }

    private static String modulePath() {
        Stream<Path> libraries = Arrays.stream(
                        System.getProperty("java.class.path").split(File.pathSeparator))
                .map(Path::of)
                .filter(entry -> entry.getFileName().toString().matches("(picocli|gson|error_prone_annotations)-.*"));
        return paths(Stream.concat(Modules.LIBRARY.stream().map(Modules::location), libraries));
    }

    private static String paths(Stream<Path> paths) {
        return paths.map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    }

    /** {@return the lines of a file that the guest has left} */
    List<String> lines(String name) throws IOException {
        Path file = folder.resolve(name);
        if (!Files.exists(file)) {
            throw new AssertionError("the guest left no " + name + ":\n" + output);
        }
        return Files.readAllLines(file);
    }

    /** {@return what a program has written as {@code key=value}, in its order} */
    Map<String, String> results(String name) throws IOException {
        Map<String, String> results = new LinkedHashMap<>();
        for (String line : lines(name)) {
            results.put(line.substring(0, line.indexOf('=')), line.substring(line.indexOf('=') + 1));
        }
        return results;
    }

    /**
     * {@return the names of methods of a class that this tier's compiler has compiled and that were never thrown away
     * since}
     */
    List<String> compiled(Tier tier, Class<?> program) throws IOException {
        List<String> names = new ArrayList<>();
        String prefix = " " + program.getName() + "::";
        for (String line : lines(tier + ".jit")) {
            int at = line.indexOf(prefix);
            if (at >= 0 && line.indexOf('%') < 0) { // no entry in the middle of a loop
                String name = line.substring(at + prefix.length()).split(" ")[0];
                if (line.contains("made not entrant")) {
                    names.remove(name);
                } else {
                    names.add(name);
                }
            }
        }
        return names;
    }

    Path trace() {
        return folder.resolveSibling("trace");
    }
}
