package org.hostmem.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.SoftReference;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.hostmem.HostMemoryException;
import org.jspecify.annotations.Nullable;

/**
 * Memory for overlapping moves. All threads share a few buffers. If none is idle, a move allocates its own memory, and
 * frees it when it ends.
 */
final class Rings {

    /** The size of each shared buffer. They are equal, so it does not matter which one a move gets. */
    static final int SHARED = (1 << 16) + 2 * Mover.BLOCK;
    /**
     * The most bytes of one larger shared buffer. The garbage collector may take it. It is shared because allocating it
     * costs as much as a long copy.
     */
    static final int SOFTLY_SHARED = 1 << 24;

    private static final Pool<MemorySegment> IDLE = new Pool<>(() -> null);
    private static final AtomicInteger MADE = new AtomicInteger();
    private static final AtomicBoolean LARGE_TAKEN = new AtomicBoolean();
    /** Belongs to the thread that has set {@link #LARGE_TAKEN}. */
    private static SoftReference<MemorySegment> large = new SoftReference<>(null);

    private Rings() {}

    // ---- up to SHARED bytes

    /** Takes a buffer of {@link #SHARED} bytes; null if the move must allocate its own. */
    static @Nullable MemorySegment take() {
        MemorySegment idle = IDLE.take();
        if (idle != null || MADE.get() >= Pool.size()) {
            return idle;
        }
        MADE.incrementAndGet();
        MemorySegment made = ofNative(Arena.ofAuto(), SHARED);
        if (made == null) {
            MADE.decrementAndGet();
        }
        return made;
    }

    static void give(MemorySegment ring) {
        if (!IDLE.give(ring)) {
            MADE.decrementAndGet();
        }
    }

    // ---- up to SOFTLY_SHARED bytes

    /** Takes the large buffer if it is idle, and makes it larger if needed; null if the move must allocate its own. */
    static @Nullable MemorySegment takeLarge(long size) {
        if (!LARGE_TAKEN.compareAndSet(false, true)) {
            return null;
        }
        MemorySegment ring = large.get();
        if (ring == null || ring.byteSize() < size) {
            ring = ofNative(Arena.ofAuto(), size);
            if (ring == null) {
                LARGE_TAKEN.set(false);
            } else {
                large = new SoftReference<>(ring);
            }
        }
        return ring;
    }

    static void giveLarge() {
        LARGE_TAKEN.set(false);
    }

    private static void forgetLarge() {
        if (LARGE_TAKEN.compareAndSet(false, true)) {
            large = new SoftReference<>(null);
            LARGE_TAKEN.set(false);
        }
    }

    // ---- a move's own

    /**
     * Allocates memory that is freed when the arena closes. It may be an array, if the JVM has no native memory left.
     *
     * @throws HostMemoryException if there is none
     */
    static MemorySegment allocate(Arena arena, long size) {
        MemorySegment made = ofNative(arena, size);
        if (made != null) {
            return made;
        }
        forgetLarge();
        try {
            return arena.allocate(size, Mover.LINE);
        } catch (OutOfMemoryError none) {
            return ofArray(size, none);
        }
    }

    private static @Nullable MemorySegment ofNative(Arena arena, long size) {
        try {
            return arena.allocate(size, Mover.LINE);
        } catch (OutOfMemoryError none) {
            return null;
        }
    }

    private static MemorySegment ofArray(long size, OutOfMemoryError none) {
        try {
            if (size < Integer.MAX_VALUE - 16) {
                return MemorySegment.ofArray(new byte[(int) size]);
            }
        } catch (OutOfMemoryError neither) {
            none.addSuppressed(neither);
        }
        throw new HostMemoryException(
                "cannot allocate the move buffer of " + size
                        + " bytes, which the budget allows: neither the memory outside the heap"
                        + " (-XX:MaxDirectMemorySize) nor the heap (-Xmx) of this JVM has that many left: raise one of"
                        + " the two limits, copy in parts, or choose OverlapPolicy.MEMMOVE_ORDER, which buffers"
                        + " nothing",
                none);
    }
}
