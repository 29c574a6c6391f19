package org.hostmem.integration.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.hostmem.AccessOptions;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.FaultPolicy;
import org.hostmem.Guarantee;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.Permanence;
import org.hostmem.RegionCapabilities;
import org.hostmem.Transfer;
import org.hostmem.Transfer.Span;
import org.hostmem.spi.HostMemoryProvider;
import org.hostmem.spi.MappedRegion;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A device that answers again in the middle of a transfer: what it did not answer before, and all after that, stays an
 * unsupported request.
 */
class UnsupportedTransferTest {

    private static final int SIZE = 1 << 20;
    private static final int GONE = 3 << 16;
    private static final int BACK = 5 << 16;

    @TempDir
    private Path directory;

    static Stream<Arguments> modes() {
        return Regions.providers().stream()
                .flatMap(provider -> Stream.of(CacheMode.values()).map(mode -> Arguments.of(provider, mode)));
    }

    /** The memory of a file that is cut short, and made whole when a transfer has come further than that. */
    private interface Copy {
        void make(HostMemoryAccessor device, HostMemoryAccessor ram, Transfer how);
    }

    private MemorySegment transfer(
            HostMemoryProvider provider, CacheMode mode, MemorySegment ram, byte before, Copy copy) throws IOException {
        try (FileChannel file = FileChannel.open(
                directory.resolve("device"),
                StandardOpenOption.CREATE,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
            MemorySegment memory = file.map(MapMode.READ_WRITE, 0, SIZE, Arena.ofAuto());
            memory.fill(before);
            file.truncate(GONE);
            Transfer how = Transfer.DEFAULT.with((completed, length) -> {
                if (completed >= BACK) {
                    extend(file);
                }
                return true;
            });
            HostMemoryAccessor device = provider.open(MappedRegion.borrowed(
                    memory,
                    RegionCapabilities.whole(SIZE, mode, CacheModeSource.ASSERTED),
                    AccessOptions.DEFAULT.with(FaultPolicy.UNSUPPORTED_REQUEST),
                    Permanence.MAY_VANISH));
            assumeTrue(device.guarantees().contains(Guarantee.PRECISE_FAULTS), "no precise faults here");
            copy.make(device, Regions.open(provider, ram, CacheMode.NORMAL), how);
            device.close();
            extend(file);
            return memory;
        }
    }

    private static void extend(FileChannel file) {
        try {
            file.write(java.nio.ByteBuffer.allocate(1), SIZE - 1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void assertFilled(MemorySegment memory, int from, int to, int with) {
        MemorySegment filled = Arena.ofAuto().allocate(to - from).fill((byte) with);
        assertThat(MemorySegment.mismatch(memory, from, to, filled, 0, to - from))
                .isEqualTo(-1);
    }

    @ParameterizedTest
    @MethodSource("modes")
    void aReadIsOnesFromTheFaultOn(HostMemoryProvider provider, CacheMode mode) throws IOException {
        for (int skew : new int[] {0, 1, 3}) {
            MemorySegment ram = Regions.memory(SIZE + 64);
            transfer(provider, mode, ram, (byte) 5, (device, target, how) -> how.copy(device, 0, target, skew, SIZE));
            assertFilled(ram, skew, GONE + skew, 5);
            assertFilled(ram, GONE + skew, SIZE + skew, -1);
        }
    }

    @ParameterizedTest
    @MethodSource("modes")
    void aReadOfRangesAndViewsIsOnesFromTheFaultOn(HostMemoryProvider provider, CacheMode mode) throws IOException {
        MemorySegment ram = Regions.memory(SIZE);
        transfer(provider, mode, ram, (byte) 5, (device, target, how) -> {
            HostMemoryAccessor view = device.slice(0, SIZE);
            how.copy(
                    List.of(new Span(view, 0, 1000), new Span(view, 1001, SIZE - 1001)),
                    List.of(new Span(target, 0, SIZE - 1)));
        });
        assertFilled(ram, 0, GONE - 1, 5);
        assertFilled(ram, GONE - 1, SIZE - 1, -1);
    }

    @ParameterizedTest
    @MethodSource("modes")
    void aFaultInOneViewIsRememberedInTheNext(HostMemoryProvider provider, CacheMode mode) throws IOException {
        int edge = 6 << 16;
        MemorySegment ram = Regions.memory(SIZE);
        transfer(
                provider,
                mode,
                ram,
                (byte) 5,
                (device, target, how) -> how.copy(
                        List.of(
                                new Span(device.slice(0, edge), 0, edge),
                                new Span(device.slice(edge, SIZE - edge), 0, SIZE - edge)),
                        List.of(new Span(target, 0, SIZE))));
        assertFilled(ram, GONE, SIZE, -1);
    }

    @ParameterizedTest
    @MethodSource("modes")
    void aWriteIsDroppedFromTheFaultOn(HostMemoryProvider provider, CacheMode mode) throws IOException {
        for (int skew : new int[] {0, 1, 3}) {
            MemorySegment ram = Regions.memory(SIZE + 64).fill((byte) 9);
            MemorySegment memory = transfer(
                    provider, mode, ram, (byte) 5, (device, source, how) -> how.copy(source, skew, device, 0, SIZE));
            assertFilled(memory, 0, GONE, 9);
            assertFilled(memory, GONE, SIZE, 0);
        }
    }
}
