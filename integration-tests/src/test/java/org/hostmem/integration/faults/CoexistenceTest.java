package org.hostmem.integration.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hostmem.integration.Needed.needed;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.hostmem.integration.Forked;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** R9: faults are precise, and the JVM's own signals arrive, whatever else is at work in the process. */
@Tag("R9")
class CoexistenceTest {

    private static final long PATIENCE = 600;
    private static final String NATIVE = "--enable-native-access=ALL-UNNAMED";

    private static Child battery(List<String> options, int rounds) throws Exception {
        List<String> all = new ArrayList<>(options);
        all.add(NATIVE);
        return Child.run(FaultsAndSignals.class, all, "" + rounds);
    }

    @ParameterizedTest
    @DisplayName("R9: the JVM's null checks, stack overflows and InternalErrors beside faults, in every tier and under"
            + " every collector")
    @ValueSource(
            strings = {
                "-Xint",
                "-XX:TieredStopAtLevel=1",
                "-XX:-TieredCompilation",
                "-XX:+UseSerialGC",
                "-XX:+UseG1GC",
                "-XX:+UseZGC",
                "-XX:+UseParallelGC"
            })
    void theJvmKeepsItsSignals(String option) throws Exception {
        battery(List.of(option), 300).assertHeld();
    }

    @ParameterizedTest
    @DisplayName(
            "R9: atomics of memory that is gone, which end a JVM that interprets them: faults here, or ones under the"
                    + " other policy")
    @ValueSource(strings = {"-Xint", "-XX:TieredStopAtLevel=1", "-XX:-TieredCompilation"})
    void atomicsOfMemoryThatIsGone(String option) throws Exception {
        Child gone = Child.run(GoneAtomics.class, List.of(NATIVE, "-XX:+UseSerialGC", option), "2000")
                .assertHeld();
        assertThat(gone.output()).contains(" 0 wrong");
    }

    @ParameterizedTest
    @DisplayName("R9: a file that is cut short and extended again under atomics, scalars and bulk of four threads: each"
            + " access is done, or a fault that says which it was")
    @ValueSource(strings = {"-Xint", "-XX:TieredStopAtLevel=1", "-XX:-TieredCompilation"})
    void memoryThatVanishesBetweenCheckAndAccess(String option) throws Exception {
        Child vanished = Child.run(Vanishing.class, List.of(NATIVE, "-XX:+UseSerialGC", option), "300")
                .assertHeld();
        assertThat(vanished.output()).contains(" 0 wrong");
    }

    @ParameterizedTest
    @Tag("lab")
    @DisplayName("R9: the same on the other ISAs")
    @CsvSource({"aarch64, -Xint", "ppc64le, -Xint", "riscv64, -Xint", "aarch64, -XX:-TieredCompilation"})
    void memoryThatVanishesOnOtherIsas(String isa, String option) throws Exception {
        Forked.Result result = onIsa(isa, List.of("-XX:+UseSerialGC", option), Vanishing.class, "30");
        assertThat(result.output()).contains(" 0 wrong");
        assertThat(result.exit()).as(result.output()).isZero();
    }

    static Forked.Result onIsa(String isa, List<String> options, Class<?> main, String argument) throws Exception {
        return onIsa(isa, List.of(), options, main, argument);
    }

    /** {@code emulator} are options of the lab's {@code java}. */
    static Forked.Result onIsa(String isa, List<String> emulator, List<String> options, Class<?> main, String argument)
            throws Exception {
        String java = Path.of(System.getProperty("basedir", ""))
                .toAbsolutePath()
                .getParent()
                .resolve("integration-tests/lab/java")
                .toString();
        needed(
                Forked.run(command(java, isa, emulator, List.of("-version")), PATIENCE)
                                .exit()
                        == 0,
                "the lab cannot run the JDK of " + isa + "; integration-tests/lab/prepare user-" + isa + " sets it up");
        List<String> program = new ArrayList<>(options);
        program.addAll(List.of(NATIVE, "-cp", Child.classPath(), main.getName(), argument));
        return Forked.run(command(java, isa, emulator, program), PATIENCE);
    }

    private static List<String> command(String java, String isa, List<String> emulator, List<String> program) {
        List<String> command = new ArrayList<>(List.of(java, isa));
        command.addAll(emulator);
        command.addAll(program);
        return command;
    }

    @Test
    @DisplayName(
            "R9: RAM at an address that no memory can have, of which a CPU tells no address: a fault of the RAM side")
    void ramWithoutAnAddress() throws Exception {
        Child child =
                Child.run(NoAddress.class, List.of(NATIVE, "-XX:+UseSerialGC")).assertHeld();
        assertThat(child.output()).contains("held");
    }

    @Test
    @DisplayName("R9: -Xcheck:jni says that a handler was replaced, and that is all")
    void checkJni() throws Exception {
        Child checked = battery(List.of("-Xcheck:jni", "-XX:+UseSerialGC"), 300).assertHeld();
        assertThat(checked.output()).doesNotContain("FATAL");
    }

