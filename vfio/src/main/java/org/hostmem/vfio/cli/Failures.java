package org.hostmem.vfio.cli;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Locale;
import org.hostmem.HostMemoryException;
import org.hostmem.RegionFaultException;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

/** What is said when a command cannot do what it was asked: one message, no stack trace, exit code 1; with {@code --json} as an object too. */
final class Failures {

    static final String PREFIX = "hostmem: ";

    /** System property: show where an unexpected exception came from. */
    private static final String TRACE_PROPERTY = "hostmem.trace";

    private Failures() {
    }

    static int report(Exception failure, CommandLine command, ParseResult parsed) {
        PrintWriter err = command.getErr();
        command.getOut().flush();
        if (failure instanceof BrokenPipeException) {
            return CommandLine.ExitCode.SOFTWARE;
        }
        JsonCommand json = command.getCommand() instanceof JsonCommand it ? it : null;
        String message = (json == null ? "" : json.subject()) + message(failure);
        err.println(PREFIX + message);
        if (Boolean.getBoolean(TRACE_PROPERTY)) {
            failure.printStackTrace(err);
        }
        err.flush();
        if (json != null && json.json()) {
            JsonObject all = new JsonObject();
            all.add("error", error(failure, message));
            json.print(all);
        }
        return CommandLine.ExitCode.SOFTWARE;
    }

    private static String message(Exception failure) {
        return switch (failure) {
            case HostMemoryException expected -> expected.getMessage();
            case NoSuchFileException file -> file.getFile() + ": no such file or folder";
            case FileSystemException file -> file.getFile() + ": " + (file.getReason() == null ? words(file) : file.getReason());
            case IOException io -> io.getMessage();
            default -> "unexpected " + failure + "; this is a mistake in hostmem. -D" + TRACE_PROPERTY + "=true in HOSTMEM_JAVA_OPTIONS shows where";
        };
    }

    /** {@code NoSuchFileException} as {@code no such file}. */
    private static String words(Exception failure) {
        return failure.getClass().getSimpleName().replace("Exception", "").replaceAll("(?<=[a-z])(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
    }

    static JsonObject error(Exception failure, String message) {
        JsonObject error = new JsonObject();
        error.addProperty("kind", failure.getClass().getSimpleName());
        error.addProperty("message", message);
        if (failure instanceof RegionFaultException fault) {
            error.addProperty("offset", fault.offset());
            error.addProperty("direction", fault.direction().name());
            error.addProperty("width", fault.width());
            error.addProperty("completed", fault.completed());
            error.addProperty("side", fault.side().name());
        }
        return error;
    }
}
