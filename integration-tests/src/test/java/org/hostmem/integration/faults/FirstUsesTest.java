package org.hostmem.integration.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.hostmem.spi.Host;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A StackOverflowError in the very first access of a kind is that access's, and no class is lost by it. */
class FirstUsesTest {

    private static final List<String> OPTIONS = List.of("--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC");
    private static final List<String> KINDS = List.of(
            "read", "write", "ram", "bulk", "array", "fill", "move", "copy", "lists", "barrier", "plan", "refused");
    private static final List<String> OF_PROVIDERS = List.of("exchange", "lent", "atomics");
    private static final List<String> OF_A_BUS = List.of("bus", "hole", "change");

    static Stream<String> providers() {
        return Stream.of(Host.current().isa(), "generic");
    }

    static Stream<Arguments> kinds() {
        return Stream.of(
                        of(Host.current().isa(), KINDS, OF_PROVIDERS),
                        of("generic", KINDS, OF_PROVIDERS),
                        of("calls", KINDS, List.of()),
                        of("models", KINDS, OF_A_BUS))
                .flatMap(Function.identity());
    }

    private static Stream<Arguments> of(String provider, List<String> kinds, List<String> more) {
        return Stream.concat(kinds.stream(), more.stream()).map(kind -> Arguments.of(provider, kind));
    }

    @ParameterizedTest
    @DisplayName("the first access of each kind at the end of the stack, at every depth: it works afterwards")
    @MethodSource("kinds")
    void aFullStackLosesNoClass(String provider, String kind) throws Exception {
        Child child = Child.run(FirstUses.class, OPTIONS, provider, kind).assertHeld();
        assertThat(child.output())
                .contains(" overflows")
                .doesNotContain("NoClassDefFoundError", "BootstrapMethodError");
    }

    /** Forms of method handles are classes that the JVM makes anew if they are not there. */
    @ParameterizedTest
    @DisplayName(
            "no access runs a static initialiser on the thread of its caller: what needs one has it since the opening,"
                    + " or on a thread of its own")
    @MethodSource("providers")
    void noAccessInitialisesAClass(String provider) throws Exception {
        Child child = Child.run(
                        FirstUses.class,
                        Stream.concat(OPTIONS.stream(), Stream.of("-Xlog:class+init=info"))
                                .toList(),
                        provider,
                        "all")
                .assertHeld();
        List<String> lines = child.output().lines().toList();
        List<String> uses = lines.subList(lines.indexOf("OPENED"), lines.indexOf("USED"));
        assertThat(lines)
                .as("shows that this test can fail")
                .anyMatch(line -> line.contains("Initializing 'org/hostmem/"));
        assertThat(uses)
                .filteredOn(line -> line.contains("Initializing '") && line.contains("by thread \"main\""))
                .filteredOn(line -> !line.contains("(no method)") && !line.contains("LambdaForm$"))
                .isEmpty();
    }
}
