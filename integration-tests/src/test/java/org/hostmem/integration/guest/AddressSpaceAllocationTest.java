package org.hostmem.integration.guest;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.ByteOrder;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.TransferOrder;
import org.hostmem.guest.AddressSpace;
import org.hostmem.guest.DeviceModel;
import org.hostmem.guest.GuestRam;
import org.hostmem.guest.Mapping;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** R12 for an address space: what a guest does all the time allocates nothing, once it is compiled. */
class AddressSpaceAllocationTest {

    private static final int ACCESSES = 20_000;
    private static final long[] ADDRESSES = {0x1010, 0x2010, 0x3010, 0x4010};
    /** The last compilation may come late. */
    private static final int TRIES = 40;

    private final HostMemoryAccessor low = GuestRam.open(4096);
    private final HostMemoryAccessor high = GuestRam.open(4096);
    private final AddressSpace space = new AddressSpace(ByteOrder.LITTLE_ENDIAN, AddressSpace.Holes.ALL_ONES);
    private long sum;

    AddressSpaceAllocationTest() {
        DeviceModel model = new DeviceModel() {
            @Override
            public long read(long offset, int width) {
                return offset;
            }

            @Override
            public void write(long offset, int width, long value) {
                sum += value;
            }
        };
        space.map(Mapping.of(0x1000, low));
        space.map(Mapping.of(0x2000, high));
        space.map(Mapping.of(0x3000, 0x100, model));
    }

    @AfterEach
    void close() {
        low.close();
        high.close();
    }

    private static void allocatesNothing(Runnable access) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int i = 0; i < TRIES && least > 0; i++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int n = 0; n < ACCESSES; n++) {
                access.run();
            }
            least = Math.min(least, (threads.getCurrentThreadAllocatedBytes() - before) / ACCESSES);
        }
        assertThat(least).as("bytes for each access").isZero();
    }

    @Test
    void lookups() {
        allocatesNothing(() -> sum += space.find(0x1010).start()
                + space.find(0x2010).start()
                + space.find(0).start());
    }

    @Test
    void scalarsInAllKindsOfRanges() {
        allocatesNothing(() -> {
            for (long address : ADDRESSES) {
                space.write(address, 4, 7);
                sum += space.read(address, 4);
            }
        });
    }

    @Test
    void scalarsThatCross() {
        allocatesNothing(() -> {
            space.write(0x1ffd, 8, 7);
            sum += space.read(0x1ffd, 8);
        });
    }

    @Test
    void atomicsFillsAndArrays() {
        byte[] array = new byte[100];
        allocatesNothing(() -> {
            sum += space.atomics().getAndAdd(0x1010, 4, 7);
            space.fill(0x1fd0, 100, (byte) 7);
            space.writeBytes(0x1010, array, 0, 100);
            space.readBytes(0x1010, array, 0, 100);
        });
    }

    @Test
    void transfersThatCross() {
        MemorySegment ram = MemorySegment.ofArray(new byte[100]);
        allocatesNothing(() -> {
            space.writeBytes(0x1fd0, ram, 0, 100, TransferOrder.ASCENDING);
            space.readBytes(0x1fd0, ram, 0, 100, TransferOrder.ASCENDING);
        });
    }
}
