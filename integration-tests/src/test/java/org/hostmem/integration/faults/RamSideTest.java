package org.hostmem.integration.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * R9, at the other end: RAM that vanishes under a transfer is a fault of the RAM side before the device sees a byte of
 * it.
 */
@Tag("R9")
class RamSideTest {

    @ParameterizedTest
    @DisplayName("R9: RAM that ends under way, with instructions, pure Java, system calls, holes, models and address"
            + " spaces, in every tier")
    @CsvSource({"-Xint, 120", "-XX:TieredStopAtLevel=1, 800", "-XX:-TieredCompilation, 1500"})
    void ramThatVanishesIsAFaultOfTheRamSide(String option, String rounds) throws Exception {
        Child gone = Child.run(
                        GoneRam.class,
                        List.of("--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC", option),
                        rounds)
                .assertHeld();
        assertThat(gone.output()).contains(" 0 wrong");
    }
}
