package org.hostmem.cli;

import java.io.PrintWriter;
import java.io.Writer;
import java.util.List;
import org.hostmem.vfio.Vfio;
import picocli.CommandLine.Command;

/**
 * Runs the usual commands without output, so that the JVM can record their classes for {@code bin/hostmem}. It does not
 * run the help: every recorded class slows each start, and the help needs many.
 */
@Command(name = "train", hidden = true, description = "For bin/hostmem: records what the start of the JVM needs.")
final class TrainCommand implements Runnable {

    private static final List<String> LINES = List.of(
            "report embedded",
            "report embedded --json",
            "demo",
            "demo --json",
            "read embedded 1 0",
            "read embedded 1 0 --json",
            "write embedded 1 0 1 -w 8",
            "dump embedded 2 0 64K",
            "dump embedded 1 1 9 --json",
            "rules",
            "rules --json",
            "plan --isa generic --mode unknown --offset 1 --size 100",
            "plan --isa generic --mode unknown --offset 1 --size 100 --json",
            "plan --isa generic --mode unknown --offset 1 --size 3 --scalar");

    @Override
    public void run() {
        PrintWriter nowhere = new PrintWriter(Writer.nullWriter());
        for (String line : LINES) {
            String[] args = line.split(" ");
            Main.commandLine(nowhere, nowhere, args).execute(args);
        }
        Vfio.addresses(); // of a report that is given none, which would open them
    }
}
