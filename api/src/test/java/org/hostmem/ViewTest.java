package org.hostmem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

/** Views of an accessor that has no faster ones of its own. */
class ViewTest {

    private static final int BASE = 24;
    private static final int SIZE = 40;

    private final List<Fake.Access> log = new ArrayList<>();
    private final Fake whole = new Fake(new byte[100], 0, 100, CacheMode.DEVICE, 8, log);
    private final HostMemoryAccessor slice = whole.slice(BASE, SIZE);

    /** All that can be done to 8 bytes at an offset; what writes begins with a w. */
    private static Map<String, BiConsumer<HostMemoryAccessor, Long>> operations() {
        Map<String, BiConsumer<HostMemoryAccessor, Long>> all = new LinkedHashMap<>();
        all.put("r long", HostMemoryAccessor::readLong);
        all.put("r width", (region, offset) -> region.read(offset, 8));
        all.put("r segment", (region, offset) -> region.readBytes(offset, MemorySegment.ofArray(new byte[8])));
        all.put("r array", (region, offset) -> region.readBytes(offset, new byte[8], 0, 8));
        all.put("w long", (region, offset) -> region.writeLong(offset, 1));
        all.put("w width", (region, offset) -> region.write(offset, 8, 1));
        all.put("w segment", (region, offset) -> region.writeBytes(offset, MemorySegment.ofArray(new byte[8])));
        all.put("w array", (region, offset) -> region.writeBytes(offset, new byte[8], 0, 8));
        all.put("w fill", (region, offset) -> region.fill(offset, 8, (byte) 1));
        all.put(
                "w move from",
                (region, offset) -> region.move(offset, 0, 8, Transfer.DEFAULT.with(OverlapPolicy.MEMMOVE_ORDER)));
        all.put(
                "w move to",
                (region, offset) -> region.move(0, offset, 8, Transfer.DEFAULT.with(OverlapPolicy.MEMMOVE_ORDER)));
        return all;
    }

    private static Map<String, BiConsumer<HostMemoryAccessor, Long>> plans() {
        Map<String, BiConsumer<HostMemoryAccessor, Long>> all = new LinkedHashMap<>();
        all.put("r scalar", (region, offset) -> region.planScalar(offset, 8));
        all.put("r bulk", (region, offset) -> region.planBulk(Direction.READ, offset, 8, TransferOrder.RELAXED));
        all.put(
                "w move from",
                (region, offset) -> region.planMove(offset, 0, 8, Transfer.DEFAULT.with(OverlapPolicy.MEMMOVE_ORDER)));
        all.put(
                "w move to",
                (region, offset) -> region.planMove(0, offset, 8, Transfer.DEFAULT.with(OverlapPolicy.MEMMOVE_ORDER)));
        return all;
    }

    @Test
    void aClosedViewEndsTheViewsMadeOfItAndNotTheRegion() {
        HostMemoryAccessor child = slice.slice(8, 16);
        slice.close();
        for (HostMemoryAccessor ended : List.of(slice, child)) {
            assertThatExceptionOfType(RegionClosedException.class).isThrownBy(() -> ended.readByte(0));
            assertThatExceptionOfType(RegionClosedException.class).isThrownBy(() -> ended.planScalar(0, 4));
            assertThatExceptionOfType(RegionClosedException.class)
                    .isThrownBy(() -> ended.planBulk(Direction.READ, 0, 0, TransferOrder.RELAXED));
            assertThatExceptionOfType(RegionClosedException.class).isThrownBy(() -> ended.slice(0, 1));
        }
        whole.writeByte(BASE, (byte) 3);
        assertThat(whole.slice(BASE, 8).readByte(0)).isEqualTo((byte) 3);
    }

    @Test
    void everyWidthLiesAtTheSlicesOffset() {
        slice.writeByte(1, (byte) 0x81);
        slice.writeShort(2, (short) 0x8283);
        slice.writeInt(4, 0x8485_8687);
        slice.writeLong(8, 0x8889_8a8b_8c8d_8e8fL);
        assertThat(MemorySegment.ofArray(whole.memory).asSlice(BASE, 16).toArray(ValueLayout.JAVA_BYTE))
                .containsExactly(
                        0, 0x81, 0x83, 0x82, 0x87, 0x86, 0x85, 0x84, 0x8f, 0x8e, 0x8d, 0x8c, 0x8b, 0x8a, 0x89, 0x88);
        assertThat(slice.readByte(1)).isEqualTo((byte) 0x81);
        assertThat(slice.readShort(2)).isEqualTo((short) 0x8283);
        assertThat(slice.readInt(4)).isEqualTo(0x8485_8687);
        assertThat(slice.readLong(8)).isEqualTo(0x8889_8a8b_8c8d_8e8fL);
        assertThat(slice.read(4, 4)).isEqualTo(0x8485_8687L);
    }

