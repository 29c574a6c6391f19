package org.hostmem.integration.speed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hostmem.integration.Needed.needed;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.hostmem.example.rv64.GuestProgram;
import org.hostmem.integration.Forked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Guards what {@code bin/bench} measures, with ratios of times and margins of two to four: what falls through here has
 * lost an inlining or a routine, not a few per cent. The figures are in {@code bench/README.md}.
 */
@EnabledIfSystemProperty(
        named = "os.arch",
        matches = "amd64",
        disabledReason = "the margins are for a real x86-64 CPU, not for an emulated one")
class SpeedTest {

    @Test
    void noneOfTheRatiosIsFarFromTheMeasuredOnes() throws IOException, InterruptedException {
        Map<String, Double> ratios = probe();
        assertThat(ratios.get("scalar"))
                .as("time of NORMAL scalars by that of raw VarHandles, measured 1.4")
                .isLessThan(4);
        assertThat(ratios.get("relaxed-4096"))
                .as("time of a RELAXED copy by that of MemorySegment.copy, measured 0.8")
                .isLessThan(2.5);
        assertThat(ratios.get("noncached-4096"))
                .as("time of a NONCACHED copy by that of an opaque loop, measured 0.05")
                .isLessThan(0.25);
        assertThat(ratios.get("move-64"))
                .as("time of an overlapping ascending move by that of MemorySegment.copy, measured 2 to 4")
                .isLessThan(12);
        assertThat(ratios.get("bus"))
                .as("time of loads through a CPU handle by that of segments with a check of bounds, measured 0.8"
                        + " to 1.4")
                .isLessThan(2.8);
        assertThat(ratios.get("polluted"))
                .as("time of NORMAL scalars by that of segments where both have seen every kind, measured 0.4 to 2")
                .isLessThan(4);
        assertThat(ratios.get("allocated"))
                .as("bytes for one operation of each kind")
                .isZero();
    }

    @Test
    void theExampleCoreOnABusWithEveryKindOfAccessorIsNotFarFromOneOnAnArray()
            throws IOException, InterruptedException {
        needed(GuestProgram.assemblerFound(), "no RISC-V assembler: install the package " + GuestProgram.PACKAGE);
        assertThat(core("EVERYTHING") / core("BYTE_ARRAY"))
                .as("time of a guest instruction by that on an array, measured 1.05")
                .isLessThan(2.4);
    }

    private static double core(String bus) throws IOException, InterruptedException {
        return run(
                        CoreProbe.class,
                        "-Dbus=" + bus,
                        "-Dsources=" + Path.of(System.getProperty("basedir", "."), "src/test/asm"))
                .get("nanoseconds");
    }

    private static Map<String, Double> probe() throws IOException, InterruptedException {
        return run(SpeedProbe.class);
    }

    private static Map<String, Double> run(Class<?> main, String... options) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of(options));
        all.addAll(List.of("-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED"));
        Forked.Result result = Forked.onTheClassPath(
                List.of("org.hostmem.api", "org.hostmem.arch.generic", "org.hostmem.arch.x86_64", "org.hostmem.vfio"),
                main,
                all.toArray(String[]::new));
        assertThat(result.exit()).as(result.output()).isZero();
        Map<String, Double> ratios = new HashMap<>();
        result.output()
                .lines()
                .map(line -> line.split(" "))
                .forEach(words -> ratios.put(words[0], Double.parseDouble(words[1])));
        return ratios;
    }
}
