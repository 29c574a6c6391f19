package org.hostmem.cli;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Locale;
import org.hostmem.AccessRejectedException;
import org.hostmem.HostMemoryException;
import org.hostmem.RegionFaultException;
import org.hostmem.vfio.RegionInfoException;
import org.hostmem.vfio.VfioUserException;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

/**
 * Reports a failure of a command: one message, no stack trace, and exit code 1. With {@code --json} there is an object,
 * too.
 */
final class Failures {

    static final String PREFIX = "hostmem: ";

    /** System property: show where an unexpected exception came from. */
    private static final String TRACE_PROPERTY = "hostmem.trace";

    private Failures() {}

    static int report(Exception failure, CommandLine command, ParseResult parsed) {
        PrintWriter err = command.getErr();
        if (failure instanceof OutputException undelivered) {
            if (undelivered.isRefusal()) {
                Output.of(command.getOut()).refuse();
            }
            return say(undelivered, err);
        }
        command.getOut().flush();
        JsonCommand json = command.getCommand() instanceof JsonCommand it ? it : null;
        String message =
                (json != null && failure instanceof HostMemoryException ? json.subject() : "") + message(failure);
        err.println(PREFIX + message);
        if (Boolean.getBoolean(TRACE_PROPERTY)) {
            failure.printStackTrace(err);
        }
        err.flush();
        if (json != null && json.json()) {
            JsonObject error = error(failure, message);
            json.describe(error);
            print(error, json.document(), err);
        }
        return CommandLine.ExitCode.SOFTWARE;
    }

    /** The exit code is the error's own, whether it can be printed or not. */
    static void print(JsonObject error, Document document, PrintWriter err) {
        try {
            document.fail(error);
        } catch (OutputException undelivered) {
            say(undelivered, err);
        }
    }

    /** The output cannot be written. The error stream says so, unless nobody reads it. */
    static int say(OutputException undelivered, PrintWriter err) {
        if (undelivered.isBrokenPipe()) {
            return OutputException.BROKEN_PIPE;
        }
        if (undelivered.canBeSaid()) {
            err.println(PREFIX + undelivered.getMessage());
            err.flush();
        }
        return CommandLine.ExitCode.SOFTWARE;
    }

    private static String message(Exception failure) {
        return switch (failure) {
            case HostMemoryException expected -> String.valueOf(expected.getMessage());
            case NoSuchFileException file -> file.getFile() + ": no such file or folder";
            case FileSystemException file ->
                file.getFile() + ": " + (file.getReason() == null ? words(file) : file.getReason());
            case IOException io -> String.valueOf(io.getMessage());
            default ->
                "unexpected " + failure + "; this is a mistake in hostmem. -D" + TRACE_PROPERTY
                        + "=true in HOSTMEM_JAVA_OPTIONS shows where";
        };
    }

    /** {@code NoSuchFileException} as {@code no such file}. */
    private static String words(Exception failure) {
        return failure.getClass()
                .getSimpleName()
                .replace("Exception", "")
                .replaceAll("(?<=[a-z])(?=[A-Z])", " ")
                .toLowerCase(Locale.ROOT);
    }

    /** With the fields of its type. */
    static JsonObject error(Exception failure, String message) {
        JsonObject error = new JsonObject();
        error.addProperty("kind", failure.getClass().getSimpleName());
        error.addProperty("message", message);
        switch (failure) {
            case RegionFaultException fault -> {
                error.addProperty("offset", fault.offset());
                error.addProperty("direction", fault.direction().name());
                error.addProperty("width", fault.width());
                error.addProperty("completed", fault.completed());
                error.addProperty("side", fault.side().name());
            }
            case AccessRejectedException rejected ->
                error.addProperty("reason", rejected.reason().name());
            case RegionInfoException impossible ->
                error.addProperty("violation", impossible.violation().name());
            case VfioUserException broken ->
                error.addProperty("failure", broken.failure().name());
            case FileSystemException file -> error.addProperty("file", file.getFile());
            default -> {}
        }
        return error;
    }
}
