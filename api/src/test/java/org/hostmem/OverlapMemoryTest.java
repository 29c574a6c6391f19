package org.hostmem;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

/**
 * How much memory an ascending overlapping copy takes (R7), seen by the accessor that it reads into it and writes from
 * it.
 */
class OverlapMemoryTest {

    private static final int PAGE = 4096;
    /** What {@link Transfer} says: the block, and 128 bytes for cuts. */
    private static final int BESIDE = 4224;
    /** What all threads share. */
    private static final int SHARED = 73_728;

    private static final int SOFTLY_SHARED = 1 << 24;

    /** Remembers the largest native memory, and the largest array, on the other side of its transfers. */
    private static class Watching extends Fake.Mapped {

        private long buffer;
        private long at;
        private long block;

        Watching(int size) {
            super(new byte[size], 0, size, CacheMode.NORMAL, 8, noLog());
            for (int i = 0; i < size; i++) {
                memory[i] = (byte) (i * 31 + i / 256);
            }
        }

        private void see(MemorySegment ram) {
            if (ram.isNative()) {
                buffer = Math.max(buffer, ram.byteSize());
                at = ram.address();
            }
            block = Math.max(block, ram.isNative() ? 0 : ram.byteSize());
        }

        @Override
        public void readBytes(long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
            see(ram);
            super.readBytes(offset, ram, ramOffset, length, order);
        }

        @Override
        public void writeBytes(long offset, MemorySegment ram, long ramOffset, long length, TransferOrder order) {
            see(ram);
            super.writeBytes(offset, ram, ramOffset, length, order);
        }
    }

    private static long inPages(long size) {
        return (size + PAGE - 1) / PAGE * PAGE;
    }

    private static void move(Watching region, int distance, int length) throws InterruptedException {
        FutureTask<Void> task = new FutureTask<>(
                () -> region.move(
                        3, 3 + distance, length, Transfer.DEFAULT.withBudget(Math.min(distance, length - distance))),
                null);
        Thread.ofVirtual().start(task);
        try {
            task.get();
        } catch (ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    private static void assertTakes(int distance, int length) throws InterruptedException {
        Watching region = new Watching(length + distance + 10);
        byte[] expected = region.memory.clone();
        System.arraycopy(expected, 3, expected, 3 + distance, length);
        move(region, distance, length);
        if (!Arrays.equals(region.memory, expected)) {
            throw new AssertionError("wrong bytes: " + length + " by " + distance);
        }
        long needed = inPages(Math.min(distance, length - distance) + BESIDE);
        long allowed = Math.max(needed, SHARED);
        if (region.buffer < needed
                || region.buffer > allowed && region.buffer > SOFTLY_SHARED
                || region.buffer != needed && needed > SOFTLY_SHARED
                || region.block > 0) {
            throw new AssertionError(length + " bytes by " + distance + ": took " + region.buffer + " and an array of "
                    + region.block + ", allowed are " + allowed);
        }
    }

    @Test
    void allSmallCopiesTakeWhatTransferSays() throws InterruptedException {
        for (int length = 2; length <= 70; length++) {
            for (int distance = 1; distance < length; distance++) {
                assertTakes(distance, length);
            }
        }
    }

    /** At every size where another page or way begins. */
    @Test
    void largeCopiesTakeWhatTransferSays() throws InterruptedException {
        for (int d : new int[] {127, 128, 3968, 3969, 4096, 8064, 8065, 65_535, 65_536, 73_600, 73_601, 200_000}) {
            assertTakes(d, 2 * d);
            assertTakes(d, 2 * d + 1);
            assertTakes(d, 5 * d + 77);
            assertTakes(3 * d, 4 * d);
        }
    }

    @Test
    void aSmallMoveTakesASharedBuffer() {
        Watching large = new Watching(100_000);
        large.move(0, 30_000, 70_000, Transfer.DEFAULT.withBudget(30_000));
        Watching small = new Watching(1000);
        small.move(0, 1, 900, Transfer.DEFAULT.withBudget(1));
        assertThat(small.buffer).as("the shared one").isEqualTo(SHARED).isEqualTo(large.buffer);
    }

    /** On either side of what is shared for good, 72 KiB, and of the same size again. */
    @Test
    void aBufferOfTheSameSizeIsTheSameOne() {
        for (int distance : new int[] {1, 65_000, 69_504, 69_505, 200_000}) {
            Watching first = new Watching(3 * distance + 10);
            first.move(3, 3 + distance, 2 * distance + 1, Transfer.DEFAULT.withBudget(distance));
            Watching second = new Watching(3 * distance + 10);
            second.move(3, 3 + distance, 2 * distance + 1, Transfer.DEFAULT.withBudget(distance));
            assertThat(second.at).as("%d", distance).isEqualTo(first.at).isNotZero();
        }
    }

    /** More than 16 MiB are the move's own. */
    @Test
    void aHugeBufferIsWhatTransferSays() throws InterruptedException {
        assertTakes((1 << 24) - BESIDE + 1, 2 * ((1 << 24) - BESIDE + 1) + 1);
    }

    /** Each move reports in the middle, and moves something else there. */
    @Test
    void aMoveWithinAMoveTakesAnotherBuffer() {
        Watching outer = new Watching(400_000);
        Watching inner = new Watching(1000);
        byte[] expected = outer.memory.clone();
        System.arraycopy(expected, 0, expected, 50_000, 300_000);
        long[] other = {0};
        Transfer.DEFAULT
                .with((completed, length) -> {
                    inner.move(0, 1, 900, Transfer.DEFAULT.withBudget(1));
                    other[0] = inner.at == outer.at ? -1 : inner.at;
                    return true;
                })
                .copy(outer, 0, outer, 50_000, 300_000);
        assertThat(Arrays.mismatch(outer.memory, expected)).isEqualTo(-1);
        assertThat(other[0]).isPositive();
    }

    /** Threads that have moved once keep nothing: there are no more buffers than fit into the pool. */
    @Test
    void idleThreadsKeepNothing() throws InterruptedException {
        int threads = 300;
        java.util.Set<Long> buffers = java.util.concurrent.ConcurrentHashMap.newKeySet();
        java.util.concurrent.CountDownLatch moved = new java.util.concurrent.CountDownLatch(threads);
        java.util.concurrent.CountDownLatch over = new java.util.concurrent.CountDownLatch(1);
        for (int i = 0; i < threads; i++) {
            Thread.ofVirtual().start(() -> {
                Watching region = new Watching(1000);
                region.move(3, 4, 900, Transfer.DEFAULT.withBudget(1));
                buffers.add(region.at);
                moved.countDown();
                try {
                    over.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            });
        }
        moved.await();
        over.countDown();
        assertThat(buffers).hasSizeLessThan(threads / 3);
    }

    /** Of more memory than there are addresses. */
    @Test
    void aBufferThatTheHostHasNotIsRefusedBeforeTheFirstByte() {
        Watching region = new Watching(1) {
            @Override
            public long size() {
                return 1L << 60;
            }
        };
        assertThatExceptionOfType(HostMemoryException.class)
                .isThrownBy(() -> region.move(0, 1L << 50, 1L << 55, Transfer.DEFAULT.withBudget(Long.MAX_VALUE)))
                .withCauseInstanceOf(OutOfMemoryError.class)
                .withMessageContaining("MEMMOVE")
                .withMessageContaining(String.valueOf((1L << 50) + 2 * PAGE));
        assertThat(region.buffer + region.block).as("no access").isZero();
    }
}
