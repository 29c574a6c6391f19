package org.hostmem.arch.generic;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * The machine code of one ISA with its labels, read from a text in which each line has an instruction and its bytes.
 * Immutable.
 *
 * @param code the bytes
 * @param labels name to offset in {@code code}
 */
public record Listing(byte[] code, Map<String, Integer> labels) {

    /** Before the bytes of a line. */
    private static final int INDENT = 2;
    /** Two digits and a space. */
    private static final int BYTE = 3;
    /** Of each character its value as a digit in hex, or -1. */
    private static final byte[] DIGITS = digits();

    private static byte[] digits() {
        byte[] digits = new byte[256];
        Arrays.fill(digits, (byte) -1);
        for (int value = 0; value < 16; value++) {
            digits["0123456789abcdef".charAt(value)] = (byte) value;
        }
        return digits;
    }

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

    /**
     * This parses by hand, because a listing is parsed at every start by code that is not compiled yet. There each call
     * and each character costs time.
     */
    private static Listing parse(String name, byte[] text) {
        String lines = new String(text, StandardCharsets.ISO_8859_1);
        byte[] code = new byte[text.length / BYTE + 1];
        int size = 0;
        Map<String, Integer> labels = new HashMap<>();
        int number = 0;
        for (int start = 0; start < text.length; ) {
            int newline = lines.indexOf('\n', start);
            int end = newline < 0 ? text.length : newline;
            number++;
            int label = labelEnd(text, start, end);
            int bytes = label > start ? 0 : decode(text, start, end, code, size);
            if (label > start) {
                if (labels.put(lines.substring(start, label), size) != null) {
                    throw new IllegalArgumentException(
                            name + ":" + number + ": the label " + lines.substring(start, label) + " is there twice");
                }
            } else if (bytes == 0 && !isIgnored(text, start, end)) {
                throw new IllegalArgumentException(
                        name + ":" + number + ": neither a comment, a label, a directive nor bytes and an instruction"
                                + " (hostmem listing fill writes missing bytes): " + lines.substring(start, end));
            }
            size += bytes;
            start = end + 1;
        }
        return new Listing(Arrays.copyOf(code, size), labels);
    }

    /** The place of the colon of a label that begins a line with a letter; otherwise the start. */
    private static int labelEnd(byte[] text, int start, int end) {
        int at = start;
        while (at < end && (isLetter(text[at]) || (at > start && isDigit(text[at])))) {
            at++;
        }
        return at < end && text[at] == ':' ? at : start;
    }

    /**
     * Puts the bytes of a line that begins with two spaces and bytes into the code, and returns how many they are; 0 if
     * it is no such line, whatever was put there.
     */
    private static int decode(byte[] text, int start, int end, byte[] code, int size) {
        if (end - start < INDENT + 2 || text[start] != ' ' || text[start + 1] != ' ') {
            return 0;
        }
        int count = 0;
        for (int at = start + INDENT; at + 2 <= end; at += BYTE) {
            int value = DIGITS[text[at] & 0xff] << 4 | DIGITS[text[at + 1] & 0xff];
            if (value < 0) {
                break;
            }
            code[size + count++] = (byte) value;
            if (at + 2 == end || (at + 3 < end && text[at + 2] == ' ' && text[at + 3] == ' ')) {
                return count;
            }
            if (text[at + 2] != ' ') {
                break;
            }
        }
        return 0;
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
        return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || b == '_';
    }

    private static boolean isDigit(byte b) {
        return b >= '0' && b <= '9';
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
