package org.hostmem.integration.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hostmem.integration.Needed.needed;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hostmem.integration.Forked;
import org.hostmem.integration.Modules;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Hosts and JVMs that refuse something: what is refused is said, with what to do, and the rest works. */
class RefusedTest {

    private static final String NATIVE = "--enable-native-access=ALL-UNNAMED";
    private static final String SERIAL = "-XX:+UseSerialGC";

    /** A JVM that maps all of its own code before anything is forbidden to it. */
    private static final String[] OWN_CODE_FIRST = {
        NATIVE, "-Xint", "-XX:InitialCodeCacheSize=32m", "-XX:ReservedCodeCacheSize=32m", "-XX:-SegmentedCodeCache"
    };

    private static Child refused(String what, String... options) throws Exception {
        List<String> all = new ArrayList<>(List.of(options));
        all.add(SERIAL);
        return Child.run(Refused.class, all, what);
    }

    private static void assertInstructions(Child child) {
        child.assertHeld();
        assertThat(child.output())
                .doesNotContain("rules: generic")
                .contains("PRECISE_FAULTS", "code: [r-xs]", "memory: works", "RAM: works", "device: works");
    }

    private static void assertPureJava(Child child, String... reasons) {
        child.assertHeld();
        String note = child.output()
                .lines()
                .filter(line -> line.startsWith("notes: "))
                .findFirst()
                .orElse("");
        assertThat(note).as(child.output()).contains("are not used").contains(reasons);
        assertThat(child.output()).contains("rules: generic", "code: []", "memory: works", "RAM: works");
        assertThat(child.output().lines().filter(line -> line.startsWith("guarantees: ")))
                .allSatisfy(line -> assertThat(line).contains("EXACT_WIDTH").doesNotContain("PRECISE_FAULTS"));
        assertThat(child.output().lines().filter(line -> line.startsWith("WARNING: the instructions")))
                .as("said once, by the logger")
                .hasSize(1);
    }

    @Test
    @DisplayName("shows that the tests below can fail: as it is, instructions are used")
    void asItIs() throws Exception {
        assertInstructions(refused("as-it-is", NATIVE));
    }

    @ParameterizedTest
    @DisplayName("a filter of system calls that forbids a step of loading code: pure Java, with the reason")
    @EnabledIfSystemProperty(
            named = "os.arch",
            matches = "amd64",
            disabledReason = "the filters have the numbers of x86-64's system calls")
    @CsvSource({
        "memfd, memfd_create failed, EPERM",
        "mmap, mmap of a memfd with PROT_EXEC failed, EPERM",
        "selinux, mmap of a memfd with PROT_EXEC failed, EACCES",
        "descriptors, memfd_create failed, EMFILE",
        "gettid, gettid failed, EPERM"
    })
    void systemCallsAreFiltered(String what, String call, String errno) throws Exception {
        Child child = refused(what, NATIVE);
        assertPureJava(child, call, errno);
        if (!call.startsWith("memfd")) {
            assertThat(child.output()).contains("device: works");
        } else {
            assertThat(child.output()).contains("memfd", "embedded", errno);
        }
    }

    @Test
    @DisplayName("hostmem report says it of each region, and promises less")
    @EnabledIfSystemProperty(
            named = "os.arch",
            matches = "amd64",
            disabledReason = "the filters have the numbers of x86-64's system calls")
    void theReportSaysIt() throws Exception {
        Child child = Child.run(Refused.class, List.of(NATIVE, SERIAL), "mmap", "report", "embedded")
                .assertHeld();
        assertThat(child.output())
                .contains("x86_64", "mmap", "memfd", "PROT_EXEC", "EPERM")
                .containsPattern("R9 PRECISE_FAULTS +no +no +no +no +no");
    }

    @Test
    @DisplayName(
            "a filter that lets mmap make nothing executable, the JVM's own code neither: pure Java, with the reason")
    @EnabledIfSystemProperty(
            named = "os.arch",
            matches = "amd64",
            disabledReason = "the filters have the numbers of x86-64's system calls")
    void nothingIsMappedExecutable() throws Exception {
        Child child = refused("any-mmap", OWN_CODE_FIRST);
        assertPureJava(child, "mmap of a memfd with PROT_EXEC failed", "EACCES", "a sandbox or SELinux forbids it");
        assertThat(child.output()).contains("device: works");
    }

