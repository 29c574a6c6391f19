package org.hostmem.vfio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.hostmem.vfio.DmaException.Refusal;
import org.hostmem.vfio.dma.IovaAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Blocks lie in the ranges, apart from each other, aligned, low; and what is given back is free again. */
class IovaAllocatorTest {

    private static final long PAGES = 0x40201000L;
    private static final List<IovaRange> X86 =
            List.of(new IovaRange(0, 0xfedf_ffffL), new IovaRange(0xfef0_0000L, 0xffff_ffff_ffffL));

    private static void assertRefused(Refusal reason, Runnable asked) {
        assertThatThrownBy(asked::run)
                .isInstanceOfSatisfying(
                        DmaException.class,
                        refused -> assertThat(refused.refusal()).isEqualTo(reason));
    }

    /** Against a model that knows each block: whatever is asked for in whatever order. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void anySequenceKeepsWhatAnAllocatorPromises(long seed) {
        Random random = new Random(seed);
        List<IovaRange> ranges = new ArrayList<>();
        long at = random.nextInt(4) * 0x1000L;
        for (int i = 0; i < 1 + random.nextInt(4); i++) {
            long size = (1 + random.nextInt(600)) * 0x1000L;
            ranges.add(new IovaRange(at, at + size - 1));
            at += size + random.nextInt(100) * 0x1000L + 0x1000;
        }
        IovaAllocator allocator = new IovaAllocator(ranges, 0x201000);
        TreeMap<Long, Long> model = new TreeMap<>();
        for (int step = 0; step < 5000; step++) {
            long size = (1 + random.nextInt(random.nextBoolean() ? 4 : 700)) * 0x1000L;
            int what = random.nextInt(10);
            if (what < 4) {
                try {
                    long iova = allocator.allocate(size, 64);
                    assertThat(ranges).anyMatch(range -> range.contains(iova, size));
                    assertThat(iova).isNotZero();
                    assertThat(iova % (size >= 0x200000 ? 0x200000 : 0x1000)).isZero();
                    assertThat(overlaps(model, iova, size)).isFalse();
                    model.put(iova, size);
                } catch (DmaException none) {
                    assertThat(none.refusal()).isEqualTo(Refusal.NO_ADDRESS_LEFT);
                    assertThat(fits(ranges, model, size))
                            .as("0x%x bytes in %s beside %s", size, ranges, model)
                            .isFalse();
                }
            } else if (what < 7) {
                long iova = random.nextInt((int) (at >> 12)) * 0x1000L;
                boolean allowed = ranges.stream().anyMatch(range -> range.contains(iova, size));
                boolean free = !overlaps(model, iova, size);
                if (allowed && free) {
                    allocator.claim(iova, size);
                    model.put(iova, size);
                } else {
                    assertRefused(allowed ? Refusal.TAKEN : Refusal.OUT_OF_RANGE, () -> allocator.claim(iova, size));
                }
            } else if (!model.isEmpty()) {
                long key = new ArrayList<>(model.keySet()).get(random.nextInt(model.size()));
                allocator.release(key);
                model.remove(key);
            }
        }
        model.keySet().forEach(allocator::release);
        ranges.forEach(range -> allocator.claim(range.first(), range.last() - range.first() + 1));
    }

    private static boolean overlaps(TreeMap<Long, Long> model, long iova, long size) {
        Map.Entry<Long, Long> below = model.floorEntry(iova + size - 1);
        return below != null && below.getKey() + below.getValue() > iova;
    }

    private static boolean fits(List<IovaRange> ranges, TreeMap<Long, Long> model, long size) {
        long alignment = size >= 0x200000 ? 0x200000 : 0x1000;
        return ranges.stream().anyMatch(range -> {
            for (long iova = Math.max(0x1000, range.first()) + alignment - 1 & -alignment;
                    range.contains(iova, size);
                    iova += alignment) {
                if (!overlaps(model, iova, size)) {
                    return true;
                }
            }
            return false;
        });
    }

    @Test
    void theLowestAddressIsGivenAndNeverZero() {
        IovaAllocator allocator = new IovaAllocator(X86, PAGES);
        assertThat(allocator.allocate(0x1000, 64)).isEqualTo(0x1000);
        assertThat(allocator.allocate(0x3000, 64)).isEqualTo(0x2000);
        allocator.release(0x1000);
        assertThat(allocator.allocate(0x1000, 64)).isEqualTo(0x1000);
    }

    @Test
    void aBlockBeginsAtTheLargestPageThatItCouldFill() {
        IovaAllocator allocator = new IovaAllocator(X86, PAGES);
        assertThat(allocator.allocate(0x1ff000, 64)).isEqualTo(0x1000);
        assertThat(allocator.allocate(0x200000, 64)).isEqualTo(0x200000);
        assertThat(allocator.allocate(0x4000_0000, 64)).isEqualTo(0x4000_0000);
    }

    @Test
    void theWindowOfInterruptsIsLeftOut() {
        IovaAllocator allocator = new IovaAllocator(X86, PAGES);
        allocator.claim(0, 0xfee0_0000L);
        assertThat(allocator.allocate(0x1000, 64)).isEqualTo(0xfef0_0000L);
        assertRefused(Refusal.OUT_OF_RANGE, () -> allocator.claim(0xfee0_0000L, 0x1000));
        assertRefused(Refusal.NO_ADDRESS_LEFT, () -> allocator.allocate(0x1000, 32 - 4));
    }

    @Test
    void aDeviceOfFewBitsGetsWhatItReaches() {
        IovaAllocator allocator = new IovaAllocator(X86, PAGES);
        allocator.claim(0, 0xfff_f000L);
        assertThat(allocator.allocate(0x1000, 28)).isEqualTo(0xfff_f000L);
        assertRefused(Refusal.NO_ADDRESS_LEFT, () -> allocator.allocate(0x1000, 28));
        assertThat(allocator.allocate(0x1000, 29)).isEqualTo(0x1000_0000L);
    }

    @Test
    void theWholeOfAllAddressesCanBeOneRange() {
        IovaAllocator allocator = new IovaAllocator(List.of(new IovaRange(0, -1L)), 0x1000);
        assertThat(allocator.allocate(0x1000, 64)).isEqualTo(0x1000);
        allocator.claim(-0x1000L, 0x1000);
        assertRefused(Refusal.OUT_OF_RANGE, () -> allocator.claim(-0x1000L, 0x2000));
        allocator.release(-0x1000L);
        allocator.claim(-0x2000L, 0x2000);
    }

    @Test
    void whatIsNoMultipleOfThePageIsRefused() {
        IovaAllocator allocator = new IovaAllocator(X86, PAGES);
        assertRefused(Refusal.UNALIGNED, () -> allocator.allocate(0x1001, 64));
        assertRefused(Refusal.UNALIGNED, () -> allocator.allocate(0, 64));
        assertRefused(Refusal.UNALIGNED, () -> allocator.claim(0x800, 0x1000));
    }

    @Test
    void rangesThatBecomeSmallerLeaveWhatIsInUse() {
        IovaAllocator allocator = new IovaAllocator(X86, PAGES);
        allocator.claim(0x10_0000, 0x10_0000);
        allocator.narrow(List.of(new IovaRange(0x18_0000, 0x2f_ffff)));
        assertRefused(Refusal.OUT_OF_RANGE, () -> allocator.claim(0, 0x1000));
        assertRefused(Refusal.TAKEN, () -> allocator.claim(0x18_0000, 0x1000));
        assertThat(allocator.allocate(0x10_0000, 64)).isEqualTo(0x20_0000);
        allocator.release(0x10_0000);
        assertThat(allocator.allocate(0x8_0000, 64)).isEqualTo(0x18_0000);
        assertRefused(Refusal.NO_ADDRESS_LEFT, () -> allocator.allocate(0x1000, 64));
    }

    @Test
    void aHundredThousandRoundsLeaveOneFreePiece() {
        IovaAllocator allocator = new IovaAllocator(X86, PAGES);
        List<Long> live = new ArrayList<>();
        Random random = new Random(3);
        for (int i = 0; i < 100_000; i++) {
            if (live.size() > 50 || !live.isEmpty() && random.nextBoolean()) {
                allocator.release(live.remove(random.nextInt(live.size())));
            } else {
                live.add(allocator.allocate((1 + random.nextInt(64)) * 0x1000L, 64));
            }
        }
        live.forEach(allocator::release);
        assertThat(allocator.allocate(0x8000_0000L, 64)).isEqualTo(0x4000_0000L);
    }
}