    @Test
    void aViewOfTheOtherByteOrderSwapsEveryWidth() {
        HostMemoryAccessor big = slice.withByteOrder(ByteOrder.BIG_ENDIAN);
        big.write(0, 2, 0x8182);
        big.write(2, 1, 0x83);
        big.write(4, 4, 0x8485_8687L);
        big.write(8, 8, 0x8889_8a8b_8c8d_8e8fL);
        assertThat(MemorySegment.ofArray(whole.memory).asSlice(BASE, 16).toArray(ValueLayout.JAVA_BYTE))
                .containsExactly(
                        0x81, 0x82, 0x83, 0, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f);
        assertThat(big.read(0, 2)).isEqualTo(0x8182);
        assertThat(big.read(2, 1)).isEqualTo(0x83);
        assertThat(big.read(4, 4)).isEqualTo(0x8485_8687L);
        assertThat(big.read(8, 8)).isEqualTo(0x8889_8a8b_8c8d_8e8fL);
        assertThat(big.withByteOrder(ByteOrder.LITTLE_ENDIAN).read(0, 2)).isEqualTo(0x8281);
    }

    @Test
    void transfersLieAtTheSlicesOffset() {
        slice.writeBytes(3, MemorySegment.ofArray(new byte[] {1, 2, 3}));
        slice.writeBytes(6, new byte[] {0, 4, 5}, 1, 2);
        slice.fill(8, 2, (byte) 6);
        slice.move(3, 10, 3, Transfer.DEFAULT.with(OverlapPolicy.REJECT));
        byte[] segment = new byte[13];
        slice.readBytes(0, MemorySegment.ofArray(segment));
        assertThat(segment).containsExactly(0, 0, 0, 1, 2, 3, 4, 5, 6, 6, 1, 2, 3);
        byte[] array = new byte[15];
        slice.readBytes(1, array, 3, 12);
        assertThat(array).containsExactly(0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 6, 1, 2, 3);
        assertThat(whole.memory[BASE + 12]).isEqualTo((byte) 3);
    }

    /** Offsets that the region has, and the view has not. */
    @Test
    void everythingOutsideTheViewIsRefusedBeforeTheFirstAccess() {
        Map<String, BiConsumer<HostMemoryAccessor, Long>> all = operations();
        plans().forEach((name, plan) -> all.put("plan of " + name, plan));
        all.forEach((name, operation) -> {
            for (long offset : new long[] {-1, SIZE - 7, SIZE, 100, Long.MAX_VALUE, Long.MIN_VALUE}) {
                assertThatExceptionOfType(RegionBoundsException.class)
                        .as(name + " at " + offset)
                        .isThrownBy(() -> operation.accept(slice, offset))
                        .withMessageContaining("40 bytes");
            }
        });
        assertThat(log).isEmpty();
        all.values().forEach(operation -> operation.accept(slice, SIZE - 8L));
    }

    @Test
    void anEmptyTransferMustLieInTheViewToo() {
        assertThatExceptionOfType(RegionBoundsException.class)
                .isThrownBy(() -> slice.planBulk(Direction.READ, SIZE + 1, 0, TransferOrder.RELAXED));
        assertThatExceptionOfType(RegionBoundsException.class)
                .isThrownBy(() -> slice.planBulk(Direction.READ, 1, -1, TransferOrder.RELAXED));
        assertThat(slice.planBulk(Direction.READ, SIZE, 0, TransferOrder.RELAXED)
                        .accesses())
                .isZero();
        assertThat(slice.planBulk(Direction.READ, 0, 0, TransferOrder.RELAXED).accesses())
                .isZero();
        slice.check(Direction.WRITE, SIZE, 0);
    }

    @Test
    void aSliceMustLieInTheRegion() {
        for (long[] bad :
                new long[][] {{-1, 1}, {1, -1}, {-1, -1}, {100, 1}, {101, 0}, {1, 100}, {1, Long.MAX_VALUE}}) {
            assertThatExceptionOfType(RegionBoundsException.class)
                    .as("%d, %d", bad[0], bad[1])
                    .isThrownBy(() -> whole.slice(bad[0], bad[1]));
        }
        assertThat(whole.slice(0, 100).size()).isEqualTo(100);
        assertThat(whole.slice(100, 0).size()).isZero();
        assertThat(whole.slice(0, 0).size()).isZero();
    }

    @Test
    void aReadOnlyViewRefusesEveryWriteAndNoRead() {
        HostMemoryAccessor view = slice.readOnly();
        operations().forEach((name, operation) -> {
            if (name.startsWith("w")) {
                AccessRejectedException refused =
                        catchThrowableOfType(AccessRejectedException.class, () -> operation.accept(view, 0L));
                assertThat(refused).as(name).hasMessageContaining("read-only");
                assertThat(refused.reason()).isEqualTo(AccessRejectedException.Reason.NOT_WRITABLE);
            } else {
                operation.accept(view, 0L);
            }
        });
        assertThat(log).allSatisfy(access -> assertThat(access.direction()).isEqualTo(Direction.READ));
        assertThat(view.slice(0, 8)
                        .withByteOrder(ByteOrder.BIG_ENDIAN)
                        .capabilities()
                        .writable())
                .isFalse();
    }

