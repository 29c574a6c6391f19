package org.hostmem.arch.generic;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.RegionClosedException;

/** What reaches the memory of a region beside the CPU, a device for instance. It ends before the memory does. */
final class MemoryUsers {

    private final Set<Runnable> ends = new LinkedHashSet<>(1);
    private boolean ending;

    synchronized void add(Runnable end) {
        if (ending) {
            throw new RegionClosedException("the region is closed: nothing can begin to use its memory");
        }
        ends.add(end);
    }

    synchronized void remove(Runnable end) {
        ends.remove(end);
    }

    /** Runs an action, during which nothing can begin to use the memory. */
    synchronized long whileNone(LongSupplier action) {
        if (!ends.isEmpty()) {
            throw new AccessRejectedException(
                    Reason.UNSUPPORTED,
                    "a device may reach this RAM, and it would still use the old pages: end its mapping first");
        }
        return action.getAsLong();
    }

    /**
     * Ends them all, without the lock, as each takes its own. One that throws is there still, and the next call ends
     * it.
     */
    void end() {
        for (Runnable end : closing()) {
            end.run();
            remove(end);
        }
    }

    private synchronized List<Runnable> closing() {
        ending = true;
        return List.copyOf(ends);
    }
}
