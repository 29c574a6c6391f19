package org.hostmem.example.rv64;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Supplier;
import org.hostmem.AccessOptions;
import org.hostmem.CacheMode;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.EmbeddedDevice;

/**
 * A whole machine on Hostmem, as an emulator would put it together: RAM from an arena, the BAR from a device. One
 * provider serves both, so that each can be tried.
 */
final class Machine implements AutoCloseable {

    static final int RAM_SIZE = 1 << 20;

    private static final String PROVIDER = "hostmem.provider";

    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory = arena.allocate(RAM_SIZE, 4096);
    private final Device device = EmbeddedDevice.open();
    final HostMemoryAccessor ram;
    final HostMemoryAccessor bar;
    final HostmemBus bus;
    final Board board;

    Machine(String provider, AccessOptions options, byte[] program) {
        ram = forcing(provider, () -> HostMemoryAccessor.of(memory, CacheMode.NORMAL, options));
        bar = forcing(provider, () -> device.region(0).open(options));
        bus = new HostmemBus(Board.RAM, ram);
        bus.map(Board.BAR, bar);
        board = new Board(bus, bus::map);
        ram.writeBytes(0, program, 0, program.length);
    }

    private static <T> T forcing(String provider, Supplier<T> action) {
        String before = System.getProperty(PROVIDER);
        System.setProperty(PROVIDER, provider);
        try {
            return action.get();
        } finally {
            if (before == null) {
                System.clearProperty(PROVIDER);
            } else {
                System.setProperty(PROVIDER, before);
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
