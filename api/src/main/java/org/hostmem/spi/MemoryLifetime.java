package org.hostmem.spi;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.hostmem.HostMemoryException;
import org.hostmem.engine.Patience;

/**
 * The life of memory that is mapped for one accessor, and its end (R10): no access, in flight or late, ever reaches
 * what comes to be at the same addresses afterwards, and none takes the zeros of an empty page for what was there.
 *
 * <ol>
 *   <li>While it is <b>open</b>, one accessor, with its views, uses the segment.
 *   <li>{@link #release} begins when the accessor is closed: the memory is <b>closing</b>. The segment's shared arena
 *       ends first. The JVM waits until no thread is inside a Java access, and refuses every later one: this comes
 *       first because a Java access to memory without rights is a SIGSEGV, which the JVM does not survive. It stays
 *       closing while a native call holds the segment; then the release fails, and can be repeated.
 *   <li>Then its pages lose their rights: it is <b>reserved</b>. The memory goes back to the host, and an access by
 *       machine code that is still in flight faults, which its guard tells from a read. The addresses belong to nobody
 *       else.
 *   <li>When the accessor is unreachable, no access can be in flight, as an accessor keeps itself reachable while it
 *       accesses. The pages are unmapped: the memory is <b>gone</b>. What was never closed is released then too.
 * </ol>
 *
 * <p>Safe for use by any number of threads.
 */
public final class MemoryLifetime {

    /** How long a call that was given the segment may hold up a release. */
    public static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final Cleaner CLEANER = Cleaner.create();

    /** Where memory is in its life. */
    public enum State {
        /** It can be accessed. */
        OPEN,
        /** A release has begun, and has not succeeded yet. */
        CLOSING,
        /** Its addresses are kept, without any right. */
        RESERVED,
        /** Its addresses are the host's again. */
        GONE
    }

    /** What the operating system does with the pages. A result is 0 or more, or {@code -errno}. */
    public interface Pages {

        /** {@return the result of replacing all pages, in one step, by such as nobody may access} */
        long reserve();

        /**
         * {@return the result of taking the rights of all pages away, where the host does not let them be replaced:
         * locked memory has a limit}
         */
        long forbid();

        /** {@return the result of unmapping them} */
        long unmap();

        /** Called once when the memory is reserved, by the thread that released it. */
        default void released() {}
    }

    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory;
    private final Pages pages;
    /**
     * Held by whoever ends it, from the first attempt on its arena to the last page: a second one must not go on where
     * the first one waits.
     */
    private final ReentrantLock releasing = new ReentrantLock();

    private volatile State state = State.OPEN;

    /**
     * Begins a life.
     *
     * @param memory gives the memory, as a segment of the arena
     * @param pages ends it
     */
    public MemoryLifetime(Function<Arena, MemorySegment> memory, Pages pages) {
        this.memory = memory.apply(arena);
        this.pages = pages;
    }

    /** {@return the memory} */
    public MemorySegment memory() {
        return memory;
    }

    /** {@return where it is in its life} */
    public State state() {
        return state;
    }

    /** {@return whether its pages are still those that were mapped: it is open or closing} */
    public boolean isMapped() {
        State now = state;
        return now == State.OPEN || now == State.CLOSING;
    }

    /**
     * Does something with the pages unless they are no longer mapped; a release that gets so far meanwhile waits.
     *
     * @param action short, and without a lock that {@link Pages} take
     */
    public synchronized void whileMapped(Runnable action) {
        if (isMapped()) {
            action.run();
        }
    }

    /**
     * Names the accessor that uses the memory: when it, and what came from it, is unreachable the memory goes.
     *
     * @param accessor its only user
     */
    public void endWith(Object accessor) {
        CLEANER.register(accessor, this::clean);
    }

    /**
     * What is left over is tried again after the next collection: a native call may hold a segment longer than its
     * accessor is reachable.
     */
    private void clean() {
        try {
            free();
        } catch (RuntimeException later) {
            CLEANER.register(new Object(), this::clean);
        }
    }

    /**
     * Ends Java's accesses, and takes the rights of the pages away; with {@link #PATIENCE}. After a success it does
     * nothing.
     *
     * @throws HostMemoryException if a native call holds the segment, or the host refuses: the release can be repeated
     */
    public void release() {
        release(PATIENCE);
    }

    /**
     * Ends Java's accesses, and takes the rights of the pages away. After a success it does nothing.
     *
     * @param patience how long to wait for another thread's release, and then for a native call that holds the segment;
     *     zero is one attempt
     * @throws HostMemoryException if a native call holds the segment, or the host refuses: the release can be repeated
     */
    public void release(Duration patience) {
        release(new Patience(patience), patience);
    }

    /** {@code waiting} is for another thread's release, and {@code patience} for a native call. */
    private void release(Patience waiting, Duration patience) {
        lock(waiting);
        try {
            if (!isMapped()) {
                return;
            }
            state = State.CLOSING;
            endJavaAccesses(patience);
            takeRights();
        } finally {
            releasing.unlock();
        }
        pages.released();
    }

    private void lock(Patience waiting) {
        while (!releasing.tryLock()) {
            if (!waiting.goesOn()) {
                throw new HostMemoryException(
                        "another thread releases the memory at 0x" + Long.toHexString(memory.address())
                                + " and waits for a native call that holds it: it is closed for accesses and not"
                                + " released; close it again when the call is over");
            }
        }
    }

    /** A closed arena is an {@link IllegalStateException} while a native call holds the segment: most are short. */
    private void endJavaAccesses(Duration patience) {
        Patience waiting = new Patience(patience);
        while (arena.scope().isAlive()) {
            try {
                arena.close();
            } catch (IllegalStateException held) {
                if (!waiting.goesOn()) {
                    throw new HostMemoryException("a native call holds the memory at 0x"
                            + Long.toHexString(memory.address()) + ", and was waited for " + patience.toMillis()
                            + " ms: it is closed for accesses and not released; close it again when the call is over");
                }
            }
        }
    }

    private synchronized void takeRights() {
        long replaced = pages.reserve();
        long forbidden = replaced < 0 ? pages.forbid() : 0;
        if (forbidden < 0) {
            throw new HostMemoryException(
                    "0x" + Long.toHexString(memory.byteSize()) + " bytes at 0x" + Long.toHexString(memory.address())
                            + " are closed for accesses and stay mapped: the host does not let "
                            + "their pages be replaced (errno " + -replaced + "), nor their rights be taken (errno "
                            + -forbidden + "); close again later, it may have more room then");
        }
        state = State.RESERVED;
    }

    /**
     * Releases the memory and gives the addresses back: for memory that nobody ever used.
     *
     * @throws HostMemoryException if the release failed, or the host refuses: it can be repeated
     */
    public void free() {
        release(new Patience(PATIENCE), Duration.ZERO);
        synchronized (this) {
            if (state == State.RESERVED) {
                long result = pages.unmap();
                if (result < 0) {
                    throw new HostMemoryException("0x" + Long.toHexString(memory.byteSize()) + " bytes at 0x"
                            + Long.toHexString(memory.address()) + " cannot be unmapped: errno " + -result);
                }
                state = State.GONE;
            }
        }
    }
}
