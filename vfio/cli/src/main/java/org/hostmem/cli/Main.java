package org.hostmem.cli;

import com.google.gson.JsonObject;
import java.io.BufferedWriter;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Where {@code bin/hostmem} begins. */
public final class Main {

    private static final int BUFFER = 1 << 16;

    private Main() {}

    /**
     * Runs one command and ends the JVM with its exit code.
     *
     * @param args command, options and parameters
     */
    public static void main(String[] args) {
        Writer out = new BufferedWriter(
                new OutputStreamWriter(new FileOutputStream(FileDescriptor.out), System.out.charset()), BUFFER);
        int code = run(out, new PrintWriter(System.err, true, System.err.charset()), args);
        if (code
                != CommandLine.ExitCode
                        .OK) { // else the JVM ends by itself: exit first looks for a logger, which takes some
            // milliseconds
            System.exit(code);
        }
    }

    /** Runs one command: its exit code is that of an error, too, if its results cannot be written. */
    static int run(Writer out, PrintWriter err, String... args) {
        Output output = Output.of(out);
        int code = commandLine(output, err, args).execute(args);
        try {
            output.deliver();
            return code;
        } catch (OutputException undelivered) {
            return code == CommandLine.ExitCode.OK ? Failures.say(undelivered, err) : code;
        }
    }

    /**
     * The command line, on streams of the caller's; with the arguments that will be given to it, only what they need.
     */
    static CommandLine commandLine(Writer out, PrintWriter err, String... args) {
        return HostmemCommand.root(args)
                .setOut(Output.of(out))
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
        String message = message(wrong, command);
        err.println(Failures.PREFIX + message);
        err.println("Try: " + command.getCommandSpec().qualifiedName() + " --help");
        err.flush();
        if (wantsJson(args)) {
            JsonObject error = new JsonObject();
            error.addProperty("kind", "Usage");
            error.addProperty("message", message);
            Failures.print(error, new Document(Output.of(command.getOut())), err);
        }
        return CommandLine.ExitCode.USAGE;
    }

    /** As far as it can be told of arguments that are wrong. */
    private static boolean wantsJson(String... args) {
        return Stream.of(args)
                .takeWhile(arg -> !arg.equals("--"))
                .anyMatch(arg -> arg.equals(JsonCommand.OPTION) || arg.equalsIgnoreCase(JsonCommand.OPTION + "=true"));
    }

    private static String message(ParameterException wrong, CommandLine command) {
        boolean unknownCommand = wrong instanceof UnmatchedArgumentException unmatched
                && !unmatched.isUnknownOption()
                && !command.getSubcommands().isEmpty();
        return wrong.getMessage() + (unknownCommand ? ": the commands are " + HostmemCommand.names(command) : "");
    }
}
