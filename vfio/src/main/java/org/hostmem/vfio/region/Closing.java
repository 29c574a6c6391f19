package org.hostmem.vfio.region;

import java.util.Collection;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Closes several things, each even if others fail. */
public final class Closing {

    private @Nullable RuntimeException first;

    /** Closes all; throws the first failure at the end, with the others as suppressed exceptions. */
    public static <T> void all(Collection<T> things, Consumer<T> close) {
        Closing closing = new Closing();
        things.forEach(thing -> closing.run(() -> close.accept(thing)));
        closing.end();
    }

    /** Whether it was done without an exception. */
    public boolean run(Runnable close) {
        try {
            close.run();
            return true;
        } catch (RuntimeException failed) {
            if (first == null) {
                first = failed;
            } else {
                first.addSuppressed(failed);
            }
            return false;
        }
    }

    /** Throws the first failure, if there was one. */
    public void end() {
        if (first != null) {
            throw first;
        }
    }
}
