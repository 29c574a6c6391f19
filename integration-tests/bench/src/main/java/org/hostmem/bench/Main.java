package org.hostmem.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Runs forks, row by row and round by round, and writes the table: JSON lines to standard output, a page to
 * {@code target/bench/index.html}.
 */
final class Main {

    private static final String THROUGHPUT = "throughput";
    private static final String TIME = "time";

    static final List<Row> ROWS = List.of(
            new Row(
                    "P1",
                    "P1",
                    "aligned 1/2/4/8 read and write, NORMAL, bounds and lifetime checked",
                    "raw opaque VarHandle on the segment",
                    TIME,
                    false,
                    1.10,
                    List.of("raw"),
                    false),
            new Row(
                    "P2",
                    "P2",
                    "device scalar",
                    "a bare critical call of the same instruction",
                    TIME,
                    false,
                    1.15,
                    List.of("bare"),
                    false),
            new Row(
                    "P3",
                    "P3",
                    "AddressSpace lookup and device scalar, one of 16 devices",
                    "device scalar",
                    TIME,
                    false,
                    1.5,
                    List.of("device"),
                    false),
            new Row(
                    "P4",
                    "P4",
                    "UNOBSERVED copy of NORMAL memory, 256 B to 64 MiB, any alignment",
                    "best of glibc memcpy and MemorySegment.copy",
                    THROUGHPUT,
                    true,
                    0.95,
                    List.of("memcpy", "segment"),
                    false,
                    "(read|write)(256|512|\\d{4,})\\+.*"),
            new Row(
                    "P4-small",
                    "P4",
                    "the same, 64 and 128 B",
                    "the same",
                    THROUGHPUT,
                    true,
                    0.80,
                    List.of("memcpy", "segment"),
                    false,
                    "(read|write)(64|128)\\+.*"),
            new Row(
                    "P4-mean",
                    "P4",
                    "the same from 256 B on, geometric mean",
                    "the same",
                    THROUGHPUT,
                    true,
                    1.0,
                    List.of("memcpy", "segment"),
                    true,
                    "(read|write)(256|512|\\d{4,})\\+.*"),
            new Row(
                    "P5",
                    "P5",
                    "ASCENDING copy of NORMAL memory, 256 B to 64 MiB",
                    "the least code that makes the same accesses",
                    THROUGHPUT,
                    true,
                    0.95,
                    List.of("limit"),
                    false),
            new Row(
                    "P5-memcpy",
                    "P5",
                    "the same",
                    "glibc memcpy through the same call",
                    THROUGHPUT,
                    true,
                    Row.NO_TARGET,
                    List.of("memcpy"),
                    false),
            new Row(
                    "P6",
                    "P6",
                    "copy under NONCACHED rules, RAM-backed, 64 B to 1 MiB",
                    "the least code that makes the same accesses",
                    THROUGHPUT,
                    true,
                    0.95,
                    List.of("limit"),
                    false),
            new Row(
                    "P6-volatile",
                    "P6",
                    "the same",
                    "volatile 8-byte loop in C",
                    THROUGHPUT,
                    true,
                    Row.NO_TARGET,
                    List.of("volatile8"),
                    false),
            new Row(
                    "P6-repmovs",
                    "P6",
                    "the same",
                    "rep movsl with byte ends",
                    THROUGHPUT,
                    true,
                    Row.NO_TARGET,
                    List.of("repmovs"),
                    false),
            new Row(
                    "P6-opaque",
                    "P6",
                    "the same",
                    "opaque VarHandle loop",
                    THROUGHPUT,
                    true,
                    Row.NO_TARGET,
                    List.of("opaque"),
                    false),
            new Row(
                    "P7",
                    "P7",
                    "copy under WRITE_COMBINING rules, RAM-backed, 4 KiB to 1 MiB, flushed",
                    "the least code that makes the same accesses",
                    THROUGHPUT,
                    true,
                    0.95,
                    List.of("limit"),
                    false),
            new Row(
                    "P7-gdrcopy",
                    "P7",
                    "the same",
                    "GDRCopy-shaped C",
                    THROUGHPUT,
                    true,
                    Row.NO_TARGET,
                    List.of("gdrcopy"),
                    false),
            new Row(
                    "P8",
                    "P8",
                    "7- and 15-byte device writes, exact shape",
                    "qemu_ram_move-shaped C through the same call",
                    THROUGHPUT,
                    true,
                    0.85,
                    List.of("qemu"),
                    false),
            new Row(
                    "P9",
                    "P9",
                    "overlapping ASCENDING move, 1 MiB, distance 64 B to 512 KiB",
                    "glibc memmove",
                    THROUGHPUT,
                    true,
                    0.6,
                    List.of("memmove"),
                    false),
            new Row(
                    "P10",
                    "P10",
                    "two threads on separate regions",
                    "one thread",
                    THROUGHPUT,
                    true,
                    1.9,
                    List.of(),
                    false),
            new Row("P11", "P11", "allocation, every operation", "nothing", "bytes", false, 0, List.of(), false),
            new Row(
                    "P12",
                    "P12",
                    "time to safepoint while a 1 GiB device copy runs, p99.9",
                    "the same while plain Java copies it",
                    "microseconds more",
                    false,
                    100,
                    List.of(),
                    false),
            new Row(
                    "P13",
                    "P13",
                    "JVM start to first device access, module path and class-data archive",
                    "plain JVM start",
                    "milliseconds more",
                    false,
                    80,
                    List.of(),
                    false),
            new Row(
                    "P13-report",
                    "P13r",
                    "hostmem report, the whole command",
                    "",
                    "milliseconds",
                    false,
                    400,
                    List.of(),
                    false),
            new Row(
                    "P14",
                    "P14",
                    "RV64 example core on the api's bus",
                    "the same core on a byte[] bus",
                    THROUGHPUT,
                    true,
                    0.8,
                    List.of("bytes"),
                    false),
            new Row(
                    "P15",
                    "P15",
                    "listings of the other ISAs, instructions for a byte",
                    "the shortest loop of that unit",
                    "instructions",
                    false,
                    1.1,
                    List.of(),
                    false),
            new Row(
                    "P16",
                    "P16",
                    "aligned scalars of NORMAL memory where the call site has seen every kind of accessor",
                    "MemorySegment where the call site has seen every kind of segment",
                    TIME,
                    false,
                    1.10,
                    List.of("segment"),
                    false),
            new Row(
                    "P17",
                    "P17",
                    "a CPU handle: 75 % RAM, 20 % other RAM, 5 % registers, after every kind of accessor",
                    "the same on bare segments, each behind a check of its bounds",
                    THROUGHPUT,
                    true,
                    0.90,
                    List.of("segment"),
                    false),
            new Row(
                    "P17-space",
                    "P17-space",
                    "the same by AddressSpace.read and write",
                    "the same",
                    THROUGHPUT,
                    true,
                    0.70,
                    List.of("segment"),
                    false),
            new Row(
                    "P18",
                    "P18",
                    "RV64 example core with every kind of accessor on its bus, each used before",
                    "the same core on a byte[] bus",
                    THROUGHPUT,
                    true,
                    0.85,
                    List.of("bytes"),
                    false),
            new Row(
                    "P19",
                    "P19",
                    "map, unmap and remap in a space of 10 to 10,000 mappings that another thread reads: 99 of 100",
                    "",
                    "microseconds",
                    false,
                    100,
                    List.of(),
                    false),
            new Row(
                    "P20",
                    "P20",
                    "AddressSpace.find at random among 10 to 10,000 mappings with holes between them",
                    "",
                    "nanoseconds",
                    false,
                    60,
                    List.of(),
                    false),
            new Row(
                    "P20-cpu",
                    "P20-cpu",
                    "a CPU handle's read of RAM at random among 10 to 10,000 mappings, warm",
                    "",
                    "nanoseconds",
                    false,
                    10,
                    List.of(),
                    false),
            new Row(
                    "growth",
                    "growth",
                    "time for a byte, 8 B to 1 GiB; opening 1 to 10,000 regions",
                    "glibc memcpy",
                    "time",
                    false,
                    Double.MAX_VALUE,
                    List.of("memcpy"),
                    false));

