package org.hostmem.lab.observe;

import java.util.ArrayList;
import java.util.List;

/**
 * The contract once more, of which nothing is the library's: R4, R5, and what a fault leaves. The rules come as text
 * from the run.
 */
final class Oracle {

    private final Header header;
    private final String observer;

    Oracle(Header header, String observer) {
        this.header = header;
        this.observer = observer;
    }

    /** What a request, in the words of its case, becomes under these rules; not of a move. */
    Expected expected(String[] f, Rules r) {
        return switch (f[0]) {
            case "read", "write", "unused", "narrowed", "reads", "writes" -> {
                int width = Integer.parseInt(f[1]);
                int offset = Integer.parseInt(f[2]);
                List<Access> once = scalar(
                        f[0].startsWith("write") ? 'S' : 'L', r, offset, width, f.length > 3 && f[3].equals("REJECT"));
                yield once == null
                        ? new Expected(List.of(), "REJECTED", true)
                        : faulting(f[0].endsWith("s") ? twice(once) : once, offset, true);
            }
            case "pair" -> {
                int width = Integer.parseInt(f[1]);
                int offset = Integer.parseInt(f[2]);
                yield new Expected(
                        List.of(new Access('S', offset, width, ""), new Access('S', offset + width, width, "")),
                        "OK",
                        false);
            }
            case "bulk" -> {
                boolean write = f[1].equals("WRITE");
                int offset = Integer.parseInt(f[3]);
                yield faulting(
                        Access.ladder(
                                write ? 'S' : 'L',
                                offset,
                                Integer.parseInt(f[4]),
                                r.widest(write, f[2].equals("ASCENDING"))),
                        offset,
                        true);
            }
            case "fill" -> {
                int offset = Integer.parseInt(f[1]);
                yield faulting(Access.ladder('S', offset, Integer.parseInt(f[2]), r.widest(true, false)), offset, true);
            }
            case "barrier" -> new Expected(List.of(), "OK", false);
            case "bounds" -> new Expected(List.of(), "BOUNDS", false);
            case "readonly" -> new Expected(List.of(), "REJECTED", false);
            default -> throw new IllegalArgumentException("what is " + f[0] + "?");
        };
    }

    static List<Access> scalar(char kind, Rules rules, int offset, int width, boolean reject) {
        if (offset % width == 0 || rules.unaligned().get(width).equals("SINGLE")) {
            return List.of(new Access(kind, offset, width, ""));
        }
        return reject ? null : Access.ladder(kind, offset, width, 8);
    }

    /**
     * Cuts off what comes after a fault, and says which fault. With the tracer the access that faults is seen, for it
     * is noted before it is made.
     */
    private Expected faulting(List<Access> all, int from, boolean plan) {
        for (int i = 0; i < all.size(); i++) {
            Access a = all.get(i);
            if (a.end() > header.holeStart() && a.offset() < header.holeEnd()) {
                String outcome = "FAULT " + a.offset() + " " + (a.offset() - from) + " " + a.width() + " "
                        + (a.kind() == 'L' ? "READ" : "WRITE") + " REGION";
                return new Expected(all.subList(0, observer.equals("trap") ? i + 1 : i), outcome, plan);
            }
        }
        return new Expected(all, "OK", plan);
    }

    private static List<Access> twice(List<Access> once) {
        List<Access> all = new ArrayList<>(once);
        all.addAll(once);
        return all;
    }

    /** Whether a move is, before its first byte. */
    static boolean refused(String[] f) {
        int distance = Integer.parseInt(f[3]) - Integer.parseInt(f[2]);
        int length = Integer.parseInt(f[4]);
        boolean overlaps = Math.abs(distance) < length;
        return overlaps
                && (f[1].equals("REJECT")
                        || (f[1].equals("KEEP_ORDER")
                                && distance > 0
                                && f.length > 5
                                && Math.min(distance, length - distance) > Integer.parseInt(f[5])));
    }
}
