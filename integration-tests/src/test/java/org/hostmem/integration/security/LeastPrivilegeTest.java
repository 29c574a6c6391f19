package org.hostmem.integration.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hostmem.integration.Needed.needed;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.hostmem.integration.Forked;
import org.hostmem.integration.Modules;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.HandOver;
import org.hostmem.vfio.Vfio;
import org.hostmem.vfio.VfioOptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two processes: this one is root and opens, the other has no right at all and uses. With real devices the same is done
 * in the lab, see {@code WaysGuestTest}.
 */
class LeastPrivilegeTest {

    private static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();

    @TempDir
    private Path folder;

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }

    private List<String> java(Class<?> main, List<Path> classPath) {
        return List.of(
                JAVA,
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                classPath.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator)),
                main.getName());
    }

    private static List<Path> classPath() {
        return Stream.concat(Modules.LIBRARY.stream().map(Modules::location), Stream.of(Forked.testClasses()))
                .toList();
    }

    private List<Path> readable() throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        List<Path> copies = new ArrayList<>();
        for (Path original : classPath()) {
            Path copy = folder.resolve(copies.size() + original.getFileName().toString());
            copy(original, copy);
            copies.add(copy);
        }
        return copies;
    }

    private Path secret() throws IOException {
        Path file = Files.write(folder.resolve("secret"), new byte[] {1, 2, 3, 4, 0, 0, 0, 0});
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private static FutureTask<Void> serving(Path file, Path socket, String user) {
        FutureTask<Void> served = new FutureTask<>(() -> {
            try (Device device = Vfio.file(file, VfioOptions.none())) {
                HandOver.serve(
                        device,
                        socket,
                        user == null
                                ? null
                                : socket.getFileSystem()
                                        .getUserPrincipalLookupService()
                                        .lookupPrincipalByName(user));
            }
            return null;
        });
        Thread.ofPlatform().daemon().start(served);
        return served;
    }

    @Test
    @DisplayName("a process without any right uses what root hands over, or what it inherits, and nothing else")
    void aProcessWithoutRightsUsesWhatItIsGiven() throws Exception {
        List<String> asNobody = new ArrayList<>(java(AsNobody.class, classPath()));
        List<String> probe = new ArrayList<>(asNobody);
        probe.addAll(List.of(JAVA, "-version"));
        needed(
                Forked.run(probe).exit() == 0,
                "only root can become another user, who must be able to run the JDK: the test of a process without"
                        + " rights is left out");

        Path secret = secret();
        Path given = folder.resolve("given");
        Path kept = folder.resolve("kept");
        FutureTask<Void> giving = serving(secret, given, "" + AsNobody.NOBODY);
        FutureTask<Void> keeping = serving(secret, kept, null);
        List<String> command = new ArrayList<>(List.of("sh", "-c", "exec 7<>\"$0\"; exec \"$@\"", secret.toString()));
        command.addAll(asNobody);
        command.addAll(java(Unprivileged.class, readable()));
        command.addAll(List.of(secret.toString(), "hand-over:" + given, "hand-over:" + kept, "fd:7"));
        Forked.Result result = Forked.run(command);

        assertThat(result.exit()).as(result.output()).isZero();
        Map<String, String> lines = result.output()
                .lines()
                .filter(line -> line.contains("="))
                .map(line -> line.split("=", 2))
                .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1], (a, b) -> b, LinkedHashMap::new));
        assertThat(lines)
                .as(result.output())
                .containsEntry("Uid", "65534\t65534\t65534\t65534")
                .containsEntry("capabilities", "0".repeat(32))
                .containsEntry("locked memory", "0")
                .hasEntrySatisfying(secret.toString(), said -> assertThat(said).startsWith("refused: " + secret))
                .containsEntry(
                        "hand-over:" + given,
                        "mapped file hand-over:" + given + " file NORMAL 4030201, inheritable: [] of 1")
                .hasEntrySatisfying(
                        "hand-over:" + kept, said -> assertThat(said).startsWith("refused: " + kept))
                .containsEntry("fd:7", "mapped file fd:7 file NORMAL 4030201, inheritable: [] of 1");
        giving.get();
        assertThat(keeping.isDone()).isFalse();
        Vfio.receive(kept, VfioOptions.none()).close();
        keeping.get();
    }
}