    /** What a run may take. A row that is not begun by then is left out of a quick run; a full one has fewer forks. */
    private static final long QUICK_SECONDS = 95;

    private static final long FULL_SECONDS = 17 * 60;

    /**
     * The highest ordinary priority, if it is allowed; not a real-time one, which the kernel takes back for up to 50 ms
     * of each second.
     */
    private static final List<String> PRIORITY = List.of("nice", "-n", "-20");

    private final boolean quick;
    private final int mostForks;
    private final boolean everything;
    private final Map<String, Row.Samples> samples = new LinkedHashMap<>();
    private final long started = System.nanoTime();
    private int forks;

    private Main(boolean quick, int mostForks, boolean everything) {
        this.quick = quick;
        this.mostForks = mostForks;
        this.everything = everything;
    }

    private long seconds() {
        return (System.nanoTime() - started) / 1_000_000_000;
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        List<String> rest = new ArrayList<>(Arrays.asList(args));
        boolean quick = rest.remove("--quick");
        Set<String> wanted = new LinkedHashSet<>(rest);
        List<Row> rows = ROWS.stream()
                .filter(row -> wanted.isEmpty() || wanted.contains(row.id()) || wanted.contains(row.fork()))
                .toList();
        if (rows.isEmpty()) {
            System.err.println("bench: no such row; there are "
                    + ROWS.stream().map(Row::id).collect(Collectors.joining(" ")));
            System.exit(2);
        }
        new Main(quick, Integer.getInteger("hostmem.bench.forks", quick ? 1 : 5), wanted.isEmpty()).run(rows);
    }

