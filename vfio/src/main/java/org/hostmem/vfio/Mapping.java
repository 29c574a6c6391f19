package org.hostmem.vfio;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.lang.ref.WeakReference;
import java.util.concurrent.locks.LockSupport;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.HostMemoryException;
import org.hostmem.MappedAccessor;

/**
 * Mapped memory, and the end of its life (R10): no access of this library, in flight or late, ever reaches memory that came to be at the same addresses afterwards.
 *
 * <ol>
 *   <li>While <b>live</b>, one accessor uses the segment.</li>
 *   <li>{@link #release}, when the accessor is closed, first closes the segment's shared arena. The JVM waits until no thread is inside a Java access, and every later one is an
 *       exception: this comes first because a Java access to memory without access rights is a SIGSEGV, which the JVM does not survive. Then the pages are replaced, in one step, by
 *       pages without rights: the device is let go of, and an access by machine code that is still in flight faults and is caught by the provider's guard. The mapping is
 *       <b>reserved</b>: its addresses belong to nobody else.</li>
 *   <li>When the accessor is unreachable, no access can be in flight (an accessor keeps itself reachable while it accesses), and a cleaner unmaps: the mapping is <b>gone</b>. A
 *       mapping whose accessor was never closed is released then too.</li>
 * </ol>
 */
final class Mapping {
    private static final Cleaner CLEANER = Cleaner.create();

    /** How long a call that was given the segment may hold up its release. */
    private static final long PATIENCE_NANOS = 10_000_000_000L;

    private enum State { LIVE, RESERVED, GONE }

    private final Syscalls syscalls;
    /** Of the first page. */
    private final long address;
    /** From there to the end of the memory. */
    private final long size;
    private final int protection;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment segment;
    private State state = State.LIVE;
    private WeakReference<HostMemoryAccessor> user = new WeakReference<>(null);

    /**
     * Takes over a mapping.
     *
     * @param address of the first page
     * @param size that is wanted; the mapping has it rounded up to whole pages
     * @param protection it was mapped with
     */
    Mapping(Syscalls syscalls, long address, long size, int protection) {
        this(syscalls, address, 0, size, protection);
    }

    /**
     * Takes over a mapping whose first page begins before the memory that is wanted.
     *
     * @param address of the first page
     * @param lead bytes before the memory
     * @param size of the memory
     * @param protection it was mapped with
     */
    Mapping(Syscalls syscalls, long address, long lead, long size, int protection) {
        this.syscalls = syscalls;
        this.address = address;
        this.size = lead + size;
        this.protection = protection;
        segment = syscalls.segment(address + lead, size, arena);
    }

    MemorySegment segment() {
        return segment;
    }

    /** Names the accessor that uses this mapping. From now on it lives as long as that. */
    synchronized void usedBy(HostMemoryAccessor accessor) {
        user = new WeakReference<>(accessor);
        CLEANER.register(accessor, this::free);
    }

    /** Tells the accessor that uses this mapping what an access would come to, or null. */
    synchronized void foresee(String cause) {
        if (user.get() instanceof MappedAccessor accessor) {
            accessor.foresee(cause);
        }
    }

    /** Closes the accessor that uses this mapping, and so releases it; releases it if there is none. */
    void closeUser() {
        HostMemoryAccessor accessor;
        synchronized (this) {
            accessor = user.get();
        }
        if (accessor != null) {
            accessor.close();
        }
        release();
    }

    synchronized boolean isLive() {
        return state == State.LIVE;
    }

    /** Puts another file under a live mapping, at the same addresses, in one step. */
    synchronized void remap(int fd, long offset) {
        if (state == State.LIVE && syscalls.mapOver(address, fd, offset, size, protection) < 0) {
            throw new HostMemoryException("0x" + Long.toHexString(size) + " bytes could not be mapped anew");
        }
    }

    /** Makes the memory inaccessible and keeps its addresses. A second call does nothing. */
    synchronized void release() {
        if (state != State.LIVE) {
            return;
        }
        closeArena();
        if (syscalls.reserve(address, size) < 0) {
            throw new HostMemoryException("the mapping of 0x" + Long.toHexString(size) + " bytes at 0x" + Long.toHexString(address)
                    + " could not be replaced: it stays, as unmapping could give its addresses to somebody else");
        }
        state = State.RESERVED;
    }

    /** A closed arena is an {@link IllegalStateException} while a native call holds the segment: those are short. */
    private void closeArena() {
        long start = System.nanoTime();
        while (arena.scope().isAlive()) {
            try {
                arena.close();
            } catch (IllegalStateException held) {
                if (System.nanoTime() - start > PATIENCE_NANOS) {
                    throw new HostMemoryException("a native call has held the memory for 10 seconds: it was not released; close again when the call is over");
                }
                LockSupport.parkNanos(20_000);
            }
        }
    }

    /** Gives the addresses back: when nobody can use them any more, or nobody ever did. */
    synchronized void free() {
        release();
        if (state == State.RESERVED) {
            syscalls.unmap(address, size);
            state = State.GONE;
        }
    }
}
