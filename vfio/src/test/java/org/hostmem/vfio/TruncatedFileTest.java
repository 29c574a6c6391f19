package org.hostmem.vfio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.List;
import org.hostmem.AccessOptions;
import org.hostmem.Atomics;
import org.hostmem.CacheMode;
import org.hostmem.Direction;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionFaultException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** R9 on NORMAL memory: a file as a region, which somebody cuts short while it is mapped. */
class TruncatedFileTest {

    /** A multiple of every page size in use. */
    private static final int EDGE = 1 << 16;
    /** Enough for each access to be interpreted, compiled by C1, and compiled by C2. */
    private static final int ROUNDS = 20_000;

    @TempDir
    Path folder;

    private record Access(String name, Direction direction, int width, int before, Runnable call) {}

    private static List<Access> accesses(HostMemoryAccessor region) {
        Atomics atomics = region.atomics();
        byte[] ram = new byte[24];
        return List.of(
                new Access("readByte", Direction.READ, 1, 0, () -> region.readByte(EDGE)),
                new Access("readShort", Direction.READ, 2, 0, () -> region.readShort(EDGE)),
                new Access("readInt", Direction.READ, 4, 0, () -> region.readInt(EDGE)),
                new Access("readLong", Direction.READ, 8, 0, () -> region.readLong(EDGE)),
                new Access("writeByte", Direction.WRITE, 1, 0, () -> region.writeByte(EDGE, (byte) 1)),
                new Access("writeShort", Direction.WRITE, 2, 0, () -> region.writeShort(EDGE, (short) 1)),
                new Access("writeInt", Direction.WRITE, 4, 0, () -> region.writeInt(EDGE, 1)),
                new Access("writeLong", Direction.WRITE, 8, 0, () -> region.writeLong(EDGE, 1)),
                new Access("readBytes", Direction.READ, 8, 8, () -> region.readBytes(EDGE - 8, ram, 0, 16)),
                new Access("writeBytes", Direction.WRITE, 8, 8, () -> region.writeBytes(EDGE - 8, ram, 0, 16)),
                new Access("fill", Direction.WRITE, 8, 8, () -> region.fill(EDGE - 8, 16, (byte) 1)),
                new Access(
                        "compareAndExchange", Direction.WRITE, 4, 0, () -> atomics.compareAndExchange(EDGE, 4, 0, 1)),
                new Access("getAndAdd", Direction.WRITE, 8, 0, () -> atomics.getAndAdd(EDGE, 8, 1)),
                new Access("getAcquire", Direction.READ, 4, 0, () -> atomics.getAcquire(EDGE, 4)),
                new Access("setRelease", Direction.WRITE, 2, 0, () -> atomics.setRelease(EDGE, 2, 1)));
    }

    @Test
    void everyAccessBehindTheEndSaysWhereItFaultedInEveryTier() throws Exception {
        Path path = folder.resolve("ram.bin");
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(2 * EDGE);
            try (Device device = Vfio.file(path, VfioOptions.none());
                    HostMemoryAccessor region = device.region(0).open(AccessOptions.DEFAULT)) {
                assertThat(region.capabilities().cacheMode()).isEqualTo(CacheMode.NORMAL);
                assumeTrue(
                        region.guarantees().contains(Guarantee.PRECISE_FAULTS),
                        "the provider on this host reports no precise faults");
                List<Access> accesses = accesses(region);
                accesses.forEach(access -> access.call.run());
                file.setLength(EDGE);
                for (int round = 0; round < ROUNDS; round++) {
                    for (Access access : accesses) {
                        check(access);
                    }
                }
                file.setLength(2 * EDGE);
                accesses.forEach(access -> access.call.run());
                assertThat(region.readLong(EDGE - 8))
                        .as("what was written in front of the fault")
                        .isEqualTo(0x0101_0101_0101_0101L);
            }
        }
    }

    /** AssertJ would be most of the work. */
    private static void check(Access access) {
        try {
            access.call.run();
        } catch (RegionFaultException fault) {
            if (fault.offset() == EDGE
                    && fault.completed() == access.before
                    && fault.direction() == access.direction
                    && fault.width() == access.width) {
                return;
            }
            throw new AssertionError(access.name, fault);
        }
        throw new AssertionError(access.name + " found memory behind the end of the file");
    }

    @Test
    void aViewOfItIsAsPrecise() throws Exception {
        Path path = folder.resolve("ram.bin");
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(2 * EDGE);
            try (Device device = Vfio.file(path, VfioOptions.none());
                    HostMemoryAccessor region = device.region(0).open(AccessOptions.DEFAULT)) {
                assumeTrue(
                        region.guarantees().contains(Guarantee.PRECISE_FAULTS),
                        "the provider on this host reports no precise faults");
                HostMemoryAccessor view = region.slice(EDGE, EDGE);
                file.setLength(EDGE);
                assertThatExceptionOfType(RegionFaultException.class)
                        .isThrownBy(() -> view.readInt(16))
                        .matches(fault -> fault.offset() == 16);
            }
        }
    }
}
