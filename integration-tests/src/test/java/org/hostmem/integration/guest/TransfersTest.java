package org.hostmem.integration.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.hostmem.AccessOptions;
import org.hostmem.AccessRejectedException;
import org.hostmem.CacheMode;
import org.hostmem.FaultPolicy;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.OverlapPolicy;
import org.hostmem.RegionClosedException;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;
import org.hostmem.spi.HostMemoryProvider;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Bytes arrive where they belong, through every routine that a transfer may choose; which accesses they are made of is
 * seen by TransferTest of the api and by the lab.
 */
class TransfersTest {

    private static final int SMALL = 160;

    private final Random random = new Random(1);

    /** Providers, and modes of source and target. */
    static Stream<Arguments> pairs() {
        return Regions.providers().stream()
                .flatMap(provider -> Stream.of(CacheMode.NORMAL, CacheMode.WRITE_COMBINING, CacheMode.NONCACHED)
                        .flatMap(source -> Stream.of(CacheMode.NORMAL, CacheMode.WRITE_COMBINING, CacheMode.NONCACHED)
                                .map(target -> Arguments.of(provider, source, target))));
    }

    static Stream<Arguments> modes() {
        return Regions.providers().stream()
                .flatMap(provider -> Stream.of(CacheMode.values()).map(mode -> Arguments.of(provider, mode)));
    }

    private MemorySegment randomMemory(long size) {
        byte[] bytes = new byte[(int) size];
        random.nextBytes(bytes);
        return Regions.memory(size).copyFrom(MemorySegment.ofArray(bytes));
    }

    private static MemorySegment copyOf(MemorySegment memory) {
        return Arena.ofAuto().allocate(memory.byteSize()).copyFrom(memory);
    }

