package org.hostmem.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;
import org.hostmem.AccessOptions;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.Permanence;
import org.hostmem.RegionCapabilities;
import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.spi.MappedRegion;

/**
 * An accessor and the memory under it, which the tests see with their own eyes: plain RAM with canaries on both sides,
 * or a mapped file whose second half lies beyond the end of the file, where the kernel answers every access with SIGBUS
 * as it does for a device that is gone.
 */
final class RegionUnderTest implements AutoCloseable {

    /** A multiple of every page size in use. */
    static final long EDGE = 1 << 16;

    private static final int CANARY = 64;
    private static final byte[] NOISE = noise();

    private final HostMemoryAccessor accessor;
    private final MemorySegment whole;
    private final MemorySegment memory;

    private RegionUnderTest(
            HostMemoryProvider provider,
            MemorySegment whole,
            MemorySegment memory,
            RegionCapabilities capabilities,
            AccessOptions options,
            Permanence permanence,
            Runnable release) {
        this.whole = whole;
        this.memory = memory;
        this.accessor = provider.open(
                MappedRegion.borrowed(memory, capabilities, options, permanence).releasedBy(release));
    }

    private static byte[] noise() {
        byte[] noise = new byte[1 << 21];
        new SplittableRandom(20261124).nextBytes(noise);
        return noise;
    }

    /** {@return RAM that begins at a multiple of 64, filled with noise} */
    static RegionUnderTest ram(HostMemoryProvider provider, CacheMode mode, int size) {
        return ram(provider, mode, size, AccessOptions.DEFAULT);
    }

    static RegionUnderTest ram(HostMemoryProvider provider, CacheMode mode, int size, AccessOptions options) {
        return of(provider, RegionCapabilities.whole(size, mode, CacheModeSource.REPORTED), options, 0, () -> {});
    }

    /** {@return RAM that begins {@code misaligned} bytes after a multiple of 64} */
    static RegionUnderTest of(
            HostMemoryProvider provider,
            RegionCapabilities capabilities,
            AccessOptions options,
            int misaligned,
            Runnable release) {
        long size = capabilities.size();
        MemorySegment whole = Arena.ofAuto().allocate(CANARY + misaligned + size + CANARY, 64);
        MemorySegment.copy(NOISE, NOISE.length - CANARY, whole, ValueLayout.JAVA_BYTE, 0, CANARY);
        RegionUnderTest subject = new RegionUnderTest(
                provider,
                whole,
                whole.asSlice(CANARY + misaligned, size),
                capabilities,
                options,
                Permanence.PERMANENT,
                release);
        subject.scramble(0);
        return subject;
    }

    /** {@return a mapped file of twice {@link #EDGE} bytes, the second half of which faults} */
    static RegionUnderTest withEdge(HostMemoryProvider provider, CacheMode mode, AccessOptions options) {
        MemorySegment memory = mapped(2 * EDGE, EDGE);
        MemorySegment.copy(NOISE, 0, memory, ValueLayout.JAVA_BYTE, 0, (int) EDGE);
        return new RegionUnderTest(
                provider,
                memory.asSlice(0, EDGE),
                memory,
                RegionCapabilities.whole(2 * EDGE, mode, CacheModeSource.REPORTED),
                options,
                Permanence.MAY_VANISH,
                () -> {});
    }

