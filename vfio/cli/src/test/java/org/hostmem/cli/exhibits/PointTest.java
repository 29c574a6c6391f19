package org.hostmem.cli.exhibits;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.EmbeddedDevice;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the tests of every point have in common: the exhibits they are about. */
abstract class PointTest {

    static final int[] WIDTHS = {1, 2, 4, 8};

    private final List<Exhibit> exhibits;

    PointTest(String... ids) {
        exhibits = Stream.of(ids).map(PointTest::exhibit).toList();
    }

    private static Exhibit exhibit(String id) {
        return Exhibits.all().stream()
                .filter(exhibit -> exhibit.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no exhibit " + id));
    }

    final List<Exhibit> exhibits() {
        return exhibits;
    }

    @Test
    void theExhibitHolds() {
        try (Device device = EmbeddedDevice.open()) {
            exhibits.forEach(exhibit -> assertThat(exhibit.check().run(new Stage(device)))
                    .as(exhibit.id())
                    .isNotBlank());
        }
    }

    @Test
    void theTagsOfThisClassAreTheRulesOfTheExhibit() {
        Set<String> tags = Stream.of(getClass().getAnnotationsByType(Tag.class))
                .map(Tag::value)
                .collect(Collectors.toSet());
        assertThat(tags)
                .isEqualTo(exhibits.stream()
                        .flatMap(exhibit -> exhibit.rules().stream())
                        .collect(Collectors.toSet()));
    }
}
