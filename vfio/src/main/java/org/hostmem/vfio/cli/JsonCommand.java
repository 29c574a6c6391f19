package org.hostmem.vfio.cli;

import com.google.gson.JsonElement;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
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

    final boolean json() {
        return json;
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
