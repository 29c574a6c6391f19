package org.hostmem.lab.observe;

import java.util.ArrayList;
import java.util.List;

/** One machine access; the kind is L, S or X. */
record Access(char kind, int offset, int width, String pc) {

    /** Sizes of the windows, and where those of RAM and of the marks begin in the log. */
    static final int REGION = (int) Window.REGION_SIZE;

    static final int RAM = (int) Window.RAM;
    static final int MARKS = (int) Window.MARKS;

    int end() {
        return offset + width;
    }

    boolean ram() {
        return offset >= RAM && offset < RAM + REGION;
    }

    boolean device() {
        return offset < REGION;
    }

    boolean same(Access other) {
        return kind == other.kind && offset == other.offset && width == other.width;
    }

    @Override
    public String toString() {
        return kind + "" + 8 * width
                + (device() ? "@" + offset : ram() ? "@ram+" + (offset - RAM) : "@lost+" + Integer.toHexString(offset));
    }

    /** The fewest aligned accesses of a range, ascending (R4). */
    static List<Access> ladder(char kind, long from, long length, int widest) {
        List<Access> all = new ArrayList<>();
        for (long at = from; at < from + length; ) {
            int width = widest;
            while (at % width != 0 || at + width > from + length || (width == 32 && widest == 64)) {
                width /= 2;
            }
            all.add(new Access(kind, (int) at, width, ""));
            at += width;
        }
        return all;
    }

    static boolean equal(List<Access> a, List<Access> b) {
        if (a.size() != b.size()) {
            return false;
        }
        for (int i = 0; i < a.size(); i++) {
            if (!a.get(i).same(b.get(i))) {
                return false;
            }
        }
        return true;
    }

    static String draw(List<Access> all) {
        if (all.isEmpty()) {
            return "nothing";
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < all.size(); i++) {
            if (i == 40) {
                return text + " ... (" + all.size() + ")";
            }
            text.append(i == 0 ? "" : " ").append(all.get(i));
        }
        return text.toString();
    }
}
