package org.hostmem.cli;

import java.io.PrintWriter;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Prints bytes as {@code hexdump -C} does: 16 a line, {@code *} for lines like the one before. */
final class HexDump {

    private static final int PER_LINE = 16;
    private static final char[] DIGITS = "0123456789abcdef".toCharArray();

    private final PrintWriter out;
    private final byte[] line = new byte[PER_LINE];
    private final StringBuilder text = new StringBuilder();
    private byte @Nullable [] previous;
    private int filled;
    private long offset;
    private boolean starred;

    HexDump(long offset, PrintWriter out) {
        this.offset = offset;
        this.out = out;
    }

    void add(byte[] bytes, int length) {
        for (int i = 0; i < length; i++) {
            line[filled++] = bytes[i];
            if (filled == PER_LINE) {
                print();
            }
        }
        out.append(text);
        text.setLength(0);
    }

    /** Prints what is left of the last line, and where the dump ends. */
    void end() {
        previous = null;
        if (filled > 0) {
            print();
        }
        out.append(text).println(label());
        text.setLength(0);
    }

    private String label() {
        String hex = Long.toHexString(offset);
        return "0".repeat(Math.max(0, 8 - hex.length())) + hex;
    }

    private void print() {
        if (previous != null && filled == PER_LINE && Arrays.equals(line, previous)) {
            if (!starred) {
                text.append("*\n");
                starred = true;
            }
        } else {
            line();
            starred = false;
            previous = line.clone();
        }
        offset += filled;
        filled = 0;
    }

    private void line() {
        text.append(label()).append(' ');
        for (int i = 0; i < PER_LINE; i++) {
            text.append(i == PER_LINE / 2 ? "  " : " ");
            if (i < filled) {
                text.append(DIGITS[line[i] >> 4 & 15]).append(DIGITS[line[i] & 15]);
            } else {
                text.append("  ");
            }
        }
        text.append("  |");
        for (int i = 0; i < filled; i++) {
            text.append(line[i] >= ' ' && line[i] <= '~' ? (char) line[i] : '.');
        }
        text.append("|\n");
    }
}
