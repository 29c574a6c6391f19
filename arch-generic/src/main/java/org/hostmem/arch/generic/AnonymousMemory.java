package org.hostmem.arch.generic;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.hostmem.AccessOptions;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.HostMemoryException;
import org.hostmem.RegionCapabilities;
import org.hostmem.spi.MappedRegion;
import org.hostmem.spi.MappedRegion.Permanence;

/**
 * RAM for a guest: mapped for one accessor, and gone with it.
 *
 * <p>When the accessor is closed the arena ends, so that no Java access comes after, and the pages go back to the host. An instruction of another thread that is still in flight finds empty
 * pages at the same addresses, which belong to nobody else until the accessor is unreachable: then nothing can be in flight, and they are unmapped.
 */
final class AnonymousMemory {

    private static final Cleaner CLEANER = Cleaner.create();
    private static final long RETRY_NANOS = 20_000;

    private final long address;
    private final long size;
    private final Arena arena = Arena.ofShared();
    private boolean discarded;

    private AnonymousMemory(long address, long size) {
        this.address = address;
        this.size = size;
    }

    /** {@code provider} opens the region. */
    static HostMemoryAccessor open(long size, AccessOptions options, Function<MappedRegion, HostMemoryAccessor> provider) {
        RegionCapabilities capabilities = RegionCapabilities.whole(size, CacheMode.NORMAL, CacheModeSource.BY_CONSTRUCTION);
        if (size == 0) {
            return provider.apply(MappedRegion.borrowed(MemorySegment.NULL, capabilities, options));
        }
        long address = Libc.mapAnonymous(size);
        if (address < 0) {
            throw new HostMemoryException("mmap of " + size + " bytes failed with errno " + ~address + ": ask for less, or free memory or address space (ulimit -v, vm.max_map_count)");
        }
        AnonymousMemory memory = new AnonymousMemory(address, size);
        HostMemoryAccessor accessor = provider.apply(new MappedRegion(Libc.segment(address, size, memory.arena), capabilities, options, Permanence.PERMANENT, memory::discard));
        CLEANER.register(accessor, memory::free);
        return accessor;
    }

    private synchronized void discard() {
        if (!discarded) {
            closeArena();
            Libc.discard(address, size);
            discarded = true;
        }
    }

    /** Calls that were given a segment hold it, and are short. */
    private void closeArena() {
        while (arena.scope().isAlive()) {
            try {
                arena.close();
            } catch (IllegalStateException held) {
                LockSupport.parkNanos(RETRY_NANOS);
            }
        }
    }

    private void free() {
        discard();
        Libc.unmap(address, size);
    }
}
