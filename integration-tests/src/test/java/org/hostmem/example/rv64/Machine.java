package org.hostmem.example.rv64;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Supplier;
import org.hostmem.AccessOptions;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionCapabilities;
import org.hostmem.spi.Candidate;
import org.hostmem.spi.Host;
import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.spi.MappedRegion;
import org.hostmem.spi.ProviderSelection;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.EmbeddedDevice;

/**
 * A whole machine on Hostmem, as an emulator would put it together: RAM from an arena, the BAR from a device. One
 * provider serves both, so that each can be tried.
 */
final class Machine implements AutoCloseable {

    static final int RAM_SIZE = 1 << 20;

    private static final RegionCapabilities RAM =
            RegionCapabilities.whole(RAM_SIZE, CacheMode.NORMAL, CacheModeSource.REPORTED);

    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory = arena.allocate(RAM_SIZE, 4096);
    private final Device device = EmbeddedDevice.open();
    final HostMemoryAccessor ram;
    final HostMemoryAccessor bar;
    final HostmemBus bus;
    final Board board;

    Machine(HostMemoryProvider provider, AccessOptions options, byte[] program) {
        ram = provider.open(MappedRegion.borrowed(memory, RAM, options));
        bar = forcing(provider, () -> device.region(0).open(options));
        bus = new HostmemBus(Board.RAM, ram);
        bus.map(Board.BAR, bar);
        board = new Board(bus, bus::map);
        ram.writeBytes(0, program, 0, program.length);
    }

    /** {@return the providers that can serve RAM here, the fallback among them} */
    static List<HostMemoryProvider> providers() {
        return ProviderSelection.load().explain(Host.current(), RAM).candidates().stream()
                .filter(Candidate::isUsable)
                .map(Candidate::provider)
                .toList();
    }

    private static <T> T forcing(HostMemoryProvider provider, Supplier<T> action) {
        String before = System.getProperty(ProviderSelection.PROVIDER_PROPERTY);
        System.setProperty(ProviderSelection.PROVIDER_PROPERTY, provider.name());
        try {
            return action.get();
        } finally {
            if (before == null) {
                System.clearProperty(ProviderSelection.PROVIDER_PROPERTY);
            } else {
                System.setProperty(ProviderSelection.PROVIDER_PROPERTY, before);
            }
        }
    }

    Device device() {
        return device;
    }

    @Override
    public void close() {
        device.close();
        ram.close();
        arena.close();
    }
}
