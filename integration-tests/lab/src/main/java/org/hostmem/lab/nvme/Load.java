package org.hostmem.lab.nvme;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Random;
import org.hostmem.example.nvme.NvmeController;
import org.hostmem.vfio.DmaMapping;

/**
 * One thread's reads and writes, by a queue of its own, on blocks that are its own, at random offsets and of random
 * sizes. Every block that is read is compared.
 */
final class Load implements Runnable {

    private static final int MOST_BLOCKS = 2048;
    private static final int PAGE = 4096;
    /** Of the memory of one. */
    static final long BYTES = (long) MOST_BLOCKS * Content.BLOCK + PAGE;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final NvmeController nvme;
    private final DmaMapping mapping;
    private final int queue;
    private final long seed;
    private final long first;
    private final int[] generations;
    private final long bytesEachWay;
    long written;
    long read;
    long commands;
    long wrongBlocks;
    RuntimeException failure;

    /**
     * {@code generations} has an entry for each block from {@code first} on: -1 untouched, 0 read, else how often it
     * was written.
     */
    Load(
            NvmeController nvme,
            DmaMapping mapping,
            int queue,
            long seed,
            long first,
            int[] generations,
            long bytesEachWay) {
        this.nvme = nvme;
        this.mapping = mapping;
        this.queue = queue;
        this.seed = seed;
        this.first = first;
        this.generations = generations;
        this.bytesEachWay = bytesEachWay;
    }

    @Override
    public void run() {
        try {
            work(mapping.memory().asSegment());
        } catch (RuntimeException failed) {
            failure = failed;
        }
    }

    private void work(MemorySegment memory) {
        Random random = new Random(seed + queue);
        while (written < bytesEachWay || read < bytesEachWay) {
            int count = Math.min(
                    random.nextInt(8) == 0 ? 1 + random.nextInt(MOST_BLOCKS) : 1 << random.nextInt(12),
                    generations.length);
            int at = random.nextInt(generations.length - count + 1);
            long offset = random.nextInt(PAGE / 4) * 4L;
            if (random.nextBoolean()) {
                for (int i = 0; i < count; i++) {
                    generations[at + i] = Math.max(0, generations[at + i]) + 1;
                    for (int word = 0; word < Content.WORDS; word++) {
                        memory.set(
                                LONG,
                                offset + (long) i * Content.BLOCK + 8L * word,
                                Content.word(seed, first + at + i, generations[at + i], word));
                    }
                }
                nvme.write(queue, first + at, count, mapping, offset);
                written += (long) count * Content.BLOCK;
            } else {
                memory.asSlice(offset, (long) count * Content.BLOCK).fill((byte) 0x55);
                nvme.read(queue, first + at, count, mapping, offset);
                for (int i = 0; i < count; i++) {
                    generations[at + i] = Math.max(0, generations[at + i]);
                    wrongBlocks +=
                            isRight(memory, offset + (long) i * Content.BLOCK, first + at + i, generations[at + i])
                                    ? 0
                                    : 1;
                }
                read += (long) count * Content.BLOCK;
            }
            commands++;
        }
    }

    private boolean isRight(MemorySegment memory, long offset, long block, int generation) {
        for (int word = 0; word < Content.WORDS; word++) {
            if (memory.get(LONG, offset + 8L * word) != Content.word(seed, block, generation, word)) {
                return false;
            }
        }
        return true;
    }
}
