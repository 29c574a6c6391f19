package org.hostmem.integration.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.Stream;
import org.hostmem.AccessRejectedException;
import org.hostmem.CacheMode;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.OverlapPolicy;
import org.hostmem.RegionBoundsException;
import org.hostmem.RegionClosedException;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;
import org.hostmem.spi.AccessPlans;
import org.hostmem.spi.HostMemoryProvider;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ViewsTest {

    private final MemorySegment memory = Regions.memory(256);

    static Stream<Arguments> regions() {
        return Regions.providers().stream()
                .flatMap(provider -> Stream.of(CacheMode.values()).map(mode -> Arguments.of(provider, mode)));
    }

    @ParameterizedTest
    @MethodSource("regions")
    void aSliceBeginsAtItsOffset(HostMemoryProvider provider, CacheMode mode) {
        HostMemoryAccessor slice =
                Regions.open(provider, memory, mode).slice(5, 100).slice(3, 90);
        slice.write(8, 4, 0x0403_0201);
        slice.writeBytes(12, new byte[] {5, 6, 7}, 0, 3);
        assertThat(memory.asSlice(16, 8).toArray(ValueLayout.JAVA_BYTE)).containsExactly(1, 2, 3, 4, 5, 6, 7, 0);
        assertThat(slice.read(8, 8)).isEqualTo(0x0007_0605_0403_0201L);
        assertThat(slice.size()).isEqualTo(90);
        assertThat(slice.capabilities().areas())
                .singleElement()
                .satisfies(area -> assertThat(area.size()).isEqualTo(90));
    }

    @ParameterizedTest
    @MethodSource("regions")
    void aSliceEndsAtItsEnd(HostMemoryProvider provider, CacheMode mode) {
        HostMemoryAccessor region = Regions.open(provider, memory, mode);
        HostMemoryAccessor slice = region.slice(16, 8);
        assertThatExceptionOfType(RegionBoundsException.class).isThrownBy(() -> slice.readLong(1));
        assertThatExceptionOfType(RegionBoundsException.class).isThrownBy(() -> slice.writeByte(8, (byte) 1));
        assertThatExceptionOfType(RegionBoundsException.class).isThrownBy(() -> slice.readByte(-1));
        assertThatExceptionOfType(RegionBoundsException.class)
                .isThrownBy(() -> slice.move(0, 1, 8, Transfer.DEFAULT.with(OverlapPolicy.MEMMOVE_ORDER)));
        for (long[] bad : new long[][] {{0, 257}, {257, 0}, {-1, 1}, {1, -1}, {1, Long.MAX_VALUE}}) {
            assertThatExceptionOfType(RegionBoundsException.class).isThrownBy(() -> region.slice(bad[0], bad[1]));
        }
    }

    @ParameterizedTest
    @MethodSource("regions")
    void theAlignmentThatCountsIsTheAddresss(HostMemoryProvider provider, CacheMode mode) {
        HostMemoryAccessor region = Regions.open(provider, memory, mode);
        HostMemoryAccessor slice = region.slice(3, 100);
        assertThat(slice.planScalar(1, 4)).isEqualTo(AccessPlans.movedBy(region.planScalar(4, 4), -3));
        assertThat(slice.planBulk(Direction.WRITE, 2, 90, TransferOrder.RELAXED))
                .isEqualTo(AccessPlans.movedBy(region.planBulk(Direction.WRITE, 5, 90, TransferOrder.RELAXED), -3));
        for (int offset = 0; offset < 16; offset++) {
            slice.write(offset, 8, 0x8070_6050_4030_2010L + offset);
            assertThat(region.read(offset + 3, 8)).isEqualTo(0x8070_6050_4030_2010L + offset);
        }
    }

    @ParameterizedTest
    @MethodSource("regions")
    void aReadOnlyViewRefusesEveryWriteBeforeIt(HostMemoryProvider provider, CacheMode mode) {
        HostMemoryAccessor view = Regions.open(provider, memory, mode).readOnly();
        assertThat(view.readInt(0)).isZero();
        for (HostMemoryAccessor each : List.of(view, view.slice(0, 32), view.withByteOrder(ByteOrder.BIG_ENDIAN))) {
            assertThatExceptionOfType(AccessRejectedException.class).isThrownBy(() -> each.writeByte(0, (byte) 1));
            assertThatExceptionOfType(AccessRejectedException.class).isThrownBy(() -> each.writeLong(8, 1));
            assertThatExceptionOfType(AccessRejectedException.class).isThrownBy(() -> each.fill(0, 8, (byte) 1));
            assertThatExceptionOfType(AccessRejectedException.class)
                    .isThrownBy(() -> each.writeBytes(0, new byte[] {1}, 0, 1));
            assertThatExceptionOfType(AccessRejectedException.class)
                    .isThrownBy(() -> each.move(0, 8, 8, Transfer.DEFAULT.with(OverlapPolicy.MEMMOVE_ORDER)));
            assertThatExceptionOfType(AccessRejectedException.class)
                    .isThrownBy(() -> each.check(Direction.WRITE, 0, 0));
        }
        assertThat(memory.mismatch(Regions.memory(256))).isEqualTo(-1);
        assertThat(view.capabilities().writable()).isFalse();
    }

    @ParameterizedTest
    @MethodSource("regions")
    void aViewHasAByteOrderOfItsOwn(HostMemoryProvider provider, CacheMode mode) {
        HostMemoryAccessor little = Regions.open(provider, memory, mode);
        HostMemoryAccessor big = little.withByteOrder(ByteOrder.BIG_ENDIAN);
        big.write(0, 2, 0x0102);
        big.write(4, 4, 0x0102_0304);
        big.write(8, 8, 0x0102_0304_0506_0708L);
        assertThat(memory.asSlice(0, 16).toArray(ValueLayout.JAVA_BYTE))
                .containsExactly(1, 2, 0, 0, 1, 2, 3, 4, 1, 2, 3, 4, 5, 6, 7, 8);
        assertThat(little.read(4, 4)).isEqualTo(0x0403_0201);
        assertThat(big.withByteOrder(ByteOrder.LITTLE_ENDIAN).read(8, 8)).isEqualTo(0x0807_0605_0403_0201L);
        assertThat(big.slice(4, 4).read(0, 4)).isEqualTo(0x0102_0304);
    }

    @ParameterizedTest
    @MethodSource("regions")
    void closingAViewEndsItAndTheViewsMadeOfItAndNothingElse(HostMemoryProvider provider, CacheMode mode) {
        HostMemoryAccessor region = Regions.open(provider, memory, mode);
        HostMemoryAccessor view = region.slice(0, 64);
        HostMemoryAccessor viewOfView = view.slice(0, 32);
        view.close();
        view.close();
        assertThatExceptionOfType(RegionClosedException.class).isThrownBy(() -> view.readInt(0));
        assertThatExceptionOfType(RegionClosedException.class).isThrownBy(() -> view.slice(0, 1));
        assertThatExceptionOfType(RegionClosedException.class).isThrownBy(() -> view.check(Direction.READ, 0, 0));
        assertThatExceptionOfType(RegionClosedException.class).isThrownBy(() -> viewOfView.readInt(0));
        assertThat(region.slice(0, 64).readInt(0)).isZero();
        assertThat(region.readInt(0)).isZero();
    }

    @ParameterizedTest
    @MethodSource("regions")
    void closingTheRegionEndsAllViews(HostMemoryProvider provider, CacheMode mode) {
        HostMemoryAccessor region = Regions.open(provider, memory, mode);
        for (int i = 0; i < 100; i++) {
            region.slice(0, 8).close(); // views that are gone are forgotten, those that are not are not
        }
        HostMemoryAccessor first = region.slice(0, 64);
        for (int i = 0; i < 100; i++) {
            region.slice(0, 8).close();
        }
        HostMemoryAccessor second = first.readOnly().withByteOrder(ByteOrder.BIG_ENDIAN);
        region.close();
        for (HostMemoryAccessor each : List.of(first, second)) {
            assertThatExceptionOfType(RegionClosedException.class).isThrownBy(() -> each.readByte(0));
            assertThatExceptionOfType(RegionClosedException.class).isThrownBy(() -> each.readLong(8));
            assertThatExceptionOfType(RegionClosedException.class)
                    .isThrownBy(() -> each.readBytes(1, new byte[3], 0, 3));
            assertThatExceptionOfType(RegionClosedException.class).isThrownBy(() -> each.slice(0, 1));
        }
    }

    @ParameterizedTest
    @MethodSource("regions")
    void onlyNormalMemoryHasASegment(HostMemoryProvider provider, CacheMode mode) {
        HostMemoryAccessor region = Regions.open(provider, memory, mode);
        if (mode.needsExactAccesses()) {
            assertThatExceptionOfType(AccessRejectedException.class)
                    .isThrownBy(region::asSegment)
                    .withMessageContaining(mode.name());
            return;
        }
        HostMemoryAccessor slice = region.slice(8, 16);
        slice.asSegment().set(ValueLayout.JAVA_BYTE, 1, (byte) 7);
        assertThat(region.readByte(9)).isEqualTo((byte) 7);
        assertThat(slice.asSegment().byteSize()).isEqualTo(16);
        assertThat(slice.readOnly().asSegment().isReadOnly()).isTrue();
        region.close();
        assertThatExceptionOfType(RegionClosedException.class).isThrownBy(slice::asSegment);
    }
}
