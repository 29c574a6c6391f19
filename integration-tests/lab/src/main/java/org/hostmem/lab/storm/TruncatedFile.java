package org.hostmem.lab.storm;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;

/**
 * A mapped file that was truncated: the first {@link #EDGE} bytes are there, an access to the rest is a SIGBUS, as to a
 * BAR whose device is gone. With it a copy of what it should hold.
 */
final class TruncatedFile implements AutoCloseable {

    /** A multiple of every page size in use. */
    static final int EDGE = 1 << 16;

    static final int SIZE = 2 * EDGE;

    final MemorySegment memory;
    private final MemorySegment there;
    private final byte[] expected = new byte[EDGE];
    final MemorySegment model = MemorySegment.ofArray(expected);
    private final Arena arena = Arena.ofShared();

    TruncatedFile(SplittableRandom random) throws IOException {
        Path path = Files.createTempFile("hostmem-storm", ".region");
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            memory = file.map(MapMode.READ_WRITE, 0, SIZE, arena);
            file.truncate(EDGE);
        } finally {
            Files.delete(path);
        }
        there = memory.asSlice(0, EDGE);
        random.nextBytes(expected);
        MemorySegment.copy(expected, 0, there, ValueLayout.JAVA_BYTE, 0, EDGE);
    }

    /** Whether every byte that is there is what it should be; afterwards it is. */
    boolean isAsExpected() {
        if (there.mismatch(model) < 0) {
            return true;
        }
        there.copyFrom(model);
        return false;
    }

    @Override
    public void close() {
        arena.close();
    }
}
