package org.hostmem.integration.security;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What this process has open, as the kernel says. */
public final class Descriptors {

    private static final int O_CLOEXEC = 02000000;

    private Descriptors() {}

    /** {@return number and target of each} */
    public static Map<Integer, String> open() throws IOException {
        Map<Integer, String> all = new TreeMap<>();
        for (String number : Path.of("/proc/self/fd").toFile().list()) {
            try {
                all.put(
                        Integer.parseInt(number),
                        Files.readSymbolicLink(Path.of("/proc/self/fd", number)).toString());
            } catch (NoSuchFileException closedMeanwhile) {
                // The one of this very listing, for instance.
            }
        }
        return all;
    }

    /** {@return what was opened since, but by the JVM itself} */
    public static Map<Integer, String> since(Map<Integer, String> before) throws IOException {
        Map<Integer, String> opened = open();
        before.forEach(opened::remove);
        opened.values().removeIf(file -> file.endsWith(".jar") || file.endsWith(".class") || file.endsWith("/modules"));
        return opened;
    }

    /** {@return what of it a program that is started would inherit} */
    public static List<String> inheritable(Map<Integer, String> opened) throws IOException {
        Map<Integer, String> all = new TreeMap<>(opened);
        for (Integer number : opened.keySet()) {
            if ((flags(number) & O_CLOEXEC) != 0) {
                all.remove(number);
            }
        }
        return List.copyOf(all.values());
    }

    /** {@return the targets, each once, in order} */
    public static String names(Map<Integer, String> opened) {
        return opened.values().stream().sorted().distinct().collect(Collectors.joining(" "));
    }

    private static int flags(int number) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/fdinfo/" + number)).stream()
                .filter(line -> line.startsWith("flags:"))
                .mapToInt(line -> Integer.parseInt(line.substring(6).strip(), 8))
                .findFirst()
                .orElseThrow();
    }
}
