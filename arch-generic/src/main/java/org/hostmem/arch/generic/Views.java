package org.hostmem.arch.generic;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The views of a region, and views of those, that somebody still has, in the order in which they were made. Every use
 * holds the lock of the lifetime.
 */
final class Views {

    private static final int FEW = 16;

    private final List<WeakReference<RegionState>> known = new ArrayList<>(0);
    private int many = FEW;

    void add(RegionState view) {
        if (known.size() >= many) {
            known.removeIf(
                    reference -> reference.get() == null || reference.get().isClosed());
            many = Math.max(FEW, 2 * known.size());
        }
        known.add(new WeakReference<>(view));
    }

    void forEach(Consumer<RegionState> action) {
        for (WeakReference<RegionState> reference : known) {
            RegionState view = reference.get();
            if (view != null) {
                action.accept(view);
            }
        }
    }

    /** What a view was made of stands before it, so that one pass is enough. */
    void endWithParents() {
        forEach(view -> {
            if (view.isParentClosed() && !view.isClosed()) {
                view.end();
            }
        });
    }
}
