package org.hostmem.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Accesses as a drawing, in ASCII: every byte is two columns, an access is {@code |}, its width and {@code -} to its
 * end, {@code .} is a byte that nothing touches.
 *
 * <pre>
 *        0 1 2 3 4 5 6 7 8 9 a b c d e f
 *   0x0  .|1|2--|4------|8--------------|
 * </pre>
 */
final class Picture {

    /** Of a long plan, these lines at the start and at the end are drawn. */
    private static final int HEAD = 4;

    private static final int TAIL = 3;

    private final int bytesPerLine;
    private final List<Run> runs;

    /** Accesses that overlap each other belong into pictures of their own. */
    Picture(List<Run> runs, int bytesPerLine) {
        this.runs = runs;
        this.bytesPerLine = bytesPerLine;
    }

    static Picture of(List<Run> runs) {
        return new Picture(runs, runs.stream().mapToInt(Run::width).max().orElse(1) > 16 ? 32 : 16);
    }

    int bytesPerLine() {
        return bytesPerLine;
    }

    /** {@return the drawing from the first access to the last, under a ruler; the middle of a long one is left out} */
    List<String> lines() {
        if (runs.isEmpty()) {
            return List.of();
        }
        long first = line(runs.stream().mapToLong(Run::offset).min().orElseThrow());
        long last = line(runs.stream().mapToLong(Run::end).max().orElseThrow() - 1);
        long count = (last - first) / bytesPerLine + 1;
        int label = Quantity.hex(last).length();
        List<String> lines = new ArrayList<>();
        lines.add(" ".repeat(label + 2) + ruler(bytesPerLine));
        for (long n = 0; n < count; n++) {
            if (n == HEAD && count > HEAD + TAIL + 1) {
                long skipped = count - HEAD - TAIL;
                lines.add(" ".repeat(label + 3) + "... " + skipped + " more lines");
                n += skipped;
            }
            long start = first + n * bytesPerLine;
            String at = Quantity.hex(start);
            lines.add(at + " ".repeat(label - at.length() + 2) + row(start));
        }
        return lines;
    }

    private long line(long offset) {
        return offset & -bytesPerLine;
    }

    static String ruler(int bytesPerLine) {
        StringBuilder ruler = new StringBuilder();
        for (int i = 0; i < bytesPerLine; i++) {
            ruler.append(' ').append(Integer.toHexString(i & 15));
        }
        return ruler.toString();
    }

    /** {@return the bytes from a multiple of the line's length on, without ruler and label} */
    String row(long start) {
        char[] cells = new char[2 * bytesPerLine + 1];
        Arrays.fill(cells, ' ');
        for (int i = 0; i < bytesPerLine; i++) {
            cells[2 * i + 1] = '.';
        }
        for (Run run : runs) {
            long skipped = Math.max(0, (start - run.offset()) / run.width());
            for (long i = skipped; i < run.count(); i++) {
                long access = run.offset() + i * run.width();
                if (access - start >= bytesPerLine) {
                    break;
                }
                draw(cells, access - start, run.width());
            }
        }
        return new String(cells).stripTrailing();
    }

    /** Draws one access that may begin before the line and end after it. */
    private void draw(char[] cells, long at, int width) {
        int from = (int) Math.max(0, at);
        int to = (int) Math.min(bytesPerLine, at + width);
        if (from >= to) {
            return;
        }
        Arrays.fill(cells, 2 * from + 1, 2 * to, '-');
        cells[2 * from] = at < 0 ? '-' : '|';
        cells[2 * to] = at + width > bytesPerLine ? '>' : '|';
        if (at >= 0) {
            String label = Integer.toString(width);
            label.getChars(0, Math.min(label.length(), 2 * (to - from) - 1), cells, 2 * from + 1);
        }
    }
}
