package org.hostmem.lab.evidence;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Makes the page, or one picture, of what observe wrote. Arguments: page FOLDER FILE, or svg FOLDER
 * SIZE@OFFSET:ISA:TIER[:OBSERVER] FILE. Ends with 1 when a result cannot be read (the page is written all the same, and
 * says so) or when there is no such picture.
 */
final class Evidence {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'").withZone(ZoneOffset.UTC);

    private Evidence() {}

    public static void main(String[] args) throws IOException {
        System.exit(
                args[0].equals("svg")
                        ? svg(Path.of(args[1]), args[2], Path.of(args[3]))
                        : page(Path.of(args[1]), Path.of(args[2])));
    }

    private static int page(Path folder, Path file) throws IOException {
        TreeMap<String, Run> runs = new TreeMap<>();
        Map<String, String> unreadable = new TreeMap<>();
        Map<String, String> written = new TreeMap<>();
        for (String name : Page.names()) {
            Path result = folder.resolve(name + ".json");
            if (!Files.exists(result)) {
                continue;
            }
            try {
                Run run = Run.read(Files.readString(result));
                if (!run.name().equals(name)) {
                    throw new IllegalArgumentException("it is the result of " + run.name());
                }
                runs.put(name, run);
                written.put(name, TIME.format(Files.getLastModifiedTime(result).toInstant()));
            } catch (IllegalArgumentException | IOException e) {
                unreadable.put(name, String.valueOf(e.getMessage()));
            }
        }
        write(file, new Page(runs, unreadable, written).html());
        unreadable.forEach((name, why) -> System.err.println("evidence: " + name + ".json: " + why));
        if (Files.isDirectory(folder)) {
            try (Stream<Path> all = Files.list(folder)) {
                all.map(one -> one.getFileName().toString())
                        .filter(one ->
                                one.endsWith(".json") && !Page.names().contains(one.substring(0, one.length() - 5)))
                        .sorted()
                        .forEach(one ->
                                System.err.println("evidence: " + one + " is no result of observe, and is left out"));
            }
        }
        System.out.println(file + ": " + runs.size() + " of " + Page.names().size() + " results, "
                + runs.values().stream().mapToInt(run -> run.pictures().size()).sum() + " pictures");
        return unreadable.isEmpty() ? 0 : 1;
    }

    private static int svg(Path folder, String which, Path file) throws IOException {
        List<String> w = List.of(which.split(":"));
        if (w.size() < 3 || w.size() > 4) {
            System.err.println("evidence: '" + which + "' is not SIZE@OFFSET:ISA:TIER[:OBSERVER]");
            return 2;
        }
        Path result = folder.resolve(Run.name(w.get(1), w.get(2), w.size() == 4 ? w.get(3) : "plugin") + ".json");
        if (!Files.exists(result)) {
            System.err.println("evidence: there is no " + result);
            return 1;
        }
        Run run = Run.read(Files.readString(result));
        Run.Drawn drawn = run.pictures().stream()
                .filter(one -> one.name().equals(w.getFirst()))
                .findFirst()
                .orElse(null);
        if (drawn == null) {
            System.err.println("evidence: " + result + " has no picture " + w.getFirst() + "; it has: "
                    + String.join(
                            " ", run.pictures().stream().map(Run.Drawn::name).toList()));
            return 1;
        }
        write(file, new Picture(run, drawn).file());
        return 0;
    }

    private static void write(Path file, String text) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        Files.createDirectories(folder);
        // Whoever looks meanwhile sees the old one or the new one.
        Path unfinished = Files.createTempFile(folder, "." + file.getFileName(), ".new");
        try {
            Files.writeString(unfinished, text, StandardCharsets.UTF_8);
            Files.setPosixFilePermissions(unfinished, PosixFilePermissions.fromString("rw-r--r--"));
            Files.move(unfinished, file, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }
}
