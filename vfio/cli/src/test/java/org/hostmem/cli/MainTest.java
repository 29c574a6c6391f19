package org.hostmem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class MainTest {

    @Test
    void everyCommandHasJsonHelpAndExitCodes() {
        CommandLine root = Main.commandLine(Writer.nullWriter(), new PrintWriter(Writer.nullWriter()));
        root.getSubcommands().forEach((name, command) -> {
            if (command.getCommandSpec().usageMessage().hidden()) {
                return;
            }
            Cli help = Cli.run(name + " --help");
            assertThat(help.code()).as(name).isZero();
            assertThat(help.out())
                    .as(name)
                    .contains("Usage: hostmem " + name, "--json", "--help", "Exit codes:", "wrong usage");
            assertThat(help.err()).as(name).isEmpty();
        });
    }

    @Test
    void helpNamesTheCommands() {
        Cli help = Cli.run("--help");
        assertThat(help.code()).isZero();
        assertThat(help.out()).contains("rules", "plan").doesNotContain("train");
    }

    @Test
    void versionComesFromTheModule() {
        assertThat(Cli.run("--version").out()).startsWith("hostmem ").contains("JVM 2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "frobnicate", "--frobnicate", "plan extra"})
    void wrongUsageEndsWith2(String line) {
        Cli run = Cli.run(line);
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).startsWith("hostmem: ").contains("--help").doesNotContain("\tat ");
        assertThat(run.out()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"$HOME", "${env:HOME}", "${sys:user.home}", "$(id)", "~", "*"})
    void anArgumentIsNoShellsWordsAndNoVariable(String argument) {
        assertThat(Cli.run("read", "/nowhere/" + argument, "0", "0").err())
                .isEqualToIgnoringNewLines("hostmem: /nowhere/" + argument + ": there is no such file");
    }

    @Test
    void anArgumentIsNoFilesContents(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("arguments"), "--version");
        Cli run = Cli.run("@" + file);
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("@" + file);
    }

    @Test
    void anUnknownCommandGetsTheListOfCommands() {
        assertThat(Cli.run("frobnicate").err()).contains("frobnicate", "plan", "report", "demo");
    }
}
