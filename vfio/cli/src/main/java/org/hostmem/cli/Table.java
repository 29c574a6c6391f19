package org.hostmem.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Columns of text; a title that begins with {@code >} sets its column flush right. */
final class Table {

    private final boolean[] right;
    private final List<String[]> rows = new ArrayList<>();

    Table(String... titles) {
        right = new boolean[titles.length];
        String[] heads = new String[titles.length];
        for (int i = 0; i < titles.length; i++) {
            right[i] = titles[i].startsWith(">");
            heads[i] = right[i] ? titles[i].substring(1) : titles[i];
        }
        rows.add(heads);
    }

    Table row(Object... cells) {
        rows.add(Arrays.stream(cells).map(String::valueOf).toArray(String[]::new));
        return this;
    }

    void print(String indent, PrintWriter out) {
        int[] widths = new int[right.length];
        for (String[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder(indent);
            for (int i = 0; i < row.length; i++) {
                String space = " ".repeat(widths[i] - row[i].length());
                line.append(right[i] ? space + row[i] : row[i] + space).append("  ");
            }
            out.println(line.toString().stripTrailing());
        }
    }
}
