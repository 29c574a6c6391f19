package org.hostmem.vfio.cli;

import com.google.gson.JsonElement;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.hostmem.HostMemoryException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What every command has: {@code --json}, somewhere to print, and a way to complain about its options. */
abstract class JsonCommand implements Callable<Integer> {

    @Option(names = "--json", description = "Print JSON instead of text.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    @Override
    public final Integer call() throws Exception {
        try {
            return execute();
        } catch (InternalError late) {
            throw asFault(late);
        }
    }

    /** Does the work, and gives the exit code. */
    abstract int execute() throws Exception;

    /** What the JVM makes of a SIGBUS in its own code: all that a provider without {@link org.hostmem.Guarantee#PRECISE_FAULTS} has. */
    private static HostMemoryException asFault(InternalError error) {
        if (!isFault(error)) {
            throw error;
        }
        return new HostMemoryException("a fault, reported late by the JVM, as the provider in use does not promise precise ones: is the device there, and its memory enabled?");
    }

    static boolean isFault(InternalError error) {
        return error.getMessage() != null && error.getMessage().contains("unsafe memory access");
    }

    final boolean json() {
        return json;
    }

    /** {@return what an error is about, to be put before its message; may be empty} */
    String subject() {
        return "";
    }

    final PrintWriter out() {
        return spec.commandLine().getOut();
    }

    final PrintWriter err() {
        return spec.commandLine().getErr();
    }

    final void print(JsonElement tree) {
        Json.print(tree, out());
        flush();
    }

    /** Ends the command quietly if nobody reads any more. */
    final void flush() {
        if (out().checkError()) {
            throw new BrokenPipeException();
        }
    }

    final ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
