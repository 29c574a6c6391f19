package org.hostmem.cli;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What this program runs from: the JDK, and the jars and classes on its paths. The JVM has them open, so a wrong
 * {@code /proc/self/fd/N} leads there.
 */
final class OwnFiles {

    private OwnFiles() {}

    static boolean has(Path file) {
        Path real;
        try {
            real = file.toRealPath();
        } catch (IOException nameless) {
            return false; // as a file that was removed
        }
        String name = real.toString();
        boolean isCode = name.endsWith(".jar") || name.endsWith(".class");
        return real.startsWith(real(System.getProperty("java.home")))
                || (isCode && Stream.of("jdk.module.path", "java.class.path").anyMatch(path -> isBelow(real, path)));
    }

    private static boolean isBelow(Path file, String property) {
        return Stream.of(System.getProperty(property, "").split(File.pathSeparator))
                .anyMatch(entry -> !entry.isEmpty() && file.startsWith(real(entry)));
    }

    private static Path real(String path) {
        try {
            return Path.of(path).toRealPath();
        } catch (IOException absent) {
            return Path.of(path).toAbsolutePath();
        }
    }
}
