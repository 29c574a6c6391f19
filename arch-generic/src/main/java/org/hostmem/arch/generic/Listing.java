package org.hostmem.arch.generic;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * The machine code of one ISA with its labels, read from a text in which every instruction stands beside its bytes. Immutable.
 *
 * @param code the bytes
 * @param labels name to offset in {@code code}
 */
public record Listing(byte[] code, Map<String, Integer> labels) {

    /** Before the bytes of a line. */
    private static final int INDENT = 2;
    /** Two digits and a space. */
    private static final int BYTE = 3;

    /** Makes copies. */
    public Listing {
        code = code.clone();
        labels = Map.copyOf(labels);
    }

    /**
     * Parses a listing.
     *
     * @param name for messages
     * @param text lines as {@code LISTING.md} describes them; closed afterwards
     * @return the listing
     * @throws UncheckedIOException if the text cannot be read
     * @throws IllegalArgumentException if a line is not of the format; the message names it
     */
    public static Listing parse(String name, InputStream text) {
        try (text) {
            return parse(name, text.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** By hand: a listing is parsed at every start, and regular expressions took longer than all the rest of it. */
    private static Listing parse(String name, byte[] text) {
        byte[] code = new byte[text.length / BYTE];
        int size = 0;
        Map<String, Integer> labels = new HashMap<>();
        int number = 0;
        for (int start = 0; start < text.length;) {
            int end = start;
            while (end < text.length && text[end] != '\n') {
                end++;
            }
            number++;
            int label = labelEnd(text, start, end);
            int bytes = bytesEnd(text, start, end);
            if (label > start) {
                if (labels.put(new String(text, start, label - start, StandardCharsets.US_ASCII), size) != null) {
                    throw new IllegalArgumentException(name + ":" + number + ": the label " + new String(text, start, label - start, StandardCharsets.US_ASCII) + " is there twice");
                }
            } else if (bytes > start) {
                for (int at = start + INDENT; at < bytes; at += BYTE) {
                    code[size++] = (byte) (digit(text[at]) << 4 | digit(text[at + 1]));
                }
            } else if (!isIgnored(text, start, end)) {
                throw new IllegalArgumentException(name + ":" + number + ": neither a comment, a label, a directive nor bytes and an instruction: "
                        + new String(text, start, end - start, StandardCharsets.US_ASCII));
            }
            start = end + 1;
        }
        return new Listing(Arrays.copyOf(code, size), labels);
    }

    /** Where the colon is of a label that begins a line with a letter; else the start. */
    private static int labelEnd(byte[] text, int start, int end) {
        int at = start;
        while (at < end && (isLetter(text[at]) || at > start && isDigit(text[at]))) {
            at++;
        }
        return at < end && text[at] == ':' ? at : start;
    }

    /** Where the bytes end of a line that begins with two spaces and bytes; else the start. */
    private static int bytesEnd(byte[] text, int start, int end) {
        if (end - start < INDENT + 2 || text[start] != ' ' || text[start + 1] != ' ') {
            return start;
        }
        for (int at = start + INDENT; at + 2 <= end && isHex(text[at]) && isHex(text[at + 1]); at += BYTE) {
            if (at + 2 == end || at + 3 < end && text[at + 2] == ' ' && text[at + 3] == ' ') {
                return at + 2;
            }
            if (text[at + 2] != ' ') {
                break;
            }
        }
        return start;
    }

    /** Nothing, a comment, a local label of the assembler, a directive. */
    private static boolean isIgnored(byte[] text, int start, int end) {
        int at = start;
        while (at < end && text[at] == ' ') {
            at++;
        }
        if (at == end || text[at] == '#') {
            return at == start || at < end;
        }
        if (at > start) {
            return text[at] == '.';
        }
        while (at < end && isDigit(text[at])) {
            at++;
        }
        return at > start && at < end && text[at] == ':';
    }

    private static boolean isLetter(byte b) {
        return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '_';
    }

    private static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
    }

    private static boolean isHex(byte b) {
        return isDigit(b) || b >= 'a' && b <= 'f';
    }

    private static int digit(byte hex) {
        return isDigit(hex) ? hex - '0' : hex - 'a' + 10;
    }

    /** {@return a copy of the code} */
    @Override
    public byte[] code() {
        return code.clone();
    }

    /**
     * {@return the offset of a label}
     *
     * @param label its name
     * @throws IllegalArgumentException if there is none; the message names it
     */
    public int offset(String label) {
        Integer offset = labels.get(label);
        if (offset == null) {
            throw new IllegalArgumentException("the listing has no label " + label);
        }
        return offset;
    }
}
