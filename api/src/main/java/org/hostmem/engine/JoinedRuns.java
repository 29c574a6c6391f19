package org.hostmem.engine;

/** Hands on runs of accesses, and joins those of one width that continue each other. */
final class JoinedRuns {

    private final TransferRunSieve visitor;
    private boolean isEnough;

    // The run that the next accesses may continue.
    private long offset;
    private int width;
    private long count;
    private boolean descending;

    JoinedRuns(TransferRunSieve visitor) {
        this.visitor = visitor;
    }

    boolean isEnough() {
        return isEnough;
    }

    /** Returns whether the visitor wants more. */
    boolean add(long at, int each, long times, boolean down) {
        long next = offset + (down ? -count : count) * width;
        if (count > 0 && each == width && down == descending && at == next) {
            count += times;
        } else {
            end();
            offset = at;
            width = each;
            count = times;
            descending = down;
        }
        return !isEnough;
    }

    /** Hands on the last run. */
    void end() {
        if (count > 0 && !isEnough) {
            isEnough = !visitor.run(offset, width, count, descending && count > 1);
        }
        count = 0;
    }
}
