package org.hostmem.cli.exhibits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.hostmem.AccessOptions;
import org.hostmem.AccessRejectedException;
import org.hostmem.CacheMode;
import org.hostmem.CacheModeSource;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionCapabilities;
import org.hostmem.RegionCapabilities.Area;
import org.hostmem.Transfer;
import org.hostmem.vfio.CacheModeCapabilityDecoder;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.EmbeddedDevice;
import org.hostmem.vfio.InfoCapability;
import org.hostmem.vfio.RegionInfo;
import org.hostmem.vfio.RegionInfoException;
import org.hostmem.vfio.RegionInfoException.Violation;
import org.hostmem.vfio.RegionInfoParser;
import org.hostmem.vfio.VfioOptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The host driver reports the cache mode; and the overlap of the last mail, which no cache mode makes smaller. */
@Tag("R4")
@Tag("R7")
class PointS3Test extends PointTest {

    private static final int ID = EmbeddedDevice.CACHE_MODE_CAPABILITY;
    private static final int PAGE = 4096;
    private static final long GIB = 1L << 30;

    PointS3Test() {
        super("S3", "S3.1", "S3.2", "S3.overlap");
    }

    private static InfoCapability.Unknown reported(int... words) {
        ByteBuffer report = ByteBuffer.allocate(32 + 8 + 4 * words.length - 4).order(ByteOrder.nativeOrder());
        report.putInt(report.capacity())
                .putInt(RegionInfo.FLAG_MMAP | RegionInfo.FLAG_CAPS)
                .putInt(0)
                .putInt(32)
                .putLong(3 * PAGE)
                .putLong(0);
        report.putShort((short) ID).putShort((short) words[0]).putInt(0);
        Arrays.stream(words).skip(1).forEach(report::putInt);
        return RegionInfoParser.parse(report.flip(), PAGE)
                .capability(InfoCapability.Unknown.class)
                .orElseThrow();
    }

    private static RegionInfo region(int flags, InfoCapability... capabilities) {
        return new RegionInfo(0, flags, 3 * PAGE, 0, List.of(capabilities));
    }

    @Test
    void aUserCannotDriveTheModeWhereTheHostReportsOne() {
        VfioOptions options =
                VfioOptions.none().with(new CacheModeCapabilityDecoder(ID)).asserting(0, CacheMode.NORMAL);
        try (Device device = EmbeddedDevice.open(options)) {
            RegionCapabilities capabilities = device.region(0).capabilities();
            assertThat(capabilities.cacheMode()).isEqualTo(CacheMode.NONCACHED);
            assertThat(capabilities.cacheModeSource()).isEqualTo(CacheModeSource.REPORTED);
        }
    }

    @Test
    void theFourModesOfTheKernelCanBeReported() {
        CacheMode[] modes = {CacheMode.NONCACHED, CacheMode.WRITE_COMBINING, CacheMode.DEVICE, CacheMode.NORMAL};
        for (int number = 0; number < modes.length; number++) {
            assertThat(new CacheModeCapabilityDecoder(ID)
                            .decode(reported(1, number, 0), region(RegionInfo.FLAG_MMAP))
                            .mode())
                    .as("also pgprot_device, which the CDX driver uses")
                    .isEqualTo(modes[number]);
        }
        assertThat(new CacheModeCapabilityDecoder(ID)
                        .decode(reported(1, 4, 0), region(RegionInfo.FLAG_MMAP))
                        .mode())
                .isEqualTo(CacheMode.UNKNOWN);
    }

    @Test
    void withoutMmapThereIsNoModeAgainstTheLetterOfTheProposal() {
        CacheModeCapabilityDecoder decoder = new CacheModeCapabilityDecoder(ID);
        assertThat(decoder.decode(reported(1, 3, 0), region(RegionInfo.FLAG_READ))
                        .mode())
                .as("FLAG_MMAP absent")
                .isEqualTo(CacheMode.UNKNOWN);
        assertThat(decoder.decode(reported(1, 3, 0), region(RegionInfo.FLAG_READ))
                        .notes())
                .isNotEmpty();
        assertThat(decoder.decode(reported(1, 3, 0), region(RegionInfo.FLAG_READ | RegionInfo.FLAG_MMAP))
                        .mode())
                .as("FLAG_MMAP present")
                .isEqualTo(CacheMode.NORMAL);
    }

