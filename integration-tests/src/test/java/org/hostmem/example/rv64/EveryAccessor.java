package org.hostmem.example.rv64;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.List;
import org.hostmem.AccessOptions;
import org.hostmem.CacheMode;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.Permanence;
import org.hostmem.guest.DirtyLog;
import org.hostmem.guest.GuestRam;
import org.hostmem.guest.RomDevice;
import org.hostmem.vfio.EmbeddedDevice;

/**
 * Every kind of accessor on one bus, each of them used: what the call sites of a large emulator have seen when its
 * guest gets to work.
 */
final class EveryAccessor {

    private static final long START = 0x5000_0000L;
    private static final long STEP = 0x10_0000;
    private static final int SIZE = 4096;
    private static final int TIMES = 200_000;

    private EveryAccessor() {}

    static void use(HostmemBus bus) {
        List<HostMemoryAccessor> all = all();
        for (int i = 0; i < all.size(); i++) {
            bus.map(START + i * STEP, all.get(i).slice(0, SIZE));
        }
        long sum = 0;
        for (int time = 0; time < TIMES; time++) {
            int which = time % all.size();
            long address = START + which * STEP + 64;
            int width = 1 << time % 4;
            sum += bus.load(address, width);
            if (all.get(which).capabilities().writable()) {
                bus.store(address, width, sum);
            }
        }
    }

    private static List<HostMemoryAccessor> all() {
        MemorySegment memory = Arena.ofShared().allocate(2 * SIZE, SIZE);
        HostMemoryAccessor plain = GuestRam.open(2 * SIZE);
        return List.of(
                HostMemoryAccessor.of(memory, CacheMode.DEVICE, AccessOptions.DEFAULT),
                HostMemoryAccessor.of(memory, CacheMode.WRITE_COMBINING, AccessOptions.DEFAULT),
                HostMemoryAccessor.of(memory, CacheMode.NORMAL, Permanence.MAY_VANISH, AccessOptions.DEFAULT),
                plain,
                plain.slice(SIZE, SIZE),
                plain.withByteOrder(ByteOrder.BIG_ENDIAN),
                new DirtyLog(GuestRam.open(SIZE), SIZE).accessor(),
                RomDevice.of(GuestRam.open(SIZE), RomDevice.Writes.IGNORED),
                EmbeddedDevice.open().region(EmbeddedDevice.MSIX).open(AccessOptions.DEFAULT));
    }
}
