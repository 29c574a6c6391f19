package org.hostmem.cli;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The one JSON document of a command: printed at once, or as a stream that can be ended at any time. It is valid in
 * every case: an error becomes a member of the open object, and nothing is printed after the end.
 *
 * <p>All of it is ASCII, whatever the locale. A signal's thread may end it, too.
 */
final class Document {

    private enum State {
        NOTHING,
        BEGUN,
        ENDED
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Output out;
    private State state = State.NOTHING;
    /** The text that closes the innermost open value. */
    private String closer = "";

    Document(Output out) {
        this.out = out;
    }

    /** Prints a whole document. */
    void print(JsonElement tree) {
        step(State.NOTHING, State.ENDED, Json.text(tree) + "\n");
    }

    /**
     * Begins an object whose last member grows.
     *
     * @param head up to and with the beginning of the last value
     * @param closer what ends that value
     */
    void begin(String head, String closer) {
        this.closer = closer;
        step(State.NOTHING, State.BEGUN, Json.ascii(head));
    }

    /** Adds to the value that grows; what is there can be closed behind each addition. */
    void add(CharSequence more) {
        step(State.BEGUN, State.BEGUN, more);
    }

    /** Ends what was begun, with more members, or none. */
    void end(String members) {
        step(State.BEGUN, State.ENDED, closer + Json.ascii(members) + "}\n");
    }

    /** Ends with an error, whatever was printed before. */
    void fail(JsonObject error) {
        lock.lock();
        try {
            if (state == State.BEGUN) {
                end(",\"error\":" + error);
            } else {
                JsonObject all = new JsonObject();
                all.add("error", error);
                print(all);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The same, but gives up if the output is blocked for this time. */
    void failWithin(long millis, JsonObject error) throws InterruptedException {
        if (lock.tryLock(millis, TimeUnit.MILLISECONDS)) {
            try {
                fail(error);
            } finally {
                lock.unlock();
            }
        }
    }

    private void step(State before, State after, CharSequence text) {
        lock.lock();
        try {
            if (state == before) {
                state = State.ENDED; // if the output fails, nothing follows
                out.append(text);
                out.deliver();
                state = after;
            }
        } finally {
            lock.unlock();
        }
    }
}