    /** {@return a mapped file whose memory faults from the close on, as a BAR's does} */
    static RegionUnderTest gone(HostMemoryProvider provider, CacheMode mode, int size) {
        try {
            FileChannel file = scratchFile();
            MemorySegment memory = file.map(MapMode.READ_WRITE, 0, size, Arena.ofAuto());
            return new RegionUnderTest(
                    provider,
                    memory,
                    memory,
                    RegionCapabilities.whole(size, mode, CacheModeSource.REPORTED),
                    AccessOptions.DEFAULT,
                    Permanence.MAY_VANISH,
                    () -> {
                        try (file) {
                            file.truncate(0);
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return memory of which only the first bytes exist} */
    static MemorySegment mapped(long size, long existing) {
        try (FileChannel file = scratchFile()) {
            MemorySegment memory = file.map(MapMode.READ_WRITE, 0, size, Arena.ofAuto());
            file.truncate(existing);
            return memory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return a mapped file, which is unmapped when an arena ends} */
    static MemorySegment mapped(long size, Arena arena) {
        try (FileChannel file = scratchFile()) {
            return file.map(MapMode.READ_WRITE, 0, size, arena);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static FileChannel scratchFile() throws IOException {
        Path path = Files.createTempFile("hostmem-testkit", ".region");
        FileChannel file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
        Files.delete(path);
        return file;
    }

    HostMemoryAccessor accessor() {
        return accessor;
    }

    /** {@return the region's memory} */
    MemorySegment memory() {
        return memory;
    }

    /** {@return a copy of the region with its canaries, to be changed by what the test expects} */
    Expected expected() {
        return new Expected(this);
    }

    /** Fills region and canaries with noise, another one for every salt. */
    void scramble(int salt) {
        long length = whole.byteSize();
        MemorySegment.copy(
                NOISE, salt * 31 % (int) (NOISE.length - length), whole, ValueLayout.JAVA_BYTE, 0, (int) length);
    }

    /** {@return bytes that look like nothing else} */
    static MemorySegment noise(int salt, int length) {
        return MemorySegment.ofArray(NOISE)
                .asSlice(salt * 131L % (NOISE.length - length), length)
                .asReadOnly();
    }

    /** Skips the rest of the test where the accessor does not promise this. */
    void assumePromised(Guarantee guarantee) {
        assumeTrue(
                accessor.guarantees().contains(guarantee),
                () -> "not promised here: " + guarantee + " (" + guarantee.rule() + "), for "
                        + accessor.capabilities().cacheMode() + " memory");
    }

    /** {@return the value that lies in memory, in a byte order} */
    long value(long offset, int width, ByteOrder order) {
        long value = 0;
        for (int i = 0; i < width; i++) {
            long one = memory.get(ValueLayout.JAVA_BYTE, offset + i) & 0xffL;
            value |= one << (8 * (order == ByteOrder.LITTLE_ENDIAN ? i : width - 1 - i));
        }
        return value;
    }

    @Override
    public void close() {
        accessor.close();
    }

    /** What region and canaries should hold. */
    static final class Expected {

        private final RegionUnderTest subject;
        private final MemorySegment whole;
        private final MemorySegment region;

        private Expected(RegionUnderTest subject) {
            this.subject = subject;
            whole = Arena.ofAuto().allocate(subject.whole.byteSize());
            long before = subject.memory.address() - subject.whole.address();
            region = whole.asSlice(before, Math.min(subject.memory.byteSize(), whole.byteSize() - before));
            refresh();
        }

        /** Takes over what is there. */
        void refresh() {
            MemorySegment.copy(subject.whole, 0, whole, 0, whole.byteSize());
        }

        MemorySegment region() {
            return region;
        }

        /** Fails unless region and canaries hold exactly this. */
        void check(String what) {
            long differs = whole.mismatch(subject.whole);
            if (differs >= 0) {
                long before = subject.memory.address() - subject.whole.address();
                assertEquals(
                        hex(whole, differs),
                        hex(subject.whole, differs),
                        what + ": the byte at offset " + (differs - before)
                                + " of the region (negative or past its end: a canary)");
            }
        }

        void check(int width, long offset, String operation) {
            if (whole.mismatch(subject.whole) >= 0) {
                check(operation + " of " + width + " bytes at offset " + offset);
            }
        }

        private static String hex(MemorySegment bytes, long offset) {
            return Integer.toHexString(bytes.get(ValueLayout.JAVA_BYTE, offset) & 0xff);
        }
    }
}
