package org.hostmem.jcstress;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.hostmem.AccessOptions;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionCapabilities;
import org.hostmem.spi.Assessment;
import org.hostmem.spi.Host;
import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.spi.MappedRegion;
import org.hostmem.spi.ProviderSelection;

/**
 * Memory for many trials at once, each with a slot of its own: jcstress makes thousands of states at a time, and
 * opening a region for each would leave little time for trials.
 */
final class Slots {

    /** Of {@link #SIZE} bytes each; more than jcstress uses at a time. */
    private static final int COUNT = 1 << 14;

    static final int SIZE = 256;

    private static final List<CacheMode> MODES =
            List.of(CacheMode.NORMAL, CacheMode.NONCACHED, CacheMode.WRITE_COMBINING);
    private static final VarHandle BYTE = ValueLayout.JAVA_BYTE.varHandle();

    private final AtomicInteger next = new AtomicInteger();
    private final MemorySegment memory = Arena.global().allocate((long) COUNT * SIZE, 64);
    private final HostMemoryAccessor accessor;

    private Slots(HostMemoryProvider provider, CacheMode mode) {
        accessor = open(provider, mode, memory);
    }

    /** One memory for each provider that this host can use, and mode: the accessors do not meet. */
    static Slots[] all() {
        return MODES.stream()
                .flatMap(mode -> providers(mode).map(provider -> new Slots(provider, mode)))
                .toArray(Slots[]::new);
    }

    /** Of NORMAL memory only. */
    static Slots[] normal() {
        return providers(CacheMode.NORMAL)
                .map(provider -> new Slots(provider, CacheMode.NORMAL))
                .toArray(Slots[]::new);
    }

    private static Stream<HostMemoryProvider> providers(CacheMode mode) {
        RegionCapabilities region = RegionCapabilities.whole(1, mode, CacheModeSource.ASSERTED);
        return ProviderSelection.load().providers().stream()
                .filter(provider -> provider.assess(Host.current(), region) instanceof Assessment.Usable);
    }

    static HostMemoryAccessor open(HostMemoryProvider provider, CacheMode mode, MemorySegment memory) {
        return provider.open(MappedRegion.borrowed(
                memory,
                RegionCapabilities.whole(memory.byteSize(), mode, CacheModeSource.ASSERTED),
                AccessOptions.DEFAULT));
    }

    /** The provider that would be chosen. */
    static HostMemoryProvider first(CacheMode mode) {
        return ProviderSelection.load()
                .select(Host.current(), RegionCapabilities.whole(1, mode, CacheModeSource.ASSERTED));
    }

    HostMemoryAccessor accessor() {
        return accessor;
    }

    MemorySegment memory() {
        return memory;
    }

    /** {@return the offset of a slot that is all zeros} */
    long take() {
        long slot = (next.getAndIncrement() & COUNT - 1) * (long) SIZE;
        memory.asSlice(slot, SIZE).fill((byte) 0);
        return slot;
    }

    /** {@return the offset of the next slot of each} */
    static long[] takeEach(Slots... slots) {
        return Stream.of(slots).mapToLong(Slots::take).toArray();
    }

    /** {@return a byte as another CPU sees it, and what is read later is read after it} */
    int seen(long offset) {
        return (byte) BYTE.getAcquire(memory, offset);
    }

    /** Writes a byte; what was written before is seen before it. */
    void put(long offset, byte value) {
        BYTE.setRelease(memory, offset, value);
    }

    /** {@return who this is, for a result that must not be} */
    String name() {
        return accessor.rules().isa() + " " + accessor.capabilities().cacheMode();
    }
}
