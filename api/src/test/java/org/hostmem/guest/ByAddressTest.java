package org.hostmem.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.Barrier;
import org.hostmem.CacheMode;
import org.hostmem.Fake;
import org.hostmem.RegionBoundsException;
import org.hostmem.RegionFaultException;
import org.hostmem.guest.AddressSpace.Holes;
import org.junit.jupiter.api.Test;

/** What is asked by guest-physical address: two memories of 64 bytes, one behind the other, and nothing after them. */
class ByAddressTest {

    private static final long START = 0x1000;
    private static final int SIZE = 64;

    private final AddressSpace space = new AddressSpace(ByteOrder.LITTLE_ENDIAN, Holes.ERROR);
    private final Fake low = new Fake(SIZE);
    private final Fake high = new Fake(SIZE);

    ByAddressTest() {
        space.map(Mapping.of(START, low));
        space.map(Mapping.of(START + SIZE, high));
    }

    private byte[] bytes() {
        byte[] all = Arrays.copyOf(low.memory, 2 * SIZE);
        System.arraycopy(high.memory, 0, all, SIZE, SIZE);
        return all;
    }

    @Test
    void aFillWritesItsBytesAndNoOthersAcrossRanges() {
        Random random = new Random(5);
        byte[] expected = bytes();
        for (int round = 0; round < 500; round++) {
            int from = random.nextInt(2 * SIZE);
            int length = random.nextInt(2 * SIZE - from + 1);
            byte value = (byte) random.nextInt();
            Arrays.fill(expected, from, from + length, value);
            space.fill(START + from, length, value);
            assertThat(bytes()).isEqualTo(expected);
        }
    }

    @Test
    void aFillIsRefusedBeforeItsFirstByte() {
        assertThatExceptionOfType(RegionBoundsException.class)
                .isThrownBy(() -> space.fill(START, 2 * SIZE + 1, (byte) 1));
        assertThat(bytes()).containsOnly(0);
    }

    @Test
    void aFaultOfAFillCountsTheBytesOfAllRangesBeforeIt() {
        high.broken = 8;
        RegionFaultException fault =
                catchThrowableOfType(RegionFaultException.class, () -> space.fill(START + 32, SIZE, (byte) 1));
        assertThat(fault.completed()).isEqualTo(40);
    }

    @Test
    void anArrayIsWrittenAndReadAcrossRanges() {
        Random random = new Random(6);
        byte[] expected = bytes();
        byte[] ram = new byte[3 * SIZE];
        for (int round = 0; round < 500; round++) {
            int from = random.nextInt(2 * SIZE);
            int length = random.nextInt(2 * SIZE - from + 1);
            int at = random.nextInt(SIZE);
            random.nextBytes(ram);
            System.arraycopy(ram, at, expected, from, length);
            space.writeBytes(START + from, ram, at, length);
            assertThat(bytes()).isEqualTo(expected);
            byte[] read = new byte[3 * SIZE];
            space.readBytes(START, read, at, 2 * SIZE);
            assertThat(Arrays.copyOfRange(read, at, at + 2 * SIZE)).isEqualTo(expected);
        }
    }

    @Test
    void anArrayThatIsTooShortIsRefused() {
        assertThatExceptionOfType(IndexOutOfBoundsException.class)
                .isThrownBy(() -> space.writeBytes(START, new byte[8], 1, 8));
        assertThat(low.log).isEmpty();
    }

    @Test
    void aBarrierIsThatOfTheMemoryAtItsAddress() {
        space.fill(START, 2 * SIZE, (byte) 1);
        space.barrier(START + SIZE, Barrier.TO_DEVICE);
        assertThat(low.barriers).isEmpty();
        assertThat(high.barriers).hasSize(1);
    }

    @Test
    void anAtomicAccessOfADeviceIsRefused() {
        AccessRejectedException refused = catchThrowableOfType(
                AccessRejectedException.class, () -> space.atomics().getAndAdd(START, 8, 1));
        assertThat(refused.reason()).isEqualTo(Reason.DEVICE_MEMORY);
    }

    @Test
    void anAtomicAccessAcrossRangesIsRefused() {
        AccessRejectedException refused = catchThrowableOfType(
                AccessRejectedException.class, () -> space.atomics().getAndAdd(START + SIZE - 4, 8, 1));
        assertThat(refused.reason()).isEqualTo(Reason.UNALIGNED);
    }

    @Test
    void anAtomicAccessOfAHoleIsWhatTheSpaceSaysOfHoles() {
        assertThatExceptionOfType(RegionBoundsException.class)
                .isThrownBy(() -> space.atomics().getAcquire(0, 4));
    }

    @Test
    void aRangeKnowsItsMappingAndAHoleHasNone() {
        Mapping mapping = Mapping.of(0x9000, new Fake(new byte[8], 0, 8, CacheMode.NORMAL, 8, Fake.noLog()));
        space.map(mapping);
        assertThat(space.find(0x9004).mapping()).isSameAs(mapping);
        assertThat(space.find(0x9008).mapping()).isNull();
    }
}
