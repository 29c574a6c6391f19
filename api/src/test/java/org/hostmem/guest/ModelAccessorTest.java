package org.hostmem.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.hostmem.AccessRejectedException;
import org.hostmem.Barrier;
import org.hostmem.Direction;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.OverlapPolicy;
import org.hostmem.RegionBoundsException;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;
import org.hostmem.guest.AddressSpace.Holes;
import org.junit.jupiter.api.Test;

/** What an address space gives for a device model, or a hole: an accessor as any other. */
class ModelAccessorTest {

    private static final int SIZE = 64;

    private final List<String> calls = new ArrayList<>();
    private final DeviceModel model = new DeviceModel() {
        @Override
        public long read(long offset, int width) {
            calls.add("r" + width + "@" + offset);
            return 0xf8f7_f6f5_f4f3_f2f1L;
        }

        @Override
        public void write(long offset, int width, long value) {
            calls.add("w" + width + "@" + offset + "=" + Long.toHexString(value));
        }
    };
    private final HostMemoryAccessor accessor = of(ByteOrder.LITTLE_ENDIAN);

    private HostMemoryAccessor of(ByteOrder order) {
        AddressSpace space = new AddressSpace(order, Holes.ALL_ONES);
        space.map(Mapping.of(0x1000, SIZE, model));
        return space.find(0x1000).accessor();
    }

    @Test
    void everyWidthIsOneCallOfThatWidth() {
        assertThat(accessor.readByte(1)).isEqualTo((byte) 0xf1);
        assertThat(accessor.readShort(2)).isEqualTo((short) 0xf2f1);
        assertThat(accessor.readInt(3)).isEqualTo(0xf4f3_f2f1);
        assertThat(accessor.readLong(8)).isEqualTo(0xf8f7_f6f5_f4f3_f2f1L);
        accessor.writeByte(1, (byte) -1);
        accessor.writeShort(2, (short) -1);
        accessor.writeInt(3, -1);
        accessor.writeLong(8, -1);
        assertThat(calls)
                .containsExactly(
                        "r1@1",
                        "r2@2",
                        "r4@3",
                        "r8@8",
                        "w1@1=ff",
                        "w2@2=ffff",
                        "w4@3=ffffffff",
                        "w8@8=ffffffffffffffff");
    }

    @Test
    void aFillIsAlignedWritesOfTheByte() {
        accessor.fill(5, 20, (byte) 0xa5);
        assertThat(calls)
                .containsExactly("w1@5=a5", "w2@6=a5a5", "w8@8=a5a5a5a5a5a5a5a5", "w8@16=a5a5a5a5a5a5a5a5", "w1@24=a5");
    }

    @Test
    void aTransferMovesExactlyItsBytesOnBothSides() {
        byte[] ram = {9, 9, 9, 9, 9, 9, 9, 9, 9};
        accessor.readBytes(6, MemorySegment.ofArray(ram), 1, 7, TransferOrder.RELAXED);
        assertThat(calls).containsExactly("r2@6", "r4@8", "r1@12");
        assertThat(ram).containsExactly(9, 0xf1, 0xf2, 0xf1, 0xf2, 0xf3, 0xf4, 0xf1, 9);
        calls.clear();
        accessor.writeBytes(6, MemorySegment.ofArray(new byte[] {0, 1, 2, 3, 4, 5, 6, 7}), 1, 7, TransferOrder.RELAXED);
        assertThat(calls).containsExactly("w2@6=201", "w4@8=6050403", "w1@12=7");
    }

    @Test
    void plansAreWhatIsDone() {
        accessor.readBytes(3, MemorySegment.ofArray(new byte[30]));
        accessor.writeBytes(3, MemorySegment.ofArray(new byte[30]));
        List<String> planned = new ArrayList<>();
        accessor.planBulk(Direction.READ, 3, 30, TransferOrder.ASCENDING)
                .forEach((offset, width) -> planned.add("r" + width + "@" + offset));
        accessor.planBulk(Direction.WRITE, 3, 30, TransferOrder.ASCENDING)
                .forEach((offset, width) -> planned.add("w" + width + "@" + offset + "=0"));
        assertThat(calls).isEqualTo(planned);
        assertThat(accessor.planScalar(3, 4)).hasToString("SINGLE 4@3");
        assertThat(accessor.planBulk(Direction.READ, 6, 7, TransferOrder.RELAXED))
                .hasToString("BULK 2@6 4@8 1@12");
    }

