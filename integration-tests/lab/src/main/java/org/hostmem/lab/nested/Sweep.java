package org.hostmem.lab.nested;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.OverlapPolicy;
import org.hostmem.Transfer;
import org.hostmem.TransferOrder;

/** Makes scalars, bulk transfers, fills and moves on a region that keeps its bytes, and reads them back by scalars. */
final class Sweep {

    private static final int SPACE = 512;
    private static final int UP = 40;

    private final String name;
    private final HostMemoryAccessor bar;
    private final Score score;
    private final byte[] expected = new byte[SPACE];
    private final SplittableRandom random = new SplittableRandom(14);

    Sweep(String name, HostMemoryAccessor bar, Score score) {
        this.name = name;
        this.bar = bar;
        this.score = score;
        for (int at = 0; at < SPACE; at += 8) {
            bar.writeLong(at, 0);
        }
    }

    void run(Sizes sizes) {
        long begin = System.nanoTime();
        long before = score.all();
        for (int width = 1; width <= Long.BYTES; width *= 2) {
            scalars(width);
        }
        for (int offset : sizes.offsets()) {
            for (int size : sizes.sizes()) {
                transfers(offset, size);
            }
        }
        System.out.println(name + ", answered by " + bar.rules().answeredBy() + ": units of "
                + bar.rules().widestRead() + " and "
                + bar.rules().widestWrite() + ", " + (score.all() - before) + " accesses in "
                + (System.nanoTime() - begin) / 1_000_000 + " ms");
    }

    /** The library splits unaligned ones if the mode requires it. */
    private void scalars(int width) {
        for (int at = 0; at < 16; at++) {
            int offset = at;
            byte[] bytes = noise(width);
            long value = 0;
            for (int i = width - 1; i >= 0; i--) {
                value = (value << 8) | (bytes[i] & 0xff);
            }
            long written = value;
            score.count(name + ", a scalar of " + width + " at " + at, () -> {
                bar.write(offset, width, written);
                System.arraycopy(bytes, 0, expected, offset, width);
                return (bar.read(offset, width) & (-1L >>> (64 - 8 * width))) == written && isExpected(offset, width);
            });
        }
    }

    private void transfers(int offset, int size) {
        for (TransferOrder order : new TransferOrder[] {TransferOrder.ASCENDING, TransferOrder.RELAXED}) {
            String where = name + ", " + order + ", " + size + " bytes at " + offset;
            byte[] bytes = noise(size);
            score.count(where + ": write", () -> {
                bar.writeBytes(offset, MemorySegment.ofArray(bytes), 0, size, order);
                System.arraycopy(bytes, 0, expected, offset, size);
                return isExpected(offset, size);
            });
            score.count(where + ": read", () -> {
                byte[] read = new byte[size];
                bar.readBytes(offset, MemorySegment.ofArray(read), 0, size, order);
                return Arrays.equals(read, bytes);
            });
        }
        score.count(name + ", a move of " + size + " bytes up from " + offset, () -> {
            bar.move(offset, offset + UP, size, Transfer.DEFAULT.withBudget(1 << 16));
            System.arraycopy(expected, offset, expected, offset + UP, size);
            return isExpected(offset, size + UP);
        });
        score.count(name + ", a move of " + size + " bytes up by 3 from " + offset + ", last byte first", () -> {
            bar.move(offset, offset + 3L, size, Transfer.DEFAULT.with(OverlapPolicy.MEMMOVE_ORDER));
            System.arraycopy(expected, offset, expected, offset + 3, size);
            return isExpected(offset, size + 3);
        });
        score.count(name + ", a move of " + size + " bytes down to " + offset, () -> {
            bar.move(offset + UP, offset, size, Transfer.DEFAULT.withBudget(1 << 16));
            System.arraycopy(expected, offset + UP, expected, offset, size);
            return isExpected(offset, size + UP);
        });
        score.count(name + ", a fill of " + size + " bytes at " + offset, () -> {
            bar.fill(offset, size, (byte) size);
            Arrays.fill(expected, offset, offset + size, (byte) size);
            return isExpected(offset, size);
        });
    }

    /** Compares some bytes on both sides too. Reads them by aligned scalars. */
    private boolean isExpected(int offset, int size) {
        for (int at = Math.max(0, offset - 8) & -8; at < offset + size + 8; at += 8) {
            if (bar.readLong(at) != MemorySegment.ofArray(expected).get(ValueLayout.JAVA_LONG_UNALIGNED, at)) {
                return false;
            }
        }
        return true;
    }

    private byte[] noise(int size) {
        byte[] noise = new byte[size];
        random.nextBytes(noise);
        return noise;
    }
}