    private void run(List<Row> rows) throws IOException, InterruptedException {
        List<String> forked = rows.stream().map(Row::fork).distinct().toList();
        String loadBefore = load();
        Commands commands = new Commands(quick);
        // Round by round, so that a slow hour of the machine does not meet one row alone.
        while (forks < mostForks && (forks == 0 || seconds() / forks * (forks + 1) < FULL_SECONDS)) {
            for (String fork : forked) {
                if (quick && seconds() > QUICK_SECONDS) {
                    System.err.println("bench: no time left for " + fork + "; 'bench " + fork + "' measures it");
                    samples.putIfAbsent(fork, new Row.Samples());
                    continue;
                }
                System.err.println("bench: " + fork + ", fork " + (forks + 1) + " of up to " + mostForks + ", after "
                        + seconds() + " s");
                measure(fork, commands);
            }
            forks++;
        }
        Path folder = Path.of(System.getProperty("hostmem.bench.output"));
        Files.createDirectories(folder);
        List<String> lines = rows.stream()
                .filter(row -> !row.ratios(samples.get(row.fork())).isEmpty())
                .map(this::json)
                .toList();
        lines.forEach(System.out::println);
        Files.write(folder.resolve("results.jsonl"), lines);
        Page page = new Page(rows, samples, forks);
        Files.writeString(folder.resolve("index.html"), page.html());
        Figures figures = new Figures(rows, samples, forks, loadBefore + " before, " + load() + " after");
        figures.write(folder, page);
        if (everything && !quick) {
            figures.write(Path.of(System.getProperty("hostmem.bench.root"), "integration-tests", "bench"), page);
        }
        System.err.println("bench: plots are in " + folder.resolve("index.html"));
    }

    static String load() throws IOException {
        return Files.readString(Path.of("/proc/loadavg")).split(" ")[0];
    }

    private void measure(String fork, Commands commands) throws IOException, InterruptedException {
        Row.Samples into = samples.computeIfAbsent(fork, f -> new Row.Samples());
        switch (fork) {
            case "P13" -> commands.start(into);
            case "P13r" -> commands.report(into);
            case "P14" -> commands.core(into, "HOSTMEM");
            case "P18" -> commands.core(into, "EVERYTHING");
            case "P15" -> {
                if (forks == 0) { // Counted, not timed.
                    commands.instructions(into);
                }
            }
            default -> fork(fork, into);
        }
    }

    private void fork(String row, Row.Samples into) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(row.equals("P12") ? PRIORITY : List.of());
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags());
        if (row.equals("P12")) {
            Path log = Path.of(System.getProperty("hostmem.bench.output"), "safepoints.log");
            command.addAll(
                    List.of("-Xlog:safepoint:file=" + log + "::filecount=0", "-Dhostmem.bench.safepoints=" + log));
        }
        command.addAll(List.of(
                "-Dhostmem.bench.quick=" + quick,
                "-Dhostmem.bench.peers=" + System.getProperty("hostmem.bench.peers"),
                "-cp",
                System.getProperty("java.class.path"),
                Fork.class.getName(),
                row));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] words = line.split(" ");
                into.add(words[0], words[1], Double.parseDouble(words[2]));
            }
        }
        if (!process.waitFor(10, TimeUnit.MINUTES) || process.exitValue() != 0) {
            throw new IOException("the fork for " + row + " failed");
        }
    }

    /** The JVM flags of every fork. Class path, not module path: the peers are no modules. */
    static List<String> flags() {
        return List.of(
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED");
    }

    private String json(Row row) {
        Map<String, Row.Figure> ratios = row.ratios(samples.get(row.fork()));
        Row.Figure total = row.total(ratios);
        String points = ratios.entrySet().stream()
                .map(e -> String.format(
                        Locale.ROOT, "\"%s\":%.3f", e.getKey(), e.getValue().middle()))
                .collect(Collectors.joining(","));
        String times = samples.get(row.fork()).points.entrySet().stream()
                .map(e -> "\"" + e.getKey() + "\":{"
                        + e.getValue().entrySet().stream()
                                .map(c -> String.format(
                                        Locale.ROOT,
                                        "\"%s\":%.2f",
                                        c.getKey(),
                                        Row.figure(c.getValue()).middle()))
                                .collect(Collectors.joining(","))
                        + "}")
                .collect(Collectors.joining(","));
        return String.format(
                Locale.ROOT,
                "{\"row\":\"%s\",\"ratio\":%.3f,\"target\":%.2f,\"met\":%b,\"sense\":\"%s\","
                        + "\"low\":%.3f,\"high\":%.3f,\"forks\":%d,\"of\":\"%s\","
                        + "\"worst\":%.3f,\"mean\":%.3f,\"points\":{%s},\"times\":{%s}}",
                row.id(),
                total.middle(),
                row.target(),
                row.met(total.middle()),
                row.atLeast() ? ">=" : "<=",
                total.low(),
                total.high(),
                forks,
                row.mean() ? "geometric mean" : "worst point",
                row.worst(ratios).middle(),
                row.mean(ratios).middle(),
                points,
                times);
    }
}
