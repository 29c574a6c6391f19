package org.hostmem.lab.observe;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The plans that the library printed, compared with those that the contract gives. Null: they are equal. */
final class Plans {

    private Plans() {}

    /** The plan that the library printed must be the one that the contract gives. A plan does not know of faults. */
    static String plan(String text, String[] f, String mode, Expected expected, Rules r) {
        if (!expected.relevantPlan()) {
            return null;
        }
        if (Judge.isFree(f, mode)) {
            return text.equals("UNOBSERVED") ? null : "the plan is " + text + ", and nobody looks";
        }
        String[] w = text.split(" ", -1);
        List<String> printed = Arrays.asList(w).subList(1, w.length);
        List<String> right = new ArrayList<>();
        String verdict;
        if (f[0].equals("bulk") || f[0].equals("fill")) {
            boolean write = f[0].equals("fill") || f[1].equals("WRITE");
            int at = f[0].equals("fill") ? 1 : 3;
            Access.ladder(
                            'S',
                            Integer.parseInt(f[at]),
                            Integer.parseInt(f[at + 1]),
                            r.widest(write, f[0].equals("bulk") && f[2].equals("ASCENDING")))
                    .forEach(a -> right.add(a.width() + "@" + a.offset()));
            verdict = "BULK";
        } else {
            List<Access> once =
                    Oracle.scalar('S', r, Integer.parseInt(f[2]), Integer.parseInt(f[1]), f[3].equals("REJECT"));
            if (once != null) {
                once.forEach(a -> right.add(a.width() + "@" + a.offset()));
            }
            verdict = once == null ? "REJECTED" : once.size() == 1 ? "SINGLE" : "SPLIT";
        }
        return w[0].equals(verdict) && printed.equals(right)
                ? null
                : "the plan is " + text + ", the contract gives " + verdict + " " + String.join(" ", right);
    }

    /**
     * Of a move: what happens is known from the request, without overlap the accesses too, and otherwise they are those
     * that were seen, which the {@link Judge} looks at.
     */
    static String movePlan(String text, String[] f, Rules r, List<Access> seen) {
        int from = Integer.parseInt(f[2]);
        int to = Integer.parseInt(f[3]);
        int length = Integer.parseInt(f[4]);
        boolean upwards = to > from && to - from < length;
        String verdict = Oracle.refused(f)
                ? "REJECTED"
                : !upwards ? "STRAIGHT" : f[1].equals("MEMMOVE_ORDER") ? "DESCENDING" : "BUFFERED";
        int buffer = upwards && f[1].equals("KEEP_ORDER") ? Math.min(to - from, length - (to - from)) : 0;
        List<Access> reads = verdict.equals("STRAIGHT")
                ? Access.ladder('L', from, length, r.widest(false, true))
                : seen.stream().filter(a -> a.kind() == 'L').toList();
        List<Access> writes = verdict.equals("STRAIGHT")
                ? Access.ladder('S', to, length, r.widest(true, true))
                : seen.stream().filter(a -> a.kind() == 'S').toList();
        String[] w = text.split(" ", -1);
        List<Access> planned = new ArrayList<>();
        char kind = 'L';
        for (int i = 3; i < w.length; i++) {
            if (w[i].equals("writes")) {
                kind = 'S';
                continue;
            }
            String[] run = w[i].split("[x+-]", -1);
            int width = Integer.parseInt(run[1]);
            for (int n = 0; n < Integer.parseInt(run[0]); n++) {
                planned.add(new Access(
                        kind, Integer.parseInt(run[2]) + (w[i].indexOf('-') < 0 ? n : -n) * width, width, ""));
            }
        }
        List<Access> right = new ArrayList<>(reads);
        right.addAll(writes);
        if (w[0].equals(verdict)
                && Integer.parseInt(w[1]) == buffer
                && Access.equal(planned, right)
                && Access.equal(
                        seen.stream().sorted((a, b) -> a.kind() - b.kind()).toList(), right)) {
            return null;
        }
        return "the plan is " + w[0] + " " + w[1] + " " + Access.draw(planned) + ", and right is " + verdict + " "
                + buffer + " " + Access.draw(right);
    }
}