    @Test
    @DisplayName("a filter that lets mprotect make nothing executable is no hindrance: code is mapped as it stays")
    @EnabledIfSystemProperty(
            named = "os.arch",
            matches = "amd64",
            disabledReason = "the filters have the numbers of x86-64's system calls")
    void nothingBecomesExecutable() throws Exception {
        assertInstructions(refused("mprotect", OWN_CODE_FIRST));
    }

    @ParameterizedTest
    @DisplayName(
            "vm.memfd_noexec, in a PID namespace of its own, is about execve, and no hindrance, although 2 forbids the"
                    + " flag that asks for executable memory")
    @ValueSource(ints = {1, 2})
    void memfdNoexec(int value) throws Exception {
        String script = "echo " + value + " >/proc/sys/vm/memfd_noexec || exit 77; exec \"$@\"";
        boolean possible = Forked.run(List.of("unshare", "--pid", "--fork", "sh", "-c", script, "sh", "true"))
                        .exit()
                == 0;
        needed(possible, "vm.memfd_noexec needs Linux 6.3 and root: its tests are left out");
        assertInstructions(refused("as-it-is", "unshare", "--pid", "--fork", "sh", "-c", script, "sh", "--", NATIVE));
    }

    @Test
    @DisplayName(
            "where no memory may ever be both written and executed (PR_SET_MDWE), instructions are used: they never"
                    + " are")
    void memoryDenyWriteExecute() throws Exception {
        Child child = refused("write-and-execute", OWN_CODE_FIRST);
        needed(child.exit() != 77, "PR_SET_MDWE needs Linux 6.3");
        assertInstructions(child);
    }

    @Test
    @DisplayName("without --enable-native-access where the JVM insists on it: memory works in pure Java, a device is a"
            + " clear error, both name the flag")
    void nativeAccessIsDenied() throws Exception {
        Child child = refused("as-it-is", "--illegal-native-access=deny");
        assertPureJava(child, "may not call native code", NATIVE);
        assertThat(child.output().lines().filter(line -> line.startsWith("device: ")))
                .singleElement()
                .asString()
                .contains(NATIVE);
    }

    @Test
    @DisplayName("the same on the module path, where the flag names the modules")
    void nativeAccessIsDeniedToModules() throws Exception {
        Forked.Result denied = Forked.run(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                SERIAL,
                "--illegal-native-access=deny",
                "--module-path",
                modulePath(),
                "--module",
                "org.hostmem.cli/org.hostmem.cli.Main",
                "demo"));
        assertThat(denied.exit()).isNotZero();
        assertThat(denied.output()).contains("--enable-native-access=org.hostmem.arch.generic,org.hostmem.vfio");
    }

    private static String modulePath() {
        Stream<Path> libraries = Arrays.stream(
                        System.getProperty("java.class.path").split(File.pathSeparator))
                .map(Path::of)
                .filter(entry -> entry.getFileName().toString().matches("(picocli|gson|error_prone_annotations)-.*"));
        return Stream.concat(Modules.LIBRARY.stream().map(Modules::location), libraries)
                .map(Path::toString)
                .collect(Collectors.joining(File.pathSeparator));
    }

    @Test
    @DisplayName("without the flag where the JVM only warns, everything works")
    void nativeAccessIsWarnedOf() throws Exception {
        Child child = refused("as-it-is");
        assertInstructions(child);
        assertThat(child.output()).contains("--enable-native-access=ALL-UNNAMED");
    }

    @Test
    @DisplayName("a /tmp that cannot be written: nothing is")
    void readOnlyTmp() throws Exception {
        String script =
                "mount --bind /tmp /tmp && mount -o remount,bind,ro /tmp || exit 77; ! touch /tmp/hostmem-is-read-only"
                        + " 2>/dev/null || exit 78; exec \"$@\"";
        boolean possible = Forked.run(List.of("unshare", "--mount", "sh", "-c", script, "sh", "true"))
                        .exit()
                == 0;
        needed(possible, "a mount namespace needs root: the test of a read-only /tmp is left out");
        assertInstructions(
                refused("as-it-is", "unshare", "--mount", "sh", "-c", script, "sh", "--", NATIVE, "-XX:-UsePerfData"));
    }

    @Test
    @DisplayName("with few descriptors, most of which the class path takes")
    void fewDescriptors() throws Exception {
        assertInstructions(refused("as-it-is", "sh", "-c", "ulimit -n 96; exec \"$@\"", "sh", "--", NATIVE));
    }
}
