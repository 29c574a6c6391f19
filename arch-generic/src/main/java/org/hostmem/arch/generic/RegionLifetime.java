package org.hostmem.arch.generic;

import org.hostmem.spi.HostPages;
import org.hostmem.spi.MappedRegion;
import org.jspecify.annotations.Nullable;

/**
 * The lifetime of a region, together with all its views. A thread that changes the allowed accesses holds its lock.
 *
 * <p>A close has three steps: users of the memory beside the CPU end, no access begins any more, and the memory is
 * released. Each step can fail, and the next close begins with it.
 */
final class RegionLifetime {

    private final RegionState whole;
    private final MemoryUsers users = new MemoryUsers();
    private final Views views = new Views();
    private final Object releasing = new Object();
    private volatile boolean released;

    RegionLifetime(RegionState whole) {
        this.whole = whole;
    }

    RegionState whole() {
        return whole;
    }

    /** What reaches the memory beside the CPU. */
    MemoryUsers users() {
        return users;
    }

    /** Of RAM that a provider made; null for other memory. */
    @Nullable
    HostPages pages() {
        HostPages pages = whole.region.pages();
        return pages == null ? null : new UnsharedPages(pages, users);
    }

    /** Takes in a view that was just made of a state. */
    synchronized void adopt(RegionState parent, RegionState view) {
        if (parent.isClosed()) {
            throw RegionState.closed();
        }
        parent.hasViews = true;
        views.add(view);
        view.limit(whole.expectedFault());
    }

    /** {@code cause} says why each access would fault; null if none would. */
    synchronized void expectFaults(@Nullable String cause) {
        whole.limit(cause);
        views.forEach(view -> view.limit(cause));
    }

    /** Closes the region, or one of its views, with all views that were made of it. */
    void close(RegionState closing) {
        if (closing == whole) {
            users.end();
        }
        end(closing);
        if (closing == whole) {
            release(whole.region.release());
        }
    }

    private synchronized void end(RegionState closing) {
        if (!closing.isClosed()) {
            closing.end();
        }
        if (closing.hasViews) { // again, if the first close was cut short
            views.endWithParents();
        }
    }

    /**
     * Until it has succeeded once. A keeper decides by itself how long another thread that closes the region waits. For
     * another release such a thread waits until it is over, and tries itself if it failed.
     */
    private void release(Runnable release) {
        if (release instanceof MappedRegion.Keeper) {
            if (!released) {
                release.run();
                released = true;
            }
            return;
        }
        synchronized (releasing) {
            if (!released) {
                release.run();
                released = true;
            }
        }
    }
}
