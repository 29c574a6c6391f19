import org.hostmem.HostMemoryException;

/** Counts accesses, and says which were not answered, or wrong. */
final class Score {

    private static final int MOST_LINES = 20;

    private long all;
    private long right;

    /** An access and what is seen of it after: whether it did what it should. */
    @FunctionalInterface
    interface Access {
        boolean run();
    }

    void count(String what, Access access) {
        all++;
        String wrong;
        try {
            wrong = access.run() ? null : "wrong bytes";
        } catch (HostMemoryException refused) {
            wrong = refused.toString();
        }
        if (wrong == null) {
            right++;
        } else if (all - right <= MOST_LINES) {
            System.out.println("wrong: " + what + ": " + wrong);
        }
    }

    long all() {
        return all;
    }

    long right() {
        return right;
    }
}
