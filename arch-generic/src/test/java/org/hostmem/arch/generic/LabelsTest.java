package org.hostmem.arch.generic;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class LabelsTest {

    private static String row(Labels.Group group) {
        return "| " + group.purpose() + " | " + (group.isDemanded() ? "yes" : "no") + " | "
                + group.names().stream()
                        .map(name -> "`" + name.replace("|", "` or `") + "`")
                        .collect(Collectors.joining(" "))
                + " |";
    }

    @Test
    void theTableOfTheDocumentIsThatOfTheCode() throws IOException {
        String table = Labels.TABLE.stream().map(LabelsTest::row).collect(Collectors.joining("\n"));
        assertThat(Files.readString(Path.of("LISTING.md")))
                .as("the rows are:\n%s", table)
                .contains("| purpose | demanded | labels |\n|---|---|---|\n" + table + "\n\n");
    }

    @Test
    void ofTwoLabelsForOnePurposeOneIsEnough() {
        Set<String> all = Labels.known();
        all.remove("cas1");
        assertThat(Labels.missing(all)).isEmpty();
        all.remove("casInWord1");
        assertThat(Labels.missing(all)).containsExactly("cas1 or casInWord1");
    }
}
