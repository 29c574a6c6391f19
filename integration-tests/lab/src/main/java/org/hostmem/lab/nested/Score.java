package org.hostmem.lab.nested;

import org.hostmem.AccessRejectedException;
import org.hostmem.HostMemoryException;

/** Counts accesses, and says which were not answered, or wrong. */
final class Score {

    private static final int MOST_LINES = 20;

    private long all;
    private long right;
    private long refused;

    /** Makes an access, and says whether it did what it should. */
    @FunctionalInterface
    interface Access {
        boolean run();
    }

    void count(String what, Access access) {
        try {
            if (access.run()) {
                all++;
                right++;
            } else {
                wrong(what, "wrong bytes");
            }
        } catch (HostMemoryException refused) {
            wrong(what, refused.toString());
        }
    }

    /** Counts a request that must be refused before its first byte. It is no access. */
    void refused(String what, Access request) {
        try {
            request.run();
            wrong(what, "not refused");
        } catch (AccessRejectedException asItShould) {
            refused++;
        } catch (HostMemoryException other) {
            wrong(what, other.toString());
        }
    }

    private void wrong(String what, String why) {
        all++;
        if (all - right <= MOST_LINES) {
            System.out.println("wrong: " + what + ": " + why);
        }
    }

    long all() {
        return all;
    }

    long right() {
        return right;
    }

    long refused() {
        return refused;
    }
}