    @Test
    void areasThatDisagreeAreRefusedAndNotTheFirstOneTaken() {
        RegionInfo sparse = region(
                RegionInfo.FLAG_MMAP,
                new InfoCapability.SparseMmap(List.of(new Area(0, PAGE), new Area(2 * PAGE, PAGE))));
        CacheModeCapabilityDecoder decoder = new CacheModeCapabilityDecoder(ID);
        assertThat(decoder.decode(reported(2, 2, 0, 1, 1), sparse).mode()).isEqualTo(CacheMode.WRITE_COMBINING);
        assertThatExceptionOfType(RegionInfoException.class)
                .isThrownBy(() -> decoder.decode(reported(2, 2, 0, 1, 3), sparse))
                .satisfies(refused -> assertThat(refused.violation()).isEqualTo(Violation.CACHE_MODES_DISAGREE));
        assertThatExceptionOfType(RegionInfoException.class)
                .isThrownBy(() -> decoder.decode(reported(2, 1, 0, 1), sparse))
                .satisfies(refused -> assertThat(refused.violation()).isEqualTo(Violation.CACHE_MODE_COUNT));
    }

    /**
     * Copies cells 0 .. n-1 to d .. d+n-1. {@return the destination's cells in the order of their writes, or nothing if
     * the result is wrong}
     */
    private static List<Integer> move(int n, int d, List<Integer> sources) {
        int[] memory = IntStream.range(0, n + d).toArray();
        for (int source : sources) {
            memory[d + source] = memory[source];
        }
        boolean exact = IntStream.range(0, n).allMatch(i -> memory[d + i] == i);
        return exact ? sources.stream().map(source -> d + source).toList() : List.of();
    }

    @Test
    void copyingTheSecondHalfFirstIsExactButNotInOrder() {
        assertThat(move(4, 2, List.of(2, 3, 0, 1)))
                .as("two copies forwards, a cell being half a GiB")
                .containsExactly(4, 5, 2, 3);
        assertThat(move(4, 2, List.of(0, 1, 2, 3)))
                .as("in order, without a buffer: wrong")
                .isEmpty();
    }

    @Test
    void aFixedBufferAndHopeIsNotEnough() {
        assertThat(needed(200, 100))
                .as("0..2G to 1G..3G, a cell being 10 MiB or so")
                .isEqualTo(100);
    }

    /**
     * The most cells that an ascending move must hold at once, by counting those that are overwritten before they are
     * written.
     */
    private static int needed(int n, int d) {
        int most = 0;
        for (int written = 0; written < n; written++) {
            int last = written;
            most = Math.max(most, (int) IntStream.range(written + 1, n)
                    .filter(source -> source >= d && source <= d + last)
                    .count());
        }
        return most;
    }

    @Test
    void whatHostmemBuffersIsWhatIsNeededNoMoreAndNoLess() {
        for (HostMemoryAccessor region : Hosts.regions(Hosts.memory(256), AccessOptions.DEFAULT)) {
            for (int n = 1; n <= 24; n++) {
                for (int d = 1; d < n; d++) {
                    int length = n;
                    int to = d;
                    int need = needed(n, d);
                    assertThat(need).isEqualTo(Math.min(d, n - d));
                    region.move(0, to, length, Transfer.DEFAULT.withBudget(need));
                    assertThatExceptionOfType(AccessRejectedException.class)
                            .as("%s: %s by %s", region, n, d)
                            .isThrownBy(() -> region.move(0, to, length, Transfer.DEFAULT.withBudget(need - 1)));
                }
            }
        }
    }

    @Test
    void twoGibibytesByOneAreRefusedUnderASmallBudgetAndSayWhy() {
        try (Device device = EmbeddedDevice.open();
                HostMemoryAccessor region = device.region(4).open(AccessOptions.DEFAULT)) {
            for (long budget : new long[] {0, 64L << 20, GIB - 1}) {
                assertThatExceptionOfType(AccessRejectedException.class)
                        .isThrownBy(() -> region.move(0, GIB, 2 * GIB, Transfer.DEFAULT.withBudget(budget)))
                        .withMessageContaining(Long.toString(GIB));
            }
            region.move(0, GIB, 4096, Transfer.DEFAULT.withBudget(0));
            region.move(GIB, 0, 4096, Transfer.DEFAULT.withBudget(0));
        }
    }
}
