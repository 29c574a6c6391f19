package org.hostmem.cli.exhibits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hostmem.cli.exhibits.Watch.Kind.STORES;

import java.lang.foreign.MemorySegment;
import org.hostmem.AccessOptions;
import org.hostmem.CacheMode;
import org.hostmem.HostMemoryAccessor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** memcpy writes 15 bytes with two overlapping stores of 8. */
@Tag("R2")
@Tag("R4")
class Point10Test extends PointTest {

    private static final int GUARD = 4;

    private final MemorySegment memory = Hosts.memory(256);
    private final byte[] ram = new byte[256];

    Point10Test() {
        super("10");
    }

    @Test
    void memcpyWritesTheByteInTheMiddleTwice() {
        assertThat(Watch.bytes(STORES, memory, 0, 15, () -> Naive.memcpy(memory, Hosts.memory(15), 15)))
                .containsExactly(1, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1, 1, 1);
    }

    @Test
    void everyByteIsWrittenOnceAndNothingOutside() {
        for (CacheMode mode : new CacheMode[] {CacheMode.NONCACHED, CacheMode.NORMAL}) {
            for (HostMemoryAccessor region : Hosts.regions(memory, mode, AccessOptions.DEFAULT)) {
                for (int length : new int[] {1, 2, 3, 7, 15, 16, 31, 33, 65}) {
                    for (int offset : new int[] {64, 65, 67}) {
                        int[] expected = new int[length + 2 * GUARD];
                        java.util.Arrays.fill(expected, GUARD, GUARD + length, 1);
                        assertThat(Watch.bytes(
                                        STORES,
                                        memory,
                                        offset - GUARD,
                                        expected.length,
                                        () -> region.writeBytes(offset, ram, 1, length)))
                                .as("%s: %s bytes at %s", region, length, offset)
                                .isEqualTo(expected);
                    }
                }
            }
        }
    }

    @Test
    void fifteenBytesAreAsManyStoresAsThePlanSays() {
        for (HostMemoryAccessor region : Hosts.regions(memory, AccessOptions.DEFAULT)) {
            assertThat(Watch.count(STORES, memory, 64, 8, () -> region.writeBytes(64, ram, 0, 15)))
                    .as("8")
                    .isOne();
            assertThat(Watch.count(STORES, memory, 72, 8, () -> region.writeBytes(64, ram, 0, 15)))
                    .as("4, 2 and 1")
                    .isEqualTo(3);
        }
    }
}
