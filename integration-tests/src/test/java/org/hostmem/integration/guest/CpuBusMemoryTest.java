package org.hostmem.integration.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.lang.foreign.Arena;
import java.nio.ByteOrder;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.hostmem.AccessOptions;
import org.hostmem.AccessRejectedException;
import org.hostmem.CacheMode;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionClosedException;
import org.hostmem.guest.AddressSpace;
import org.hostmem.guest.AddressSpace.Holes;
import org.hostmem.guest.CpuBus;
import org.hostmem.guest.DirtyLog;
import org.hostmem.guest.GuestRam;
import org.hostmem.guest.Mapping;
import org.hostmem.guest.RomDevice;
import org.hostmem.spi.HostMemoryProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The handle of a virtual CPU on memory, of every provider. */
class CpuBusMemoryTest {

    private static final long START = 0x8000_0000L;
    private static final int SIZE = 1 << 16;
    private static final long WORD = 0x5555_5555_5555_5555L;

    static List<HostMemoryProvider> providers() {
        return Regions.providers();
    }

    private static CpuBus on(ByteOrder order, HostMemoryAccessor memory) {
        AddressSpace space = new AddressSpace(order, Holes.ERROR);
        space.map(Mapping.of(START, memory));
        return space.cpu();
    }

    @ParameterizedTest
    @MethodSource("providers")
    void scalarsAreThoseOfTheAccessorAtEveryAlignmentInBothByteOrders(HostMemoryProvider provider) {
        SplittableRandom random = new SplittableRandom(3);
        try (HostMemoryAccessor ram = provider.openRam(SIZE, AccessOptions.DEFAULT)) {
            for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
                HostMemoryAccessor seen = ram.withByteOrder(order);
                CpuBus cpu = on(order, ram);
                for (int round = 0; round < 20_000; round++) {
                    int width = 1 << random.nextInt(4);
                    long offset = random.nextInt(SIZE - width + 1);
                    long value = random.nextLong();
                    cpu.write(START + offset, width, value);
                    assertThat(seen.read(offset, width)).isEqualTo(value & -1L >>> (64 - 8 * width));
                    assertThat(cpu.read(START + offset, width)).isEqualTo(value & -1L >>> (64 - 8 * width));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void ramThatIsClosedIsRefusedAtItsAddress(HostMemoryProvider provider) {
        HostMemoryAccessor ram = provider.openRam(SIZE, AccessOptions.DEFAULT);
        CpuBus cpu = on(ByteOrder.LITTLE_ENDIAN, ram);
        cpu.write(START + 8, 8, WORD);
        ram.close();
        RegionClosedException refused = catchThrowableOfType(RegionClosedException.class, () -> cpu.read(START + 8, 8));
        assertThat(refused.guestAddress()).hasValue(START + 8);
        assertThatExceptionOfType(RegionClosedException.class).isThrownBy(() -> cpu.write(START + 8, 8, WORD));
    }

    /** Their memory is there still, and must not be reached. */
    @Test
    void aClosedViewAndAClosedAccessorOfLentMemoryAreRefused() {
        try (Arena arena = Arena.ofShared();
                HostMemoryAccessor ram = GuestRam.open(SIZE)) {
            HostMemoryAccessor view = ram.slice(0, 4096);
            HostMemoryAccessor lent =
                    HostMemoryAccessor.of(arena.allocate(4096, 8), CacheMode.NORMAL, AccessOptions.DEFAULT);
            for (HostMemoryAccessor memory : List.of(view, lent)) {
                CpuBus cpu = on(ByteOrder.LITTLE_ENDIAN, memory);
                cpu.write(START, 8, WORD);
                memory.close();
                assertThatExceptionOfType(RegionClosedException.class).isThrownBy(() -> cpu.read(START, 8));
                assertThatExceptionOfType(RegionClosedException.class).isThrownBy(() -> cpu.write(START, 8, 1));
            }
        }
    }

    @Test
    void memoryOfAnotherThreadIsRefused() throws InterruptedException {
        try (Arena arena = Arena.ofConfined()) {
            HostMemoryAccessor lent =
                    HostMemoryAccessor.of(arena.allocate(4096, 8), CacheMode.NORMAL, AccessOptions.DEFAULT);
            CpuBus cpu = on(ByteOrder.LITTLE_ENDIAN, lent);
            cpu.write(START, 8, WORD);
            AtomicReference<Throwable> thrown = new AtomicReference<>();
            Thread other = Thread.ofPlatform().start(() -> {
                try {
                    cpu.read(START, 8);
                } catch (Throwable refused) {
                    thrown.set(refused);
                }
            });
            other.join();
            assertThat(thrown.get())
                    .isInstanceOfSatisfying(
                            AccessRejectedException.class,
                            refused -> assertThat(refused.reason())
                                    .isEqualTo(AccessRejectedException.Reason.WRONG_THREAD));
        }
    }

    @Test
    void memoryThatMayNotBeWrittenIsRead() {
        try (HostMemoryAccessor ram = GuestRam.open(SIZE)) {
            ram.write(8, 8, WORD);
            CpuBus cpu = on(ByteOrder.LITTLE_ENDIAN, ram.readOnly());
            assertThat(cpu.read(START + 8, 8)).isEqualTo(WORD);
            assertThatExceptionOfType(AccessRejectedException.class).isThrownBy(() -> cpu.write(START + 8, 8, 1));
        }
    }

    @Test
    void aDirtyLogSeesItsWrites() {
        try (HostMemoryAccessor ram = GuestRam.open(SIZE)) {
            DirtyLog log = new DirtyLog(ram, 4096);
            CpuBus cpu = on(ByteOrder.LITTLE_ENDIAN, log.accessor());
            for (int round = 0; round < 3; round++) {
                cpu.write(START + 8192, 8, WORD);
                assertThat(log.testAndClear(8192)).isTrue();
                assertThat(cpu.read(START + 8192, 8)).isEqualTo(WORD);
                assertThat(log.testAndClear(8192)).isFalse();
            }
        }
    }

    @Test
    void aRomDeviceIsReadAndToldOfWrites() {
        try (HostMemoryAccessor ram = GuestRam.open(SIZE)) {
            ram.write(8, 8, WORD);
            long[] told = new long[1];
            CpuBus cpu = on(ByteOrder.LITTLE_ENDIAN, RomDevice.of(ram, (offset, width, value) -> told[0] = value));
            cpu.write(START + 8, 8, 7);
            assertThat(told[0]).isEqualTo(7);
            assertThat(cpu.read(START + 8, 8)).isEqualTo(WORD);
        }
    }

    @Test
    void aCloseUnderALoopOfReadsGivesTheTrueBytesOrIsSaid() throws InterruptedException {
        for (int round = 0; round < 20; round++) {
            HostMemoryAccessor ram = GuestRam.open(SIZE);
            ram.fill(0, SIZE, (byte) 0x55);
            CpuBus cpu = on(ByteOrder.LITTLE_ENDIAN, ram);
            AtomicReference<Object> end = new AtomicReference<>();
            Thread thread = Thread.ofPlatform().daemon().start(() -> {
                try {
                    for (long at = 0; cpu.read(START + at, 8) == WORD; at = at + 8 & SIZE - 8) {}
                    end.set("what was never there was read");
                } catch (Throwable thrown) {
                    end.set(thrown);
                }
            });
            Thread.sleep(2);
            ram.close();
            thread.join(20_000);
            assertThat(end.get()).isInstanceOf(RegionClosedException.class);
        }
    }
}
