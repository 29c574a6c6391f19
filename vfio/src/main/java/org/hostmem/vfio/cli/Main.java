package org.hostmem.vfio.cli;

import java.io.BufferedWriter;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Where {@code bin/hostmem} begins. */
public final class Main {

    private static final int BUFFER = 1 << 16;

    private Main() {
    }

    /**
     * Runs one command and ends the JVM with its exit code.
     *
     * @param args command, options and parameters
     */
    public static void main(String[] args) {
        PrintWriter out = new PrintWriter(new BufferedWriter(new OutputStreamWriter(new FileOutputStream(FileDescriptor.out), System.out.charset()), BUFFER));
        PrintWriter err = new PrintWriter(System.err, true);
        int code = commandLine(out, err, args).execute(args);
        out.flush();
        if (code != CommandLine.ExitCode.OK) { // else the JVM ends by itself: exit first looks for a logger, which takes some milliseconds
            System.exit(code);
        }
    }

    /** The command line, on streams of the caller's; with the arguments that will be given to it, only what they need. */
    static CommandLine commandLine(PrintWriter out, PrintWriter err, String... args) {
        return HostmemCommand.root(args)
                .setOut(out)
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(false)
                .setExpandAtFiles(false) // an argument is an argument, whatever it begins with
                .setParameterExceptionHandler(Main::wrongUsage)
                .setExecutionExceptionHandler(Failures::report);
    }

    private static int wrongUsage(ParameterException wrong, String[] args) {
        CommandLine command = wrong.getCommandLine();
        PrintWriter err = command.getErr();
        err.println(Failures.PREFIX + message(wrong, command));
        err.println("Try: " + command.getCommandSpec().qualifiedName() + " --help");
        err.flush();
        return CommandLine.ExitCode.USAGE;
    }

    private static String message(ParameterException wrong, CommandLine command) {
        boolean unknownCommand = wrong instanceof UnmatchedArgumentException unmatched && !unmatched.isUnknownOption() && !command.getSubcommands().isEmpty();
        return wrong.getMessage() + (unknownCommand ? ": the commands are " + HostmemCommand.names(command) : "");
    }
}
