package org.hostmem.integration.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Random;
import java.util.function.LongBinaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.hostmem.AccessOptions;
import org.hostmem.AccessRejectedException;
import org.hostmem.AccessRejectedException.Reason;
import org.hostmem.Atomics;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.Permanence;
import org.hostmem.RegionBoundsException;
import org.hostmem.RegionCapabilities;
import org.hostmem.RegionClosedException;
import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.spi.MappedRegion;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class AtomicsTest {

    private static final int SIZE = 64;
    private static final int[] WIDTHS = {1, 2, 4, 8};
    private static final List<ByteOrder> ORDERS = List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN);

    @FunctionalInterface
    private interface Change {
        long apply(Atomics atomics, long offset, int width, long operand);
    }

    private final MemorySegment memory = Regions.memory(SIZE);
    private final Random random = new Random(1);

    static Stream<Arguments> providers() {
        return Regions.providers().stream()
                .flatMap(provider -> ORDERS.stream().map(order -> Arguments.of(provider, order)));
    }

    private HostMemoryAccessor open(HostMemoryProvider provider, ByteOrder order) {
        return Regions.open(provider, memory, CacheMode.NORMAL, AccessOptions.DEFAULT.with(order));
    }

    private void randomize() {
        byte[] bytes = new byte[SIZE];
        random.nextBytes(bytes);
        memory.copyFrom(MemorySegment.ofArray(bytes));
    }

    private static long low(long value, int width) {
        return value & -1L >>> 64 - 8 * width;
    }

    @ParameterizedTest
    @MethodSource("providers")
    void changesAreThoseOfTheScalarModelAndTouchNothingElse(HostMemoryProvider provider, ByteOrder order) {
        HostMemoryAccessor region = open(provider, order);
        Atomics atomics = region.atomics();
        List<Change> changes = List.of(
                Atomics::getAndSet, Atomics::getAndAdd, Atomics::getAndAnd, Atomics::getAndOr, Atomics::getAndXor);
        List<LongBinaryOperator> models =
                List.of((seen, operand) -> operand, Long::sum, (a, b) -> a & b, (a, b) -> a | b, (a, b) -> a ^ b);
        for (int width : WIDTHS) {
            for (int offset = 0; offset <= SIZE - width; offset += width) {
                for (int change = 0; change < changes.size(); change++) {
                    randomize();
                    long operand = random.nextLong();
                    long before = region.read(offset, width);
                    byte[] expected = memory.toArray(ValueLayout.JAVA_BYTE);
                    long after = low(models.get(change).applyAsLong(before, operand), width);
                    for (int i = 0; i < width; i++) {
                        expected[offset + i] =
                                (byte) (after >>> 8 * (order == ByteOrder.LITTLE_ENDIAN ? i : width - 1 - i));
                    }
                    assertThat(changes.get(change).apply(atomics, offset, width, operand))
                            .isEqualTo(before);
                    assertThat(memory.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected);
                    assertThat(atomics.getAcquire(offset, width)).isEqualTo(after);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void compareAndExchangeWritesOnlyIfTheValueIsTheExpectedOne(HostMemoryProvider provider, ByteOrder order) {
        HostMemoryAccessor region = open(provider, order);
        Atomics atomics = region.atomics();
        for (int width : WIDTHS) {
            assertThat(atomics.supports(width)).isTrue();
            for (int offset = 0; offset <= SIZE - width; offset += width) {
                randomize();
                byte[] before = memory.toArray(ValueLayout.JAVA_BYTE);
                long seen = region.read(offset, width);
                for (int bit = 0; bit < 8 * width; bit++) {
                    assertThat(atomics.compareAndExchange(offset, width, seen ^ 1L << bit, 0))
                            .isEqualTo(seen);
                }
                assertThat(memory.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(before);
                long garbage = width == 8 ? 0 : 0x55L << 8 * width; // the high bits of a parameter do not count
                assertThat(atomics.compareAndExchange(offset, width, seen | garbage, ~seen))
                        .isEqualTo(seen);
                assertThat(region.read(offset, width)).isEqualTo(low(~seen, width));
                atomics.setRelease(offset, width, seen);
                assertThat(memory.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(before);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void compareAndExchangeOf16Bytes(HostMemoryProvider provider, ByteOrder order) {
        HostMemoryAccessor region = open(provider, order);
        Atomics atomics = region.atomics();
        if (!atomics.supports(16)) {
            assertThatExceptionOfType(AccessRejectedException.class)
                    .isThrownBy(() -> atomics.compareAndExchange16(0, new long[4]));
            return;
        }
        int low = order == ByteOrder.LITTLE_ENDIAN ? 0 : 8;
        for (int offset = 0; offset < SIZE; offset += 16) {
            randomize();
            long lowHalf = region.readLong(offset + low);
            long highHalf = region.readLong(offset + 8 - low);
            byte[] before = memory.toArray(ValueLayout.JAVA_BYTE);
            long[] words = {lowHalf, ~highHalf, 1, 2};
            assertThat(atomics.compareAndExchange16(offset, words)).isFalse();
            assertThat(words).containsExactly(lowHalf, highHalf, 1, 2);
            assertThat(memory.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(before);
            assertThat(atomics.compareAndExchange16(offset, words)).isTrue();
            assertThat(words).containsExactly(lowHalf, highHalf, 1, 2);
            assertThat(region.readLong(offset + low)).isEqualTo(1);
            assertThat(region.readLong(offset + 8 - low)).isEqualTo(2);
        }
        for (int offset = 1; offset < 16; offset++) {
            int unaligned = offset;
            assertThatExceptionOfType(AccessRejectedException.class)
                    .isThrownBy(() -> atomics.compareAndExchange16(unaligned, new long[4]));
        }
        assertThatExceptionOfType(RegionBoundsException.class)
                .isThrownBy(() -> atomics.compareAndExchange16(SIZE, new long[4]));
    }

    @Test
    void anIsaProviderOfThisHostHas16Bytes() {
        assumeThat(System.getProperty("os.arch")).isNotEqualTo("riscv64");
        assertThat(Regions.providers())
                .anyMatch(provider ->
                        open(provider, ByteOrder.LITTLE_ENDIAN).atomics().supports(16));
    }

    @ParameterizedTest
    @MethodSource("providers")
    void anUnalignedOneIsRefused(HostMemoryProvider provider, ByteOrder order) {
        HostMemoryAccessor region = open(provider, order);
        randomize();
        byte[] before = memory.toArray(ValueLayout.JAVA_BYTE);
        for (HostMemoryAccessor each : List.of(region, region.slice(1, 32), region.slice(3, 32))) {
            for (int width : WIDTHS) {
                for (int offset = 0; offset < 9; offset++) {
                    int at = offset;
                    if ((offset + (each.size() == SIZE ? 0 : each.asSegment().address() - memory.address())) % width
                            != 0) {
                        assertThatExceptionOfType(AccessRejectedException.class)
                                .isThrownBy(() -> each.atomics().getAndSet(at, width, 1));
                        assertThatExceptionOfType(AccessRejectedException.class)
                                .isThrownBy(
                                        () -> each.atomics().compareAndExchange(at, width, each.read(at, width), 1));
                        assertThatExceptionOfType(AccessRejectedException.class)
                                .isThrownBy(() -> each.atomics().getAcquire(at, width));
                        assertThatExceptionOfType(AccessRejectedException.class)
                                .isThrownBy(() -> each.atomics().setRelease(at, width, 1));
                    }
                }
            }
        }
        assertThat(memory.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(before);
    }

    /**
     * Regions that begin and end anywhere in a word: what does not fit is refused, what fits changes its own bytes
     * only.
     */
    @ParameterizedTest
    @MethodSource("providers")
    void narrowOnesNeverLeaveTheRegion(HostMemoryProvider provider, ByteOrder order) {
        for (int start = 0; start < 8; start++) {
            for (int end = start + 1; end < start + 12; end++) {
                HostMemoryAccessor region = Regions.open(
                        provider,
                        memory.asSlice(start, end - start),
                        CacheMode.NORMAL,
                        AccessOptions.DEFAULT.with(order));
                for (int width = 1; width <= 2; width++) {
                    for (int at = start + (start & width - 1); at + width <= end; at += width) {
                        randomize();
                        byte[] expected = memory.toArray(ValueLayout.JAVA_BYTE);
                        int offset = at - start;
                        int narrow = width;
                        boolean inWord = provider.name().equals("generic")
                                || provider.name().equals("riscv64"); // has no narrow ones
                        if (inWord && ((at & -4) < start || (at & -4) + 4 > end)) {
                            assertThatExceptionOfType(AccessRejectedException.class)
                                    .isThrownBy(() -> region.atomics().getAndSet(offset, narrow, 0));
                        } else {
                            region.atomics().getAndSet(offset, narrow, 0);
                            IntStream.range(at, at + narrow).forEach(i -> expected[i] = 0);
                        }
                        assertThat(memory.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void theWordAroundANarrowOneMayLeaveAView(HostMemoryProvider provider, ByteOrder order) {
        Atomics atomics = open(provider, order).slice(5, 2).atomics();
        assertThat(atomics.getAndAdd(0, 1, 3)).isZero();
        assertThat(atomics.getAndAdd(1, 1, 4)).isZero();
        assertThat(memory.asSlice(4, 4).toArray(ValueLayout.JAVA_BYTE)).containsExactly(0, 3, 4, 0);
    }

    @ParameterizedTest
    @MethodSource("providers")
    void neighboursDoNotDisturbEachOther(HostMemoryProvider provider, ByteOrder order) throws InterruptedException {
        Atomics atomics = open(provider, order).atomics();
        int rounds = 20_000;
        Thread[] threads = new Thread[4];
        for (int t = 0; t < threads.length; t++) {
            int offset = t % 2 == 0 ? 1 : 2; // two threads on each of two neighbouring bytes
            threads[t] = Thread.ofPlatform().start(() -> {
                for (int i = 0; i < rounds; i++) {
                    atomics.getAndAdd(offset, 1, 1);
                    atomics.getAndAdd(8, 8, 1);
                    long[] words = {0, 0, 1, 0};
                    while (atomics.supports(16) && !atomics.compareAndExchange16(16, words)) {
                        words[2] = words[0] + 1;
                    }
                }
            });
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(atomics.getAcquire(1, 1)).isEqualTo(2 * rounds & 0xff);
        assertThat(atomics.getAcquire(2, 1)).isEqualTo(2 * rounds & 0xff);
        assertThat(atomics.getAcquire(0, 1)).isZero();
        assertThat(atomics.getAcquire(8, 8)).isEqualTo(4L * rounds);
        if (atomics.supports(16)) {
            assertThat(atomics.getAcquire(order == ByteOrder.LITTLE_ENDIAN ? 16 : 24, 8))
                    .isEqualTo(4L * rounds);
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void aDeviceHasNone(HostMemoryProvider provider, ByteOrder order) {
        for (CacheMode mode : CacheMode.values()) {
            HostMemoryAccessor region = Regions.open(provider, memory, mode, AccessOptions.DEFAULT.with(order));
            if (mode.needsExactAccesses()) {
                assertThatExceptionOfType(AccessRejectedException.class)
                        .isThrownBy(region::atomics)
                        .withMessageContaining(mode.name());
                assertThatExceptionOfType(AccessRejectedException.class).isThrownBy(region.slice(0, 8)::atomics);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("providers")
    void aReadOnlyOneHasAcquireOnly(HostMemoryProvider provider, ByteOrder order) {
        Atomics atomics = open(provider, order).readOnly().atomics();
        assertThat(atomics.getAcquire(0, 4)).isZero();
        assertThatExceptionOfType(AccessRejectedException.class).isThrownBy(() -> atomics.setRelease(0, 4, 1));
        assertThatExceptionOfType(AccessRejectedException.class)
                .isThrownBy(() -> atomics.compareAndExchange(0, 4, 1, 1));
        assertThatExceptionOfType(AccessRejectedException.class).isThrownBy(() -> atomics.getAndOr(0, 1, 0));
        assertThatExceptionOfType(AccessRejectedException.class)
                .isThrownBy(() -> atomics.compareAndExchange16(0, new long[4]));
    }

    @ParameterizedTest
    @MethodSource("providers")
    void noneAfterClosing(HostMemoryProvider provider, ByteOrder order) {
        HostMemoryAccessor region = open(provider, order);
        Atomics atomics = region.atomics();
        region.close();
        assertThatExceptionOfType(RegionClosedException.class).isThrownBy(() -> atomics.getAcquire(0, 4));
        assertThatExceptionOfType(RegionClosedException.class).isThrownBy(() -> atomics.getAndAdd(0, 1, 1));
        assertThatExceptionOfType(RegionClosedException.class)
                .isThrownBy(() -> atomics.compareAndExchange16(0, new long[4]));
    }

    @ParameterizedTest
    @MethodSource("providers")
    void otherWidthsThanThoseOfScalarsAreRefused(HostMemoryProvider provider, ByteOrder order) {
        randomize();
        byte[] before = memory.toArray(ValueLayout.JAVA_BYTE);
        Atomics atomics = open(provider, order).atomics();
        for (int width : new int[] {-1, 0, 3, 5, 6, 7, 12}) {
            assertThat(atomics.supports(width)).isFalse();
            assertThatIllegalArgumentException().isThrownBy(() -> atomics.getAcquire(0, width));
            assertThatIllegalArgumentException().isThrownBy(() -> atomics.setRelease(0, width, 1));
            assertThatIllegalArgumentException().isThrownBy(() -> atomics.compareAndExchange(0, width, 0, 1));
            assertThatIllegalArgumentException().isThrownBy(() -> atomics.getAndAdd(0, width, 1));
        }
        assertThat(memory.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(before);
    }

    @Test
    void javasOwnAreRefusedForMemoryThatMayVanishAsAFaultInOneWouldEndTheJvm() {
        HostMemoryProvider generic = Regions.providers().stream()
                .filter(provider -> provider.priority() == HostMemoryProvider.PRIORITY_FALLBACK)
                .findFirst()
                .orElseThrow();
        try (HostMemoryAccessor region = generic.open(MappedRegion.borrowed(
                memory,
                RegionCapabilities.whole(SIZE, CacheMode.NORMAL, CacheModeSource.ASSERTED),
                AccessOptions.DEFAULT,
                Permanence.MAY_VANISH))) {
            assertThatExceptionOfType(AccessRejectedException.class)
                    .isThrownBy(region::atomics)
                    .withMessageContaining("Permanence")
                    .satisfies(refused -> assertThat(refused.reason()).isEqualTo(Reason.UNSUPPORTED));
            assertThatExceptionOfType(AccessRejectedException.class)
                    .as("of a view")
                    .isThrownBy(() -> region.slice(8, 8).atomics());
        }
    }
}
