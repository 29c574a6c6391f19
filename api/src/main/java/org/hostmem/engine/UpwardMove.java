package org.hostmem.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.hostmem.Transfer;
import org.hostmem.spi.MappedAccessor;

/**
 * An ascending copy to a target that begins within its own source. Bytes that are overwritten before they are copied
 * wait in a buffer (R7). {@link Transfer} proves that min(d, n - d) bytes are enough and that fewer are not, and says
 * how many this uses.
 *
 * <p>A target byte and the source byte that it overwrites have the same address. So a cut at a multiple of 64 is one on
 * both sides, and no plan changes.
 */
final class UpwardMove {

    private static final int LINE = Mover.LINE;
    private static final int PAGE = 4096;

    private final Mover mover;

    UpwardMove(Mover mover) {
        this.mover = mover;
    }

    /** The memory in bytes of a move that must keep some bytes. */
    static long memory(long kept) {
        return kept + Mover.BLOCK + 2 * LINE + PAGE - 1 & -PAGE;
    }

    /** Returns how far it came. */
    long move(long distance, long length) {
        if (!mover.isReal()) {
            return move(distance, length, MemorySegment.NULL);
        }
        if (mover.ring != null) {
            return move(distance, length, mover.ring);
        }
        long size = memory(Math.min(distance, length - distance));
        boolean isLarge = size > Rings.SHARED;
        MemorySegment shared = !isLarge ? Rings.take() : size <= Rings.SOFTLY_SHARED ? Rings.takeLarge(size) : null;
        if (shared == null) {
            try (Arena arena = Arena.ofConfined()) {
                return move(distance, length, Rings.allocate(arena, size));
            }
        }
        try {
            return move(distance, length, shared);
        } finally {
            if (isLarge) {
                Rings.giveLarge();
            } else {
                Rings.give(shared);
            }
        }
    }

    private long move(long distance, long length, MemorySegment buffer) {
        return distance < length - distance
                ? throughRing(distance, length, buffer)
                : keepTheEnd(distance, length, buffer);
    }

    /**
     * If less than half is overwritten, the end of the source is kept. The rest is copied as if nothing overlapped, and
     * then the end. Before the end in the buffer, and before the block behind it, is room for what the target's last
     * cut left over.
     */
    private long keepTheEnd(long distance, long length, MemorySegment buffer) {
        long cut = Math.max(0, (mover.sourceAddress + distance & -LINE) - mover.sourceAddress);
        long start = LINE - cut;
        long block = start + length + 2 * LINE - 1 & -LINE;
        long read = 0;
        long done = 0;
        long kept = cut;
        // The kept bytes are overwritten next, so one fetch into the cache serves both.
        while (read < cut) {
            long n = Mover.upTo64(mover.sourceAddress + read, cut - read, Mover.BLOCK - 2 * LINE);
            long enough = Math.min(
                    length, (mover.sourceAddress + distance + read + n + LINE - 1 & -LINE) - mover.sourceAddress);
            mover.read(kept, buffer, start + kept, enough - kept, done);
            kept = enough;
            if (done == read && mover.copyDirectly(read, n)) {
                read += n;
                done = read;
            } else {
                mover.read(read, buffer, block, n, done);
                long held = read - done;
                read += n;
                long out = Math.max(0, (mover.targetAddress + read & -LINE) - (mover.targetAddress + done));
                mover.write(done, buffer, block - held, out);
                done += out;
                mover.keep(buffer, block - held + out, buffer, block - read + done, read - done);
            }
            if (mover.stopped(done)) {
                return done;
            }
        }
        mover.read(kept, buffer, start + kept, length - kept, done);
        mover.keep(buffer, block - cut + done, buffer, start + done, cut - done);
        while (done < length) {
            long n = Mover.upTo64(mover.targetAddress + done, length - done, Mover.STEP);
            mover.write(done, buffer, start + done, n);
            done += n;
            if (mover.stopped(done)) {
                return done;
            }
        }
        return length;
    }

    /**
     * All bytes go through a ring, which holds those that are overwritten already and a block more. Its end is a
     * multiple of 64 for the source, but not for the target. So the ring's first bytes are repeated behind its end.
     */
    private long throughRing(long distance, long length, MemorySegment ring) {
        long capacity = distance + Mover.BLOCK + LINE - 1 & -LINE;
        long skew = mover.targetAddress - distance & LINE - 1;
        boolean inOnePass = distance >= LINE && ring.isNative();
        long ahead = distance + (inOnePass ? MappedAccessor.readAhead(distance) : 0);
        long read = 0;
        for (long done = 0; done < length; ) {
            if (inOnePass && read == done + ahead) {
                long n = Math.min(length - read, Mover.STEP) & -LINE;
                inOnePass = n > 0 && mover.moveThroughRing(done, ring, (skew + done) % capacity, distance, n);
                if (inOnePass) {
                    read += n;
                    done += n;
                    if (mover.stopped(done)) {
                        return done;
                    }
                    continue;
                }
                ahead = distance;
            }
            long until =
                    done + Mover.upTo64(mover.targetAddress + done, Long.MAX_VALUE, inOnePass ? LINE : Mover.BLOCK);
            if (until + ahead >= length) {
                until = length;
            }
            for (long enough = Math.min(length, until + ahead); read < enough; ) {
                long at = (skew + read) % capacity;
                long n = Math.min(enough - read, capacity - at);
                mover.read(read, ring, at, n, done);
                if (at == 0) {
                    mover.keep(ring, 0, ring, capacity, Math.min(n, LINE));
                }
                read += n;
            }
            while (done < until) {
                long at = (skew + done) % capacity;
                long n = Mover.upTo64(
                        mover.targetAddress + done, until - done, Math.min(capacity + LINE - at, Mover.STEP));
                mover.write(done, ring, at, n);
                done += n;
                if (mover.stopped(done)) {
                    return done;
                }
            }
        }
        return length;
    }
}
