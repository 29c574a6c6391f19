package org.hostmem.lab.observe;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The observer's log (OBSERVERS.md), read on one operation at a time. */
final class Trace {

    private final InputStream log;
    private final boolean hasPairs;
    private final Map<String, String> code = new HashMap<>();
    private final byte[] buffer = new byte[1 << 16];
    private int buffered;
    private int position;
    private boolean whole;
    private long rows;
    private int outside;

    Trace(InputStream log, String isa) {
        this.log = log;
        hasPairs = isa.equals("aarch64");
    }

    /** Whether it was seen to its end. */
    boolean isWhole() {
        return whole;
    }

    long rows() {
        return rows;
    }

    /** Accesses of the window that belong to no operation. */
    int outside() {
        return outside;
    }

    /** The bytes of the instruction that made an access, in hexadecimal. */
    String code(Access access, String otherwise) {
        return code.getOrDefault(access.pc(), otherwise);
    }

    private String line() throws IOException {
        StringBuilder text = new StringBuilder(40);
        for (; ; ) {
            if (position == buffered) {
                buffered = log.read(buffer);
                position = 0;
                if (buffered <= 0) {
                    return text.isEmpty() ? null : text.toString();
                }
            }
            byte b = buffer[position++];
            if (b == '\n') {
                return text.toString();
            }
            text.append((char) b);
        }
    }

    /** The accesses of the next operation, which must be this one. */
    List<Access> operation(int number) throws IOException {
        List<Access> all = new ArrayList<>();
        boolean inside = false;
        String tid = "";
        for (String line = line(); line != null; line = line()) {
            char kind = line.charAt(0);
            if (kind == '#') {
                continue;
            }
            if (kind == 'E') {
                whole = true;
                continue;
            }
            String[] w = line.split(" ", -1);
            if (kind == 'P') {
                code.put(w[1], w[2]);
                continue;
            }
            rows++;
            int offset = Integer.parseUnsignedInt(w[1], 16);
            int width = Integer.parseInt(w[2]);
            if (offset >= Access.MARKS) {
                int at = offset - Access.MARKS;
                if (at / 2 != number || (at % 2 == 1) != inside || kind != 'S') {
                    throw new IllegalStateException(
                            "the mark " + line + " where operation " + number + (inside ? " ends" : " begins"));
                }
                if (inside) {
                    return pairs(all);
                }
                inside = true;
                continue;
            }
            if (!inside) {
                outside++;
                continue;
            }
            if (Character.isLowerCase(kind) && !all.isEmpty()) {
                Access last = all.getLast();
                if (last.kind() == Character.toUpperCase(kind)
                        && last.pc().equals(w[3])
                        && tid.equals(w[4])
                        && (offset == last.end() || offset + width == last.offset())) {
                    all.set(
                            all.size() - 1,
                            new Access(last.kind(), Math.min(offset, last.offset()), last.width() + width, last.pc()));
                    continue;
                }
            }
            tid = w[4];
            all.add(new Access(Character.toUpperCase(kind), offset, width, w[3]));
        }
        throw new IllegalStateException("the log ends before operation " + number + (inside ? " does" : " begins"));
    }

    /** Reads on behind the last operation. */
    void finish() throws IOException {
        for (String rest = line(); rest != null; rest = line()) {
            if (rest.equals("E")) {
                whole = true;
            } else {
                outside++;
            }
        }
    }

    /** aarch64: a pair is two accesses. */
    private List<Access> pairs(List<Access> all) {
        if (!hasPairs || all.stream().noneMatch(this::isPair)) {
            return all;
        }
        List<Access> cut = new ArrayList<>();
        for (Access a : all) {
            if (isPair(a)) {
                cut.add(new Access(a.kind(), a.offset(), a.width() / 2, a.pc()));
                cut.add(new Access(a.kind(), a.offset() + a.width() / 2, a.width() / 2, a.pc()));
            } else {
                cut.add(a);
            }
        }
        return cut;
    }

    private boolean isPair(Access a) {
        String c = code(a, "");
        return c.length() == 8 && "26ae".indexOf(c.charAt(6)) >= 0 && "89cd".indexOf(c.charAt(7)) >= 0;
    }

    String drawWithCode(List<Access> all) {
        StringBuilder text = new StringBuilder(Access.draw(all));
        String pc = "";
        int shown = 0;
        for (Access a : all) {
            if (!a.pc().equals(pc) && shown++ < 12) {
                text.append("\n      ")
                        .append(a)
                        .append(" by ")
                        .append(a.pc())
                        .append(": ")
                        .append(code.get(a.pc()));
            }
            pc = a.pc();
        }
        return text.toString();
    }
}
