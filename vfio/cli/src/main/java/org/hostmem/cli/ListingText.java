package org.hostmem.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.hostmem.HostMemoryException;

/**
 * The lines of a listing of an architecture module, whose bytes may be missing or wrong.
 *
 * @param lines in their order
 */
record ListingText(List<Line> lines) {

    private static final Pattern LABEL = Pattern.compile("[A-Za-z0-9_.$]+: *(#.*)?");
    private static final Pattern BYTES = Pattern.compile("  +(([0-9a-f]{2} )*[0-9a-f]{2})  +([A-Za-z.#].*)");
    private static final Pattern INSTRUCTION = Pattern.compile("  +([^ ].*)");
    private static final Pattern COMMENT = Pattern.compile("(^| )#.*");
    private static final Pattern NOT_ASCII = Pattern.compile("[^ -~]");

    enum Kind {
        /** A comment, or nothing. */
        COMMENT,
        LABEL,
        /** An instruction or a directive. */
        INSTRUCTION
    }

    /**
     * One line.
     *
     * @param kind of it
     * @param bytes in hex, as they are listed; empty if there are none
     * @param source what the assembler reads, with its comment
     */
    record Line(Kind kind, String bytes, String source) {

        String assembled() {
            return kind == Kind.COMMENT ? "" : COMMENT.matcher(source).replaceFirst("");
        }

        Line with(String other) {
            return new Line(kind, other, source);
        }

        @Override
        public String toString() {
            return kind != Kind.INSTRUCTION
                    ? source
                    : bytes.isEmpty() ? "  " + source : String.format(Locale.ROOT, "  %-23s  %s", bytes, source);
        }
    }

    /**
     * Reads the lines.
     *
     * @param name for messages
     * @throws HostMemoryException if a line is none of a listing
     */
    static ListingText parse(String name, List<String> text) {
        List<Line> lines = new ArrayList<>();
        for (String line : text) {
            if (NOT_ASCII.matcher(line).find()) {
                throw wrong(name, lines, "not plain ASCII, or a tab", line);
            }
            lines.add(line(name, lines, line));
        }
        return new ListingText(lines);
    }

    private static Line line(String name, List<Line> before, String line) {
        if (line.isBlank() || line.startsWith("#")) {
            return new Line(Kind.COMMENT, "", line);
        }
        if (LABEL.matcher(line).matches()) {
            return new Line(Kind.LABEL, "", line);
        }
        Matcher bytes = BYTES.matcher(line);
        if (bytes.matches()) {
            return new Line(Kind.INSTRUCTION, bytes.group(1), bytes.group(3));
        }
        Matcher instruction = INSTRUCTION.matcher(line);
        if (instruction.matches()) {
            return new Line(Kind.INSTRUCTION, "", instruction.group(1));
        }
        throw wrong(name, before, "neither comment, label nor instruction", line);
    }

    private static HostMemoryException wrong(String name, List<Line> before, String what, String line) {
        return new HostMemoryException(name + ":" + (before.size() + 1) + ": " + what + ": " + line);
    }
}
