package org.hostmem.arch.generic;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The machine code of one ISA with its labels, read from a text in which every instruction stands beside its bytes. Immutable.
 *
 * @param code the bytes
 * @param labels name to offset in {@code code}
 */
public record Listing(byte[] code, Map<String, Integer> labels) {

    private static final Pattern LABEL = Pattern.compile("([A-Za-z_][A-Za-z0-9_]*):.*");
    private static final Pattern IGNORED = Pattern.compile("|#.*|\\d+:.*|\\s+\\..*|\\s+#.*");
    private static final Pattern BYTES = Pattern.compile("  ((?:[0-9a-f]{2} )*[0-9a-f]{2})(?:  .*)?");

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
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(text, StandardCharsets.US_ASCII))) {
            return parse(name, lines);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Listing parse(String name, BufferedReader text) throws IOException {
        ByteArrayOutputStream code = new ByteArrayOutputStream();
        Map<String, Integer> labels = new HashMap<>();
        int number = 0;
        for (String line = text.readLine(); line != null; line = text.readLine()) {
            number++;
            Matcher label = LABEL.matcher(line);
            Matcher bytes = BYTES.matcher(line);
            if (label.matches()) {
                if (labels.put(label.group(1), code.size()) != null) {
                    throw new IllegalArgumentException(name + ":" + number + ": the label " + label.group(1) + " is there twice");
                }
            } else if (bytes.matches()) {
                for (String one : bytes.group(1).split(" ")) {
                    code.write(Integer.parseInt(one, 16));
                }
            } else if (!IGNORED.matcher(line).matches()) {
                throw new IllegalArgumentException(name + ":" + number + ": neither a comment, a label, a directive nor bytes and an instruction: " + line);
            }
        }
        return new Listing(code.toByteArray(), labels);
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
