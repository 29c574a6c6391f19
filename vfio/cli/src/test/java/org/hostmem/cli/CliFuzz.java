package org.hostmem.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.hostmem.HostMemoryException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParameterException;

/**
 * Any words as a command line: it is carried out, or refused with a message, and its exit code is one of those that the
 * help lists. Run by {@code integration-tests/lab/fuzz}; what it found is replayed by {@code CliCorpusTest}.
 *
 * <p>Commands that would take long, write files or reach for other devices than the embedded one are parsed and not
 * carried out.
 */
public final class CliFuzz {

    private static final Set<String> CARRIED_OUT = Set.of("rules", "plan", "read", "write", "dump");
    private static final Set<String> ON_A_DEVICE = Set.of("read", "write", "dump");
    private static final int MAX_ARGUMENTS = 16;
    private static final int MAX_OUTPUT = 1 << 20;

    private CliFuzz() {}

    /**
     * One input.
     *
     * @param input the arguments, with a line feed between them
     */
    public static void fuzzerTestOneInput(byte[] input) {
        String[] args = new String(input, StandardCharsets.UTF_8).split("\n");
        if (args.length > MAX_ARGUMENTS) {
            return;
        }
        Bounded out = new Bounded();
        Bounded err = new Bounded();
        CommandLine command = Main.commandLine(out, new PrintWriter(err), args);
        if (!isHarmless(args)) {
            parse(command, args);
            return;
        }
        IExecutionExceptionHandler report = command.getExecutionExceptionHandler();
        command.setExecutionExceptionHandler((failure, failed, parsed) -> {
            require(
                    failure instanceof HostMemoryException
                            || failure instanceof IOException
                            || failure instanceof OutputException,
                    "a typed error and not " + failure,
                    failure);
            return report.handleExecutionException(failure, failed, parsed);
        });
        int code = command.execute(args);
        require(code >= 0 && code <= 2, "an exit code of 0, 1 or 2: " + code);
        require(code == 0 || out.isFull() || err.length() > 0, "a message with exit code " + code);
    }

    private static boolean isHarmless(String[] args) {
        List<String> all = Arrays.asList(args);
        return args.length > 0
                && CARRIED_OUT.contains(args[0])
                && (!ON_A_DEVICE.contains(args[0]) || args.length > 1 && args[1].equals("embedded"))
                && all.stream().noneMatch(arg -> arg.startsWith("-o") || arg.startsWith("--output"));
    }

    private static void parse(CommandLine command, String[] args) {
        try {
            command.parseArgs(args);
        } catch (ParameterException refused) {
            require(refused.getMessage() != null, "a message");
        }
    }

    private static void require(boolean holds, String what) {
        require(holds, what, null);
    }

    private static void require(boolean holds, String what, Throwable cause) {
        if (!holds) {
            throw new AssertionError("expected: " + what, cause);
        }
    }

    /** Takes so much, and then breaks as a pipe does: a dump of 128 GiB ends there. */
    private static final class Bounded extends Writer {
        private final StringBuilder text = new StringBuilder();

        @Override
        public void write(char[] chars, int offset, int length) throws IOException {
            if (isFull()) {
                throw new IOException("full");
            }
            text.append(chars, offset, length);
        }

        boolean isFull() {
            return text.length() > MAX_OUTPUT;
        }

        int length() {
            return text.length();
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }
}
