package org.hostmem;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.hostmem.Fake.Access;
import org.hostmem.Transfer.Span;
import org.hostmem.guest.AddressSpace;
import org.hostmem.guest.Mapping;
import org.hostmem.spi.UnsupportedRequests;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A request whose device goes away in the middle: ones, or nothing, from the faulting access on, however many calls it
 * is made of.
 */
class UnsupportedRequestTest {

    private static final int SIZE = 20_000;

    private final List<Access> log = new ArrayList<>();
    private final Fake.Mapped ram = new Fake.Mapped(numbered(SIZE), 0, SIZE, CacheMode.NORMAL, 8, Fake.noLog());
    private final Device device = new Device();

    private static byte[] numbered(int size) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) (i * 31 % 127);
        }
        return bytes;
    }

    /** Has a byte that faults, and answers all ones for a call from there on, or drops it; its twin throws. */
    private final class Device extends Fake implements UnsupportedRequests {

        private final Fake twin = new Fake(memory, 0, SIZE, CacheMode.DEVICE, 8, UnsupportedRequestTest.this.log);

        Device() {
            super(numbered(SIZE), 0, SIZE, CacheMode.DEVICE, 8, UnsupportedRequestTest.this.log);
            options = AccessOptions.DEFAULT.with(FaultPolicy.UNSUPPORTED_REQUEST);
        }

        @Override
        public HostMemoryAccessor throwing() {
            twin.broken = broken;
            return twin;
        }

        @Override
        public void readBytes(long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
            try {
                super.readBytes(offset, ram, ramOffset, length, order);
            } catch (RegionFaultException fault) {
                ram.asSlice(ramOffset + fault.completed(), length - fault.completed())
                        .fill((byte) -1);
            }
        }

        @Override
        public void writeBytes(long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
            try {
                super.writeBytes(offset, ram, ramOffset, length, order);
            } catch (RegionFaultException fault) {
                // Dropped.
            }
        }
    }

    private long last(Direction direction) {
        return log.stream()
                .filter(access -> access.direction() == direction)
                .mapToLong(access -> access.index() + access.width())
                .max()
                .orElse(0);
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 4000, 4096, 5000, 9000, 14_992})
    void aTransferFromTheDeviceIsOnesFromThereOn(int broken) {
        device.broken = broken + 3;
        assertThat(Transfer.DEFAULT.copy(device, 0, ram, 0, 15_000).isComplete())
                .isTrue();
        byte[] expected = numbered(SIZE);
        Arrays.fill(expected, broken, 15_000, (byte) -1);
        assertThat(Arrays.mismatch(ram.memory, expected)).isEqualTo(-1);
        assertThat(last(Direction.READ)).as("nothing is read after it").isEqualTo(broken);
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 4000, 4096, 5000, 9000, 14_992})
    void aTransferToTheDeviceIsDroppedFromThereOn(int broken) {
        Arrays.fill(device.memory, (byte) 5);
        device.broken = broken + 3;
        assertThat(Transfer.DEFAULT.copy(ram, 0, device, 0, 15_000).isComplete())
                .isTrue();
        byte[] expected = numbered(SIZE);
        Arrays.fill(expected, broken, SIZE, (byte) 5);
        assertThat(Arrays.mismatch(device.memory, expected)).isEqualTo(-1);
        assertThat(last(Direction.WRITE)).isEqualTo(broken);
    }

    /** Through views, too, whatever their byte order and begin. */
    @Test
    void aTransferThroughAViewIsTheSame() {
        device.broken = 6000;
        HostMemoryAccessor view = device.withByteOrder(ByteOrder.BIG_ENDIAN).slice(1000, 15_000);
        Transfer.DEFAULT.copy(view, 0, ram, 0, 15_000);
        assertThat(ram.memory[4999]).isEqualTo(numbered(SIZE)[5999]);
        assertThat(Arrays.copyOfRange(ram.memory, 5000, 15_000)).containsOnly(-1);
        assertThat(last(Direction.READ)).isEqualTo(6000);
    }

    /** The rest of the source's reads are ones, and those of other regions are what they are. */
    @Test
    void rangesOfTheSameRegionAreOnesFromThereOnAndOthersAreNot() {
        Fake.Mapped other = new Fake.Mapped(numbered(1000), 0, 1000, CacheMode.NORMAL, 8, Fake.noLog());
        device.broken = 50;
        Transfer.DEFAULT.copy(
                List.of(new Span(device, 0, 100), new Span(other, 0, 100), new Span(device, 500, 100)),
                List.of(new Span(ram, 0, 300)));
        assertThat(ram.memory).startsWith(Arrays.copyOf(numbered(SIZE), 48));
        assertThat(Arrays.copyOfRange(ram.memory, 48, 100)).containsOnly(-1);
        assertThat(Arrays.copyOfRange(ram.memory, 100, 200)).isEqualTo(Arrays.copyOf(other.memory, 100));
        assertThat(Arrays.copyOfRange(ram.memory, 200, 300)).containsOnly(-1);
        assertThat(last(Direction.READ)).isEqualTo(48);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 64, 4096, 6000, 8000})
    void aMoveReadsAndWritesNothingAfterTheFault(int distance) {
        for (OverlapPolicy policy : List.of(OverlapPolicy.KEEP_ORDER, OverlapPolicy.MEMMOVE_ORDER)) {
            log.clear();
            device.broken = 5000;
            byte[] before = device.memory.clone();
            device.move(0, distance, 9000, Transfer.DEFAULT.with(policy).withBudget(9000));
            assertThat(log).noneMatch(access -> access.index() <= 5000 && 5000 < access.index() + access.width());
            int[] reads = log.stream()
                    .filter(access -> access.direction() == Direction.READ)
                    .mapToInt(access -> (int) access.index())
                    .toArray();
            assertThat(reads.length).as("%s by %d", policy, distance).isLessThan(9000 / 8);
            System.arraycopy(before, 0, device.memory, 0, SIZE);
        }
    }

    @Test
    void aRequestOfTheGuestAcrossRangesOfTheRegionIsOne() {
        AddressSpace bus = new AddressSpace(ByteOrder.LITTLE_ENDIAN, AddressSpace.Holes.ERROR);
        bus.map(Mapping.of(0, 64, device, 0));
        bus.map(Mapping.of(64, 64, ram, 0));
        bus.map(Mapping.of(128, 64, device, 128));
        device.broken = 20;
        byte[] read = new byte[192];
        bus.readBytes(0, MemorySegment.ofArray(read), 0, 192, TransferOrder.ASCENDING);
        assertThat(read).startsWith(Arrays.copyOf(numbered(SIZE), 16));
        assertThat(Arrays.copyOfRange(read, 16, 64)).containsOnly(-1);
        assertThat(Arrays.copyOfRange(read, 64, 128)).isEqualTo(Arrays.copyOf(numbered(SIZE), 64));
        assertThat(Arrays.copyOfRange(read, 128, 192)).containsOnly(-1);
        assertThat(last(Direction.READ)).isEqualTo(16);
        bus.writeBytes(0, MemorySegment.ofArray(new byte[192]), 0, 192, TransferOrder.ASCENDING);
        assertThat(last(Direction.WRITE)).isEqualTo(16);
        assertThat(Arrays.copyOfRange(ram.memory, 0, 64)).containsOnly(0);
    }

    @Test
    void aScalarAcrossRangesOfTheRegionIsOnesFromThereOn() {
        AddressSpace bus = new AddressSpace(ByteOrder.LITTLE_ENDIAN, AddressSpace.Holes.ERROR);
        bus.map(Mapping.of(0, 8, device, 0));
        bus.map(Mapping.of(8, 8, device, 1000));
        device.broken = 6;
        assertThat(bus.read(5, 8)).isEqualTo(-1L << 8 | numbered(8)[5] & 0xffL);
        bus.write(5, 8, 0);
        assertThat(device.memory[1000]).isEqualTo(numbered(SIZE)[1000]);
    }
}
