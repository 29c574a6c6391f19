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
 * The lifetime of memory that is mapped for one accessor (R10). No access, running or late, ever reaches memory that is
 * mapped at the same addresses afterwards. No access reads the zeros of an empty page instead of the data.
 *
 * <ol>
 *   <li>The memory is <b>open</b>: one accessor and its views use the segment.
 *   <li>{@link #release} begins when the accessor is closed: the memory is <b>closing</b>. The segment's shared arena
 *       ends first. The JVM waits until no thread is inside a Java access, and refuses every later one. This comes
 *       first because a Java access to memory without rights raises SIGSEGV, which ends the JVM. If a native call holds
 *       the segment, the memory stays closing. The release then fails, and can be repeated.
 *   <li>Then its pages lose their rights: the memory is <b>reserved</b>. It goes back to the host. An access by machine
 *       code that is still running faults, and its guard reports the fault. No other memory can be mapped at the
 *       addresses.
 *   <li>When the accessor is unreachable, no access can be running, because an accessor keeps itself reachable during
 *       an access. The pages are unmapped: the memory is <b>gone</b>. Memory that was never closed is also released
 *       then.
 * </ol>
 *
 * <p>Safe for use by any number of threads.
 */
public final class MemoryLifetime {

    /** How long a release waits for a native call that holds the segment. */
    public static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final Cleaner CLEANER = Cleaner.create();

    /** The state of the memory. */
    public enum State {
        /** It can be accessed. */
        OPEN,
        /** A release has begun, and has not succeeded yet. */
        CLOSING,
        /** Its addresses are kept, and nobody may access them. */
        RESERVED,
        /** Its addresses are given back to the host. */
        GONE
    }

    /** The calls of the operating system that end the pages. A result is 0 or more, or {@code -errno}. */
    public interface Pages {

        /** {@return the result of replacing all pages, in one step, by pages that nobody may access} */
        long reserve();

        /**
         * {@return the result of removing the rights of all pages. It is called if the host refuses to replace them,
         * because locked memory has a limit}
         */
        long forbid();

        /** {@return the result of unmapping them} */
        long unmap();

        /** Called once, when the memory is reserved, by the thread that released it. */
        default void released() {}
    }

    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory;
    private final Pages pages;
    /**
     * Held by the thread that ends the memory, from the first attempt on its arena to the last page. A second thread
     * must not go on while the first one waits.
     */
    private final ReentrantLock releasing = new ReentrantLock();

    private volatile State state = State.OPEN;

    /**
     * Begins the lifetime.
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

    /** {@return the state of the memory} */
    public State state() {
        return state;
    }

    /** {@return whether its pages are still mapped: it is open or closing} */
    public boolean isMapped() {
        State now = state;
        return now == State.OPEN || now == State.CLOSING;
    }

    /**
     * Runs an action if the pages are still mapped. A release waits until the action is over.
     *
     * @param action must be short, and must not need a lock that {@link Pages} take
     */
    public synchronized void whileMapped(Runnable action) {
        if (isMapped()) {
            action.run();
        }
    }

    /**
     * Sets the accessor that uses the memory. The memory is freed when the accessor and everything made from it is
     * unreachable.
     *
     * @param accessor its only user
     */
    public void endWith(Object accessor) {
        CLEANER.register(accessor, this::clean);
    }

    /**
     * If this fails, it is tried again after the next collection: a native call may hold a segment longer than its
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
     * Ends Java's accesses, and removes the rights of the pages. It waits at most {@link #PATIENCE}. After a success it
     * does nothing.
     *
     * @throws HostMemoryException if a native call holds the segment, or the host refuses: the release can be repeated
     */
    public void release() {
        release(PATIENCE);
    }

    /**
     * Ends Java's accesses, and removes the rights of the pages. After a success it does nothing.
     *
     * @param patience how long to wait for another thread's release, and then for a native call that holds the segment;
     *     zero means one attempt
     * @throws HostMemoryException if a native call holds the segment, or the host refuses: the release can be repeated
     */
    public void release(Duration patience) {
        release(new Patience(patience), patience);
    }

    /** {@code waiting} limits the wait for another thread's release, and {@code patience} that for a native call. */
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
                        "another thread is releasing the memory at 0x" + Long.toHexString(memory.address())
                                + " and waits for a native call that holds it: it is closed for accesses and not"
                                + " released; close it again when the call is over");
            }
        }
    }

    /**
     * The close of the arena throws {@link IllegalStateException} while a native call holds the segment. Most calls are
     * short.
     */
    private void endJavaAccesses(Duration patience) {
        Patience waiting = new Patience(patience);
        while (arena.scope().isAlive()) {
            try {
                arena.close();
            } catch (IllegalStateException held) {
                if (!waiting.goesOn()) {
                    throw new HostMemoryException(
                            "a native call holds the memory at 0x" + Long.toHexString(memory.address())
                                    + " after a wait of " + patience.toMillis() + " ms: it is closed for accesses and"
                                    + " not released; close it again when the call is over",
                            held);
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
                            + " stay mapped, but are closed for accesses: the host neither replaces their pages (errno "
                            + -replaced + ") nor takes their rights (errno " + -forbidden
                            + "); close again later, when the host may have more room");
        }
        state = State.RESERVED;
    }

    /**
     * Releases the memory and gives the addresses back. Use this for memory that nobody has used.
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
