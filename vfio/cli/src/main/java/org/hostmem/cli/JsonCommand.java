package org.hostmem.cli;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.PrintWriter;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.hostmem.HostMemoryException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What every command has: {@code --json}, somewhere to print, and a way to complain about its options. */
abstract class JsonCommand implements Callable<Integer> {

    static final String OPTION = "--json";

    @Option(names = OPTION, description = "Print JSON instead of text.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    private @Nullable Document document;

    @Override
    public final Integer call() throws Exception {
        document = new Document(out());
        try (Interruption _ = Interruption.of(json ? document : null)) {
            return execute();
        } catch (InternalError late) {
            throw asFault(late);
        } catch (OutOfMemoryError tooMuch) {
            throw new HostMemoryException("the JVM's heap is too small for this request (" + tooMuch.getMessage()
                    + "): ask for less, or raise it by HOSTMEM_JAVA_OPTIONS=-Xmx8g");
        }
    }

    /** Does the work, and gives the exit code. */
    abstract int execute() throws Exception;

    /**
     * What the JVM makes of a SIGBUS in its own code: all that a provider without
     * {@link org.hostmem.Guarantee#PRECISE_FAULTS} has.
     */
    private static HostMemoryException asFault(InternalError error) {
        if (!isFault(error)) {
            throw error;
        }
        return new HostMemoryException(
                "the memory faulted, and the JVM reported it late: the provider in use does not promise precise"
                        + " faults. Is the device there, its memory enabled, and the file still as long as it was?");
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

    /** Adds what this command knows of an error. */
    void describe(JsonObject error) {
        // Most know no more than the exception.
    }

    final Output out() {
        return Output.of(spec.commandLine().getOut());
    }

    final PrintWriter err() {
        return spec.commandLine().getErr();
    }

    /** What is printed with {@code --json}. */
    final Document document() {
        return Objects.requireNonNull(document); // of a command that runs
    }

    final void print(JsonElement tree) {
        document().print(tree);
    }

    /** Ends the command if its results cannot be written. */
    final void flush() {
        out().deliver();
    }

    final ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