    @Test
    void aRegionThatMayNotBeReadSaysSo() {
        Fake blind = new Fake(16) {
            @Override
            public RegionCapabilities capabilities() {
                return RegionCapabilities.whole(16, CacheMode.DEVICE, CacheModeSource.ASSERTED)
                        .withAreas(List.of())
                        .withRights(false, true);
            }
        };
        AccessRejectedException refused = catchThrowableOfType(
                AccessRejectedException.class, () -> blind.slice(0, 8).readInt(0));
        assertThat(refused.reason()).isEqualTo(AccessRejectedException.Reason.NOT_READABLE);
        blind.slice(0, 8).writeInt(0, 1);
        assertThat(blind.slice(0, 8).planScalar(4, 4))
                .as("a plan says what a write would be, too")
                .hasToString("SINGLE 4@4");
        assertThat(blind.slice(0, 8)
                        .planBulk(Direction.WRITE, 0, 0, TransferOrder.RELAXED)
                        .accesses())
                .isZero();
    }

    @Test
    void aClosedViewRefusesEverythingAndItsRegionNothing() {
        slice.close();
        slice.close();
        operations()
                .forEach((name, operation) -> assertThatExceptionOfType(RegionClosedException.class)
                        .as(name)
                        .isThrownBy(() -> operation.accept(slice, 0L)));
        assertThat(log).isEmpty();
        whole.readInt(BASE);
    }

    @Test
    void aViewOfAClosedRegionRefusesEverything() {
        whole.close();
        assertThatExceptionOfType(RegionClosedException.class).isThrownBy(() -> slice.check(Direction.READ, 0, 0));
        operations()
                .forEach((name, operation) -> assertThatExceptionOfType(RegionClosedException.class)
                        .as(name)
                        .isThrownBy(() -> operation.accept(slice, 0L)));
    }

    @Test
    void aFaultIsToldAtTheViewsOffset() {
        whole.broken = BASE + 16;
        operations().forEach((name, operation) -> {
            RegionFaultException fault =
                    catchThrowableOfType(RegionFaultException.class, () -> operation.accept(slice, 16L));
            assertThat(fault).as(name).isNotNull();
            assertThat(fault.offset()).as(name).isEqualTo(16);
            assertThat(fault.completed()).as(name).isZero();
        });
    }

    @Test
    void plansAreTheRegionsAtTheViewsOffsets() {
        assertThat(slice.planScalar(3, 4)).hasToString("SPLIT 1@3 2@4 1@6");
        assertThat(slice.planBulk(Direction.WRITE, 3, 7, TransferOrder.ASCENDING))
                .hasToString("BULK 1@3 4@4 2@8");
        assertThat(whole.slice(1, 50).planScalar(3, 4)).hasToString("SINGLE 4@3");
        assertThat(slice.planMove(1, 4, 8, Transfer.DEFAULT.withBudget(3)))
                .hasToString("BUFFERED 3, reads 1@1 2@2 4@4 1@8, writes 2x4@4");
    }

    /** Whatever else is wrong. */
    @Test
    void aWidthThatIsNoneIsRefusedAsSuch() {
        for (int width : new int[] {-1, 0, 3, 16, 1000}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> slice.read(0, width))
                    .withMessageContaining("width " + width);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> slice.write(0, width, 1))
                    .withMessageContaining("width " + width);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> slice.planScalar(0, width))
                    .withMessageContaining("width " + width);
        }
        assertThat(log).isEmpty();
    }

    @Test
    void rulesGuaranteesAndBarriersAreTheRegions() {
        Fake promising = new Fake(16) {
            @Override
            public Set<Guarantee> guarantees() {
                return Set.of(Guarantee.EXACT_WIDTH);
            }
        };
        HostMemoryAccessor view = promising.slice(0, 8);
        assertThat(view.rules()).isSameAs(promising.rules());
        assertThat(view.guarantees()).containsExactly(Guarantee.EXACT_WIDTH);
        view.readByte(0);
        view.barrier(Barrier.TO_DEVICE);
        assertThat(promising.barriers).containsExactly("TO_DEVICE after 1");
    }

    @Test
    void theSegmentOfAViewIsItsPart() {
        Fake ram = new Fake(100) {
            @Override
            public MemorySegment asSegment() {
                return MemorySegment.ofArray(memory);
            }
        };
        HostMemoryAccessor part = ram.slice(10, 20);
        part.asSegment().set(ValueLayout.JAVA_BYTE, 19, (byte) 5);
        assertThat(ram.memory[29]).isEqualTo((byte) 5);
        assertThat(part.asSegment().byteSize()).isEqualTo(20);
        assertThat(part.asSegment().isReadOnly()).isFalse();
        assertThat(part.readOnly().asSegment().isReadOnly()).isTrue();
    }

    @Test
    void aTransferFindsAnOverlapThroughViewsOfViews() {
        Fake region = new Fake(10_000);
        assertThat(Transfer.DEFAULT
                        .plan(region.slice(50, 9000).slice(30, 8500), 5, region.slice(1000, 9000), 100, 8000)
                        .buffer())
                .isEqualTo(1100 - 85);
        assertThat(Transfer.DEFAULT
                        .plan(region.slice(50, 9000), 5, new Fake(10_000).slice(1000, 9000), 100, 8000)
                        .buffer())
                .as("of another region")
                .isZero();
    }
}
