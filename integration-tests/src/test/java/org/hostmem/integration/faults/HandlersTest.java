package org.hostmem.integration.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * R9: no order of loading, restoring or replacing signal handlers ends the JVM, unless the guarantee is gone and a note
 * has said so.
 */
@Tag("R9")
class HandlersTest {

    private static final String NATIVE = "--enable-native-access=ALL-UNNAMED";

    @ParameterizedTest
    @DisplayName(
            "R9: handlers that are saved, replaced and restored around openings: looked at again at each opening, and"
                    + " no chain goes round for ever")
    @ValueSource(
            strings = {
                "restored",
                "saved-ours",
                "installed-twice",
                "installed-twice-around",
                "default",
                "ignored",
                "default-sigill",
                "flags",
                "two-copies",
                "at-the-same-time"
            })
    void handlersAreLookedAtAgainAtEachOpening(String order) throws Exception {
        Child child = Child.run(Handlers.class, List.of(NATIVE, "-XX:+UseSerialGC"), order)
                .assertHeld();
        assertThat(child.output()).contains("held");
    }

    @ParameterizedTest
    @Tag("lab")
    @DisplayName("R9: the same on the other ISAs")
    @CsvSource({
        "aarch64, saved-ours",
        "aarch64, installed-twice",
        "ppc64le, saved-ours",
        "ppc64le, installed-twice",
        "riscv64, saved-ours",
        "riscv64, installed-twice"
    })
    void handlersOnOtherIsas(String isa, String order) throws Exception {
        assertThat(CoexistenceTest.onIsa(
                        isa, List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"), Handlers.class, order))
                .satisfies(result -> {
                    assertThat(result.output()).contains("held");
                    assertThat(result.exit()).isZero();
                });
    }

    @Test
    @DisplayName("R14: an instruction that nobody knows is a fault with a type, and not the end of the JVM")
    void anUnknownInstructionIsAFault() throws Exception {
        assertThat(Child.run(UnknownInstructions.class, List.of(NATIVE, "-XX:+UseSerialGC"))
                        .assertHeld()
                        .output())
                .contains("held");
    }

    @ParameterizedTest
    @Tag("lab")
    @DisplayName("R14: the same on the other ISAs")
    @ValueSource(strings = {"aarch64", "ppc64le", "riscv64"})
    void anUnknownInstructionOnOtherIsas(String isa) throws Exception {
        assertThat(CoexistenceTest.onIsa(
                        isa, List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"), UnknownInstructions.class, "all"))
                .satisfies(result -> {
                    assertThat(result.output()).contains("held");
                    assertThat(result.exit()).isZero();
                });
    }
}
