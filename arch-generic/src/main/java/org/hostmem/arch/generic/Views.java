package org.hostmem.arch.generic;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The views of an accessor, and theirs, that somebody still has, in the order in which they were made. Every use holds
 * the accessor's lock.
 */
final class Views {

    private static final int FEW = 16;

    private final List<WeakReference<OpenRegion>> known = new ArrayList<>(0);
    private int many = FEW;

    void add(OpenRegion view) {
        if (known.size() >= many) {
            known.removeIf(
                    reference -> reference.get() == null || reference.get().isClosed());
            many = Math.max(FEW, 2 * known.size());
        }
        known.add(new WeakReference<>(view));
    }

    void forEach(Consumer<OpenRegion> action) {
        for (WeakReference<OpenRegion> reference : known) {
            OpenRegion view = reference.get();
            if (view != null) {
                action.accept(view);
            }
        }
    }
}