    private static void assertSame(MemorySegment actual, MemorySegment expected, Object... what) {
        long at = actual.mismatch(expected);
        if (at != -1) {
            throw new AssertionError("byte " + at + " of " + List.of(what));
        }
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void allSmallCopiesAtAllAlignments(HostMemoryProvider provider, CacheMode sourceMode, CacheMode targetMode) {
        MemorySegment sourceMemory = randomMemory(SMALL);
        MemorySegment targetMemory = Regions.memory(SMALL);
        HostMemoryAccessor source = Regions.open(provider, sourceMemory, sourceMode);
        HostMemoryAccessor target = Regions.open(provider, targetMemory, targetMode);
        MemorySegment expected = Regions.memory(SMALL);
        for (TransferOrder order : TransferOrder.values()) {
            Transfer how = Transfer.DEFAULT.with(order);
            for (int length = 0; length <= 70; length++) {
                for (int from = 0; from < 9; from++) {
                    for (int to = 0; to < 33; to++) {
                        targetMemory.fill((byte) 0);
                        expected.fill((byte) 0);
                        MemorySegment.copy(sourceMemory, from, expected, to, length);
                        how.copy(source, from, target, to, length);
                        assertSame(targetMemory, expected, order, length, from, to);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void largeCopies(HostMemoryProvider provider, CacheMode sourceMode, CacheMode targetMode) {
        int size = 400_000;
        MemorySegment sourceMemory = randomMemory(size);
        MemorySegment targetMemory = Regions.memory(size);
        HostMemoryAccessor source = Regions.open(provider, sourceMemory, sourceMode);
        HostMemoryAccessor target = Regions.open(provider, targetMemory, targetMode);
        for (int round = 0; round < 60; round++) {
            int length = random.nextInt(300_000);
            int from = random.nextInt(size - length);
            int to = random.nextBoolean() ? from & ~63 | random.nextInt(64) : from;
            to = Math.min(to, size - length);
            MemorySegment expected = copyOf(targetMemory);
            MemorySegment.copy(sourceMemory, from, expected, to, length);
            Transfer.DEFAULT.with(TransferOrder.values()[round & 1]).copy(source, from, target, to, length);
            assertSame(targetMemory, expected, round, length, from, to);
        }
    }

    /** R7: all small sizes within one region, and between views and accessors of the same memory. */
    @ParameterizedTest
    @MethodSource("modes")
    void allSmallMovesAgainstTheNaiveModel(HostMemoryProvider provider, CacheMode mode) {
        MemorySegment memory = Regions.memory(96);
        MemorySegment before = randomMemory(96);
        HostMemoryAccessor region = Regions.open(provider, memory, mode);
        HostMemoryAccessor slice = region.slice(3, 90);
        HostMemoryAccessor alias = Regions.open(
                provider, memory.asSlice(5, 80), mode == CacheMode.NORMAL ? CacheMode.DEVICE : CacheMode.NORMAL);
        MemorySegment expected = Regions.memory(96);
        for (OverlapPolicy policy : new OverlapPolicy[] {OverlapPolicy.KEEP_ORDER, OverlapPolicy.MEMMOVE_ORDER}) {
            Transfer how = Transfer.DEFAULT.with(policy).withBudget(1000);
            for (int length = 0; length <= 40; length++) {
                for (int from = 5; from <= 30; from++) {
                    for (int to = 5; to <= 40; to++) {
                        expected.copyFrom(before);
                        MemorySegment.copy(before, from, expected, to, length);
                        memory.copyFrom(before);
                        region.move(
                                from, to, length, Transfer.DEFAULT.with(policy).withBudget(1000));
                        assertSame(memory, expected, policy, length, from, to);
                        memory.copyFrom(before);
                        how.copy(slice, from - 3, region, to, length);
                        assertSame(memory, expected, "slice", policy, length, from, to);
                        memory.copyFrom(before);
                        how.copy(region, from, alias, to - 5, length);
                        assertSame(memory, expected, "alias", policy, length, from, to);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("modes")
    void largeMovesAgainstTheNaiveModel(HostMemoryProvider provider, CacheMode mode) {
        int size = 500_000;
        MemorySegment memory = randomMemory(size);
        HostMemoryAccessor region = Regions.open(provider, memory, mode);
        for (int round = 0; round < 60; round++) {
            int length = random.nextInt(250_000);
            int from = random.nextInt(size - length);
            int distance = random.nextBoolean()
                    ? random.nextInt(-100, 100) * (random.nextBoolean() ? 8 : 1)
                    : random.nextInt(-250_000, 250_000);
            int to = Math.clamp(from + distance, 0, size - length);
            OverlapPolicy policy = OverlapPolicy.values()[round & 1];
            MemorySegment before = copyOf(memory);
            MemorySegment expected = copyOf(memory);
            MemorySegment.copy(before, from, expected, to, length);
            region.move(from, to, length, Transfer.DEFAULT.with(policy).withBudget(size));
            assertSame(memory, expected, policy, length, from, to);
        }
    }

    @ParameterizedTest
    @MethodSource("modes")
    void overBudgetIsRefusedBeforeTheFirstByte(HostMemoryProvider provider, CacheMode mode) {
        MemorySegment memory = randomMemory(300_000);
        MemorySegment before = copyOf(memory);
        HostMemoryAccessor region = Regions.open(provider, memory, mode);
        assertThatExceptionOfType(AccessRejectedException.class)
                .isThrownBy(() -> region.move(0, 100_000, 200_000, Transfer.DEFAULT.withBudget(99_999)));
        assertThatExceptionOfType(AccessRejectedException.class)
                .isThrownBy(() -> region.move(0, 149_999, 150_000, Transfer.DEFAULT.withBudget(0)));
        assertThatExceptionOfType(AccessRejectedException.class)
                .isThrownBy(() -> region.move(0, 1, 2, Transfer.DEFAULT.with(OverlapPolicy.REJECT)));
        assertSame(memory, before);
        region.move(0, 100_000, 200_000, Transfer.DEFAULT.withBudget(100_000));
        assertThat(memory.asSlice(100_000).mismatch(before.asSlice(0, 200_000))).isEqualTo(-1);
    }

    @ParameterizedTest
    @MethodSource("modes")
    void aClosedSideIsTold(HostMemoryProvider provider, CacheMode mode) {
        HostMemoryAccessor source = Regions.open(provider, Regions.memory(64), mode);
        HostMemoryAccessor target = Regions.open(provider, Regions.memory(64), CacheMode.NORMAL);
        HostMemoryAccessor slice = source.slice(0, 64);
        source.close();
        assertThatExceptionOfType(RegionClosedException.class)
                .isThrownBy(() -> Transfer.DEFAULT.copy(slice, 0, target, 0, 8));
        assertThatExceptionOfType(RegionClosedException.class)
                .isThrownBy(() -> Transfer.DEFAULT.copy(target, 0, slice, 0, 8));
    }

    @ParameterizedTest
    @MethodSource("modes")
    void copiesDoNotDependOnTheFaultPolicy(HostMemoryProvider provider, CacheMode mode) {
        MemorySegment memory = randomMemory(20_000);
        MemorySegment to = Regions.memory(20_000);
        Transfer.DEFAULT.copy(
                Regions.open(provider, memory, mode, AccessOptions.DEFAULT.with(FaultPolicy.UNSUPPORTED_REQUEST)),
                0,
                Regions.open(provider, to, CacheMode.NORMAL),
                0,
                20_000);
        assertSame(to, memory);
    }
}
