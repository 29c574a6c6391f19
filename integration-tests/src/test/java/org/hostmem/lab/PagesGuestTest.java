package org.hostmem.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Pages of 64 KiB, on the kernel of Debian's for ppc64el that has them, with the group interface and SPAPR's IOMMU. CI
 * does not prepare this guest, whose packages are those a mirror most often lacks.
 */
@Tag("lab")
class PagesGuestTest {

    @Test
    @DisplayName("regions of less than a page and of many, by VFIO and sysfs, on a kernel with pages of 64 KiB")
    void largePages() throws Exception {
        Guest guest = Guest.run(
                "ppc64le",
                "java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:-UsePerfData --enable-native-access=ALL-UNNAMED -cp"
                        + " \"$1\" "
                        + PagesProgram.class.getName() + " \"$HOSTMEM_LAB_OUT/results\"");
        assertThat(guest.exit())
                .as(() -> "exit code of the guest, which said:\n" + guest.output())
                .isZero();
        Map<String, String> results = guest.results("results");
        assertThat(results)
                .containsEntry("page size", "65536")
                .containsEntry("regions.0003:00:03.0", "group 0:1048576:1:NONCACHED 7:256:0:UNKNOWN")
                .containsEntry(
                        "regions.0004:00:04.0",
                        "group 0:4096:1:NONCACHED 1:256:0:UNKNOWN 2:1048576:1:NONCACHED 7:256:0:UNKNOWN")
                .containsEntry("regions.0005:00:05.0", "group 0:256:1:NONCACHED 2:1048576:1:NONCACHED 7:256:0:UNKNOWN")
                .containsEntry("regions.0006:00:06.0", "group 0:16384:1:NONCACHED 7:4096:0:UNKNOWN")
                .containsEntry("edu", "ed000001 edcba987 ffffffff")
                .containsEntry("part of a page", "4096 mmio")
                .containsEntry("part of a page, sysfs", "4096 mmio")
                .containsEntry("many pages, sysfs", "1048576 1122334455667788")
                .containsEntry("noAnswer.REFUSE", "foreseen at 8, foreseen at 8, the same")
                .containsEntry("noAnswer.TRY", "taken at 8, taken at 8, the same")
                .containsEntry("file", "137072 7 0");
        assertThat(results.get("many pages"))
                .startsWith("from one page to the next, ".repeat(3) + "1122334455667788 ")
                .contains("SPLIT");
        assertThat(results.get("beyond")).startsWith("RegionBoundsException");
    }
}
