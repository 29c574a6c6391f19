package org.hostmem.cli.exhibits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hostmem.cli.exhibits.Watch.Kind.STORES;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;
import org.hostmem.AccessOptions;
import org.hostmem.HostMemoryAccessor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** PCI writes arrive in order, the last byte last. */
@Tag("R3")
class Point12Test extends PointTest {

    private final MemorySegment memory = Hosts.memory(8192);
    private final MemorySegment source = Hosts.memory(8192);
    private final byte[] ram = new byte[8192];

    Point12Test() {
        super("12");
    }

    /** One store of both is reported first byte first. */
    private boolean lastBeforeFirst(int length, Runnable copy) {
        List<Long> order = Watch.order(STORES, memory, 1, new long[] {0, length - 1}, copy);
        return order.indexOf(length - 1L) < order.indexOf(0L);
    }

    @Test
    void memcpyWritesTheLastByteFirstForSomeLengths() {
        assertThat(IntStream.range(2, 300))
                .anyMatch(length -> lastBeforeFirst(length, () -> Naive.memcpy(memory, source, length)));
    }

    @Test
    void aTransferNeverDoes() {
        for (HostMemoryAccessor region : Hosts.regions(memory, AccessOptions.DEFAULT)) {
            for (int length : new int[] {2, 3, 7, 8, 15, 64, 255, 4096}) {
                for (int offset : new int[] {0, 3}) {
                    long[] watched = {offset, offset + length / 3, offset + 2 * length / 3, offset + length - 1};
                    List<Long> order =
                            Watch.order(STORES, memory, 1, watched, () -> region.writeBytes(offset, ram, 5, length));
                    assertThat(order)
                            .as("%s: %s bytes at %s", region, length, offset)
                            .isSorted()
                            .hasSize(4);
                }
            }
        }
    }

    @Test
    void scalarsAreStoredInTheOrderOfTheProgram() {
        for (HostMemoryAccessor region : Hosts.regions(memory, AccessOptions.DEFAULT)) {
            for (int round = 0; round < 3; round++) {
                Runnable flagAfterData = () -> {
                    region.writeInt(16, 1);
                    region.writeInt(0, 2);
                    region.writeInt(16, 3);
                    region.writeInt(8, 4);
                };
                assertThat(Watch.order(STORES, memory, 4, new long[] {0, 8, 16}, flagAfterData))
                        .as(region.toString())
                        .containsExactly(16L, 0L, 16L, 8L);
                for (int i = 0; i < 4_000; i++) {
                    flagAfterData.run();
                }
            }
        }
    }
}
