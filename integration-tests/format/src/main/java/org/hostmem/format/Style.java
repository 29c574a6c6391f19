package org.hostmem.format;

import com.palantir.javaformat.java.Formatter;
import com.palantir.javaformat.java.FormatterException;
import com.palantir.javaformat.java.JavaFormatterOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The format of the project's Java files, and the command that gives it to them. */
public final class Style {

    private static final Set<String> NOT_SOURCES = Set.of("target", ".git");
    private static final int MOST_PASSES = 5;
    private static final Formatter FORMATTER = Formatter.createFormatter(JavaFormatterOptions.builder()
            .style(JavaFormatterOptions.Style.PALANTIR)
            .formatJavadoc(true)
            .build());

    private Style() {}

    /**
     * Formats every Java file that lies below a folder.
     *
     * @param arguments the folder
     */
    public static void main(String[] arguments) {
        files(Path.of(arguments[0]), ".java").parallelStream().forEach(Style::write);
    }

    private static void write(Path file) {
        String source = read(file);
        String formatted = settled(source);
        if (!formatted.equals(source)) {
            try {
                Files.writeString(file, formatted);
            } catch (IOException failure) {
                throw new UncheckedIOException(failure);
            }
            System.out.println(file);
        }
    }

    /** Formats until nothing changes any more: javadoc that is wrapped for the first time needs two passes. */
    private static String settled(String source) {
        String before = source;
        String after = formatted(before);
        for (int pass = 1; pass < MOST_PASSES && !after.equals(before); pass++) {
            before = after;
            after = formatted(before);
        }
        return after;
    }

    /** What one pass makes of a file. */
    static String formatted(String source) {
        try {
            return FORMATTER.formatSourceAndFixImports(source);
        } catch (FormatterException failure) {
            throw new IllegalArgumentException(failure);
        }
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** The files below a folder whose names have the ending, without what a build wrote. */
    static List<Path> files(Path folder, String ending) {
        List<Path> files = new ArrayList<>();
        try {
            Files.walkFileTree(folder, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                    return NOT_SOURCES.contains(directory.getFileName().toString())
                            ? FileVisitResult.SKIP_SUBTREE
                            : FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    if (file.toString().endsWith(ending)) {
                        files.add(file);
                    }
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return files;
    }
}