    @Test
    void everythingIsCheckedBeforeTheModelIsCalled() {
        MemorySegment ram = MemorySegment.ofArray(new byte[16]);
        for (long bad : new long[] {-1, SIZE - 7, Long.MAX_VALUE}) {
            assertThatExceptionOfType(RegionBoundsException.class).isThrownBy(() -> accessor.readLong(bad));
            assertThatExceptionOfType(RegionBoundsException.class).isThrownBy(() -> accessor.writeLong(bad, 1));
            assertThatExceptionOfType(RegionBoundsException.class)
                    .isThrownBy(() -> accessor.readBytes(bad, ram, 0, 8, TransferOrder.ASCENDING));
            assertThatExceptionOfType(RegionBoundsException.class)
                    .isThrownBy(() -> accessor.writeBytes(bad, ram, 0, 8, TransferOrder.ASCENDING));
            assertThatExceptionOfType(RegionBoundsException.class).isThrownBy(() -> accessor.fill(bad, 8, (byte) 0));
            assertThatExceptionOfType(RegionBoundsException.class).isThrownBy(() -> accessor.planScalar(bad, 8));
            assertThatExceptionOfType(RegionBoundsException.class)
                    .isThrownBy(() -> accessor.planBulk(Direction.READ, bad, 8, TransferOrder.ASCENDING));
        }
        for (int width : new int[] {-1, 0, 3, 16}) {
            assertThatIllegalArgumentException().isThrownBy(() -> accessor.read(0, width));
            assertThatIllegalArgumentException().isThrownBy(() -> accessor.write(0, width, 0));
            assertThatIllegalArgumentException().isThrownBy(() -> accessor.planScalar(0, width));
        }
        assertThatExceptionOfType(IndexOutOfBoundsException.class)
                .isThrownBy(() -> accessor.readBytes(0, ram, 9, 8, TransferOrder.ASCENDING));
        assertThatExceptionOfType(IndexOutOfBoundsException.class)
                .isThrownBy(() -> accessor.writeBytes(0, ram, 9, 8, TransferOrder.ASCENDING));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> accessor.readBytes(0, ram.asReadOnly(), 0, 8, TransferOrder.ASCENDING))
                .withMessageContaining("read-only");
        assertThatNullPointerException().isThrownBy(() -> accessor.readBytes(0, ram, 0, 8, null));
        assertThatNullPointerException().isThrownBy(() -> accessor.writeBytes(0, ram, 0, 8, null));
        assertThatNullPointerException().isThrownBy(() -> accessor.barrier(null));
        assertThat(calls).isEmpty();
    }

    @Test
    void itPromisesWhatAModelCanHold() {
        assertThat(accessor.guarantees())
                .contains(Guarantee.EXACT_WIDTH, Guarantee.EXACTLY_ONCE, Guarantee.UNALIGNED_SINGLE)
                .doesNotContain(Guarantee.NO_ALLOCATION);
        assertThat(accessor.rules().isa()).isEqualTo("emulated");
        assertThat(accessor.rules().barriers()).containsOnlyKeys(Barrier.values());
        assertThat(of(ByteOrder.BIG_ENDIAN).options().byteOrder()).isEqualTo(ByteOrder.BIG_ENDIAN);
    }

    @Test
    void aHoleOfErrorsNamesTheGuestsAddress() {
        AddressSpace strict = new AddressSpace(ByteOrder.LITTLE_ENDIAN, Holes.ERROR);
        strict.map(Mapping.of(0, 0x20, model));
        assertThatExceptionOfType(RegionBoundsException.class)
                .isThrownBy(() -> strict.read(0x28, 4))
                .withMessageContaining("0x28")
                .satisfies(fault -> assertThat(fault.guestAddress()).hasValue(0x28));
        strict.find(0x28).accessor().check(Direction.READ, 0, 0);
    }

    /** A device with bytes, which are the same wherever it is mapped. */
    private static final class Bytes implements DeviceModel {

        private final byte[] bytes = new byte[0x8000];

        @Override
        public long read(long offset, int width) {
            long value = 0;
            for (int i = width - 1; i >= 0; i--) {
                value = value << 8 | bytes[(int) offset + i] & 0xff;
            }
            return value;
        }

        @Override
        public void write(long offset, int width, long value) {
            for (int i = 0; i < width; i++) {
                bytes[(int) offset + i] = (byte) (value >> 8 * i);
            }
        }
    }

    @Test
    void oneModelAtTwoAddressesIsTheSameMemory() {
        Bytes model = new Bytes();
        new Random(3).nextBytes(model.bytes);
        byte[] before = model.bytes.clone();
        AddressSpace bus = new AddressSpace(ByteOrder.LITTLE_ENDIAN, AddressSpace.Holes.ERROR);
        bus.map(Mapping.of(0x10_0000, 0x8000, model));
        bus.map(Mapping.of(0x50_0000, 0x8000, model));
        Transfer.DEFAULT.copy(bus.ranges(0x10_0000, 20_000), bus.ranges(0x50_0064, 20_000));
        assertThat(Arrays.copyOfRange(model.bytes, 100, 20_100)).isEqualTo(Arrays.copyOf(before, 20_000));
        assertThatThrownBy(() -> Transfer.DEFAULT
                        .with(OverlapPolicy.REJECT)
                        .copy(bus.ranges(0x10_0000, 20_000), bus.ranges(0x50_0064, 20_000)))
                .isInstanceOf(AccessRejectedException.class);
    }

    @Test
    void holesAreNoMemory() {
        AddressSpace bus = new AddressSpace(ByteOrder.LITTLE_ENDIAN, AddressSpace.Holes.ALL_ONES);
        bus.map(Mapping.of(0x10_0000, 0x8000, new Bytes()));
        assertThatCode(() -> Transfer.DEFAULT
                        .with(OverlapPolicy.REJECT)
                        .copy(bus.ranges(0x1000, 100), bus.ranges(0x20_0000, 100)))
                .doesNotThrowAnyException();
    }
}
