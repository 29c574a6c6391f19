package org.hostmem.cli;

import com.google.gson.JsonObject;
import org.jspecify.annotations.Nullable;

/** A signal that ends the JVM (SIGINT, SIGTERM, SIGHUP) ends the JSON document first. */
final class Interruption implements AutoCloseable {

    /** How long an output that takes nothing may hold up the end. */
    private static final long PATIENCE_MILLIS = 2000;

    private static final Interruption NONE = new Interruption(null);

    private final @Nullable Thread hook;

    private Interruption(@Nullable Thread hook) {
        this.hook = hook;
    }

    /** While it is open; of {@code null} nothing is done. */
    static Interruption of(@Nullable Document document) {
        if (document == null) {
            return NONE;
        }
        Thread hook = Thread.ofPlatform().unstarted(() -> end(document));
        try {
            Runtime.getRuntime().addShutdownHook(hook);
        } catch (IllegalStateException endsAlready) {
            return NONE;
        }
        return new Interruption(hook);
    }

    private static void end(Document document) {
        JsonObject error = new JsonObject();
        error.addProperty("kind", "Interrupted");
        error.addProperty("message", "a signal ended the command before it was done");
        Thread ends = Thread.ofPlatform().daemon().start(() -> {
            try {
                document.failWithin(PATIENCE_MILLIS, error);
            } catch (OutputException | InterruptedException unheard) {
                // The JVM ends all the same.
            }
        });
        try {
            ends.join(PATIENCE_MILLIS);
        } catch (InterruptedException hurried) {
            // The JVM ends all the same.
        }
    }

    @Override
    public void close() {
        if (hook != null) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException ends) {
                // It runs.
            }
        }
    }
}
