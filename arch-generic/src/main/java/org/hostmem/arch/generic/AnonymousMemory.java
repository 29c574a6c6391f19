package org.hostmem.arch.generic;

import java.lang.foreign.MemorySegment;
import java.util.function.Function;
import org.hostmem.AccessOptions;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.HostMemoryException;
import org.hostmem.Permanence;
import org.hostmem.RegionCapabilities;
import org.hostmem.engine.MappingRetry;
import org.hostmem.spi.MappedRegion;
import org.hostmem.spi.MemoryLifetime;

/** RAM for a guest: mapped for one accessor, and gone with it. */
final class AnonymousMemory implements MemoryLifetime.Pages {

    private static final int ENOMEM = 12;

    private final long address;
    private final long size;
    private final LinuxAbi abi;

    private AnonymousMemory(long address, long size, LinuxAbi abi) {
        this.address = address;
        this.size = size;
        this.abi = abi;
    }

    /** {@code provider} opens the region. */
    static HostMemoryAccessor open(
            long size, AccessOptions options, Function<MappedRegion, HostMemoryAccessor> provider, LinuxAbi abi) {
        RegionCapabilities capabilities =
                RegionCapabilities.whole(size, CacheMode.NORMAL, CacheModeSource.BY_CONSTRUCTION);
        if (size == 0) {
            return provider.apply(MappedRegion.borrowed(MemorySegment.NULL, capabilities, options));
        }
        long address = MappingRetry.of(() -> Libc.mapAnonymous(size, abi));
        if (address < 0) {
            throw new HostMemoryException(
                    "mmap of " + size + " bytes failed with " + (address == -ENOMEM ? "ENOMEM" : "errno " + -address)
                            + ": close what is not used, ask for less, or free memory or address space (ulimit -v,"
                            + " vm.max_map_count)");
        }
        MemoryLifetime lifetime = new MemoryLifetime(
                arena -> Libc.segment(address, size, arena), new AnonymousMemory(address, size, abi));
        try {
            HostMemoryAccessor accessor =
                    provider.apply(MappedRegion.owned(lifetime, capabilities, options, Permanence.PERMANENT)
                            .with(new AnonymousPages(lifetime)));
            lifetime.endWith(accessor);
            return accessor;
        } catch (RuntimeException | Error failed) {
            lifetime.free();
            throw failed;
        }
    }

    @Override
    public long reserve() {
        return Libc.reserve(address, size, abi);
    }

    @Override
    public long forbid() {
        return Libc.forbid(address, size);
    }

    @Override
    public long unmap() {
        return Libc.unmapAnonymous(address, size);
    }
}
