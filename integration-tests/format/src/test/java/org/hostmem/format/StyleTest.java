package org.hostmem.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class StyleTest {

    private static final Path PROJECT = Path.of("..", "..").toAbsolutePath().normalize();
    private static final int MOST_FILES_NAMED = 20;
    private static final int WIDEST = 120;
    /** What a page says that a program wrote. */
    private static final String GENERATED = "` writes this page.";

    @Test
    @DisplayName("every Java file has the project's format: integration-tests/bin/format gives it")
    void sourcesAreFormatted() {
        List<Path> sources = Style.files(PROJECT, ".java");
        assertThat(sources).hasSizeGreaterThan(500);

        List<String> unformatted = sources.parallelStream()
                .filter(file -> !isFormatted(Style.read(file)))
                .map(StyleTest::name)
                .limit(MOST_FILES_NAMED)
                .toList();
        assertThat(unformatted)
                .as("files that integration-tests/bin/format would change")
                .isEmpty();
    }

    @Test
    @DisplayName("no line of Java has more than 120 columns")
    void linesAreShort() {
        assertThat(Style.files(PROJECT, ".java").stream().flatMap(StyleTest::wideLines))
                .isEmpty();
    }

    @Test
    @DisplayName("no line of a page's text has more than 120 columns")
    void textIsNarrow() {
        List<Path> pages = Style.files(PROJECT, ".md");
        assertThat(pages).hasSizeGreaterThan(10);
        assertThat(pages.stream()
                        .filter(page -> !Style.read(page).contains(GENERATED))
                        .flatMap(StyleTest::wideText))
                .isEmpty();
    }

    /** A table's row and an image cannot be broken, and code is as the program prints it. */
    private static Stream<String> wideText(Path page) {
        List<String> lines = Style.read(page).lines().toList();
        List<String> wide = new ArrayList<>();
        boolean isCode = false;
        for (int at = 0; at < lines.size(); at++) {
            String line = lines.get(at);
            isCode ^= line.strip().startsWith("```");
            boolean isText = !isCode && !line.startsWith("|") && !line.startsWith("![");
            if (isText && line.codePoints().count() > WIDEST) {
                wide.add(name(page) + ":" + (at + 1));
            }
        }
        return wide.stream();
    }

    private static boolean isFormatted(String source) {
        return Style.formatted(source).equals(source);
    }

    private static Stream<String> wideLines(Path file) {
        List<String> lines = Style.read(file).lines().toList();
        return IntStream.range(0, lines.size())
                .filter(at -> lines.get(at).codePoints().count() > WIDEST)
                .mapToObj(at -> name(file) + ":" + (at + 1));
    }

    private static String name(Path file) {
        return PROJECT.relativize(file).toString();
    }
}
