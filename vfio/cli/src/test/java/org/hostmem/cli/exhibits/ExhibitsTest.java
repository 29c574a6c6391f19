package org.hostmem.cli.exhibits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.hostmem.AccessOptions;
import org.hostmem.CacheMode;
import org.hostmem.RegionFaultException;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.EmbeddedDevice;
import org.hostmem.vfio.VfioOptions;
import org.junit.jupiter.api.Test;

/** The table of exhibits: complete, and able to fail. */
class ExhibitsTest {

    /**
     * As the thread numbers them. Its S3 says S2.1 and S2.2 for its own parts, and a later mail S1 for the functions of
     * io.h; the overlap is the last mail's.
     */
    private static final List<String> IDS = Stream.of(
                    IntStream.rangeClosed(1, 13).mapToObj(Integer::toString),
                    Stream.of("A", "B", "C", "D", "E", "F"),
                    Stream.of(
                            "S1",
                            "S1.1",
                            "S1.2",
                            "S1.3",
                            "S1.3.normal",
                            "S2.1",
                            "S2.2",
                            "S2.io",
                            "S3",
                            "S3.1",
                            "S3.2",
                            "S3.overlap"))
            .flatMap(ids -> ids)
            .toList();

    private static final List<PointTest> POINTS = List.of(
            new Point01Test(),
            new Point02Test(),
            new Point03Test(),
            new Point04Test(),
            new Point05Test(),
            new Point06Test(),
            new Point07Test(),
            new Point08Test(),
            new Point09Test(),
            new Point10Test(),
            new Point11Test(),
            new Point12Test(),
            new Point13Test(),
            new PointATest(),
            new PointBTest(),
            new PointCTest(),
            new PointDTest(),
            new PointETest(),
            new PointFTest(),
            new PointS1Test(),
            new PointS2Test(),
            new PointS3Test());

    private static Properties words() {
        Properties words = new Properties();
        try (InputStream in = Exhibits.class.getResourceAsStream("exhibits.properties")) {
            words.load(in);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return words;
    }

    @Test
    void everyPointOfTheThreadIsThereInItsOrder() {
        assertThat(Exhibits.all()).extracting(Exhibit::id).isEqualTo(IDS);
    }

    @Test
    void theWordsAndTheTableAgree() {
        Set<String> wanted = IDS.stream()
                .flatMap(id -> Stream.of("title", "naive", "truth", "rules").map(what -> id + "." + what))
                .collect(Collectors.toSet());
        assertThat(words().stringPropertyNames()).isEqualTo(wanted);
        assertThat(words().values())
                .allSatisfy(word -> assertThat((String) word).isNotBlank());
    }

    @Test
    void theRulesExist() {
        Set<String> rules =
                IntStream.rangeClosed(1, 12).mapToObj(rule -> "R" + rule).collect(Collectors.toSet());
        assertThat(Exhibits.all())
                .allSatisfy(exhibit -> assertThat(rules)
                        .as(exhibit.id())
                        .containsAll(exhibit.rules())
                        .isNotEmpty());
        assertThat(Exhibits.all())
                .allSatisfy(exhibit -> assertThat(exhibit.rules())
                        .as(exhibit.id())
                        .isNotEmpty()
                        .doesNotHaveDuplicates());
    }

    @Test
    void everyExhibitHasATestClass() {
        assertThat(POINTS.stream().flatMap(point -> point.exhibits().stream()).map(Exhibit::id))
                .containsExactlyInAnyOrderElementsOf(IDS);
    }

    @Test
    void aClaimThatIsNotSoIsAnError() {
        Stage.must(true, "so");
        assertThatExceptionOfType(ExhibitFailedException.class)
                .isThrownBy(() -> Stage.must(false, "the sky is green"))
                .withMessage("not so: the sky is green");
    }

    @Test
    void exhibitsFailOnADeviceThatDoesNotReport() {
        List<String> failed;
        try (Device device = EmbeddedDevice.open(VfioOptions.none())) {
            assertThat(device.region(0).capabilities().cacheMode()).isEqualTo(CacheMode.UNKNOWN);
            failed = failing(new Stage(device));
        }
        assertThat(failed).containsExactly("9", "S1", "S1.2", "S1.3");
    }

    @Test
    void exhibitsThatAccessFailOnADeviceWhoseMemoryIsOff() {
        try (Device device = EmbeddedDevice.open()) {
            device.region(0).open(AccessOptions.DEFAULT).close();
            device.setMemoryEnabled(false);
            Stage stage = new Stage(device);
            assertThat(Exhibits.all())
                    .filteredOn(exhibit -> Set.of("5", "11", "13", "B", "C", "D", "S1.3", "S2.io")
                            .contains(exhibit.id()))
                    .hasSize(8)
                    .allSatisfy(exhibit -> assertThatExceptionOfType(RegionFaultException.class)
                            .as(exhibit.id())
                            .isThrownBy(() -> exhibit.check().run(stage)));
        }
    }

    private static List<String> failing(Stage stage) {
        return Exhibits.all().stream()
                .filter(exhibit -> fails(exhibit, stage))
                .map(Exhibit::id)
                .toList();
    }

    private static boolean fails(Exhibit exhibit, Stage stage) {
        try {
            exhibit.check().run(stage);
            return false;
        } catch (RuntimeException failed) {
            return true;
        }
    }
}