    @Test
    @DisplayName("R9: with the JDK's libjsig preloaded, which lets no library take a handler from the JVM")
    void libjsig() throws Exception {
        Path libjsig = Path.of(System.getProperty("java.home"), "lib", "libjsig.so");
        assertThat(libjsig).exists();
        battery(List.of("env", "LD_PRELOAD=" + libjsig, "--", "-XX:+UseSerialGC"), 300)
                .assertHeld();
    }

    @Test
    @DisplayName("R9: a timer's SIGPROF a thousand times a second, as a sampling profiler has it")
    void profilingTimer() throws Exception {
        battery(List.of("-Dtimer=true", "-XX:+UseSerialGC"), 500).assertHeld();
    }

    @Test
    @DisplayName("R9: the JDK's own profiler, which interrupts threads by signals and walks their stacks from there")
    void flightRecorder(@TempDir Path folder) throws Exception {
        Path recording = folder.resolve("recording.jfr");
        battery(
                        List.of(
                                "-XX:StartFlightRecording:filename=" + recording
                                        + ",settings=profile"
                                        + ",jdk.CPUTimeSample#enabled=true,jdk.CPUTimeSample#throttle=1ms"
                                        + ",jdk.ExecutionSample#period=1ms",
                                "-Xlog:jfr*=off",
                                "-XX:+UseSerialGC"),
                        500)
                .assertHeld();
        assertThat(Files.size(recording)).isPositive();
    }

    @Test
    @DisplayName("R9: SIGBUS that others send goes on to whoever handled it before, wherever it finds a thread, and no"
            + " access is refused for it")
    void signalsThatSomebodySentAreNoFaults() throws Exception {
        Child sent = Child.run(ForeignSignals.class, List.of(NATIVE, "-XX:+UseSerialGC"), "sent")
                .assertHeld();
        assertThat(sent.output()).contains("0 accesses went wrong");
    }

    @ParameterizedTest
    @Tag("lab")
    @DisplayName("R9: the same on the other ISAs")
    @CsvSource({"aarch64, sent", "aarch64, elsewhere", "ppc64le, sent", "riscv64, sent", "riscv64, elsewhere"})
    void signalsOnOtherIsas(String isa, String how) throws Exception {
        Forked.Result result = onIsa(
                isa,
                List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dsignals=1000"),
                ForeignSignals.class,
                how);
        assertThat(result.output()).contains("0 accesses went wrong");
        assertThat(result.exit()).as(result.output()).isZero();
    }

    @Test
    @DisplayName("R9: a SIGBUS that the kernel could have raised, but at an address that nobody accesses, is no fault"
            + " either")
    void signalsFromElsewhereAreNoFaults() throws Exception {
        Child elsewhere = Child.run(ForeignSignals.class, List.of(NATIVE, "-XX:+UseSerialGC"), "elsewhere")
                .assertHeld();
        assertThat(elsewhere.output()).contains("0 accesses went wrong");
    }

    @Test
    @DisplayName(
            "R9: SIGBUS from another process ends the JVM as it does without Hostmem, and the JVM says who sent it")
    void killIsTheJvmsToAnswer() throws Exception {
        Child killed = Child.run(ForeignSignals.class, List.of(NATIVE, "-XX:+UseSerialGC"), "killed");
        assertThat(killed.exit()).isNotZero();
        assertThat(killed.crash()).contains("SIGBUS").contains("sent by kill");
    }

    @Test
    @DisplayName("R9: thousands of short-lived threads, whose numbers come again, each with its own faults")
    void threadChurn() throws Exception {
        Child churned = Child.run(Threads.class, List.of(NATIVE, "-XX:+UseSerialGC"), "churn", "4000")
                .assertHeld();
        assertThat(churned.output()).contains("4000 of 4000");
    }

    @Test
    @DisplayName("R9: a thousand threads that fault at once, more than any fixed number of records would hold")
    void aThousandThreadsAtOnce() throws Exception {
        Child many = Child.run(Threads.class, List.of(NATIVE, "-XX:+UseSerialGC"), "once", "1000")
                .assertHeld();
        assertThat(many.output()).contains("1000 of 1000");
    }

    @Test
    @DisplayName("R9: faults of virtual threads")
    void virtualThreads() throws Exception {
        Child virtual = Child.run(Threads.class, List.of(NATIVE, "-XX:+UseSerialGC"), "virtual", "4000")
                .assertHeld();
        assertThat(virtual.output()).contains("4000 of 4000");
    }

    @ParameterizedTest
    @DisplayName(
            "R9: loaded twice, by two class loaders or in two module layers, and unloaded again: each has its faults,"
                    + " and so has the JVM")
    @ValueSource(strings = {"classloaders", "layers"})
    void twiceAndUnloaded(String way) throws Exception {
        Child twice = Child.run(SeveralCopies.class, List.of(NATIVE, "-XX:+UseSerialGC"), way)
                .assertHeld();
        assertThat(twice.output()).contains("unloaded");
    }
}
