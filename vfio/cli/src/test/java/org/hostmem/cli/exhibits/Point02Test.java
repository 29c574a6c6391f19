package org.hostmem.cli.exhibits;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hostmem.cli.exhibits.Watch.Kind.ACCESSES;
import static org.hostmem.cli.exhibits.Watch.Kind.STORES;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.hostmem.AccessOptions;
import org.hostmem.HostMemoryAccessor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A memcpy of variable length makes several stores of one access. */
@Tag("R1")
@Tag("R4")
class Point02Test extends PointTest {

    private final MemorySegment memory = Hosts.memory(64);
    private final MemorySegment source = Hosts.memory(64);

    Point02Test() {
        super("2");
    }

    @Test
    void memcpyMakesSeveralStoresOfOne() {
        List<Integer> stores = Stream.of(2, 4, 8)
                .map(width -> Watch.count(STORES, memory, 0, 8, () -> Naive.memcpy(memory, source, width)))
                .toList();
        assertThat(stores).as("stores for 2, 4 and 8 aligned bytes").anyMatch(times -> times > 1);
    }

    @Test
    void anAlignedWriteIsOneStoreOfExactlyItsBytes() {
        for (HostMemoryAccessor region : Hosts.regions(memory, AccessOptions.DEFAULT)) {
            for (int width : WIDTHS) {
                for (int offset = 8; offset < 16; offset += width) {
                    int at = offset;
                    Runnable scalar = () -> region.write(at, width, -1);
                    Runnable bulk = () -> region.writeBytes(at, source, 3, width, org.hostmem.TransferOrder.ASCENDING);
                    for (Runnable access : new Runnable[] {scalar, bulk}) {
                        assertThat(Watch.count(STORES, memory, 8, 8, access))
                                .as("%s, %s bytes at %s", region, width, at)
                                .isOne();
                        assertThat(Watch.bytes(STORES, memory, 4, 16, access))
                                .isEqualTo(IntStream.range(4, 20)
                                        .map(b -> b >= at && b < at + width ? 1 : 0)
                                        .toArray());
                    }
                }
            }
        }
    }

    @Test
    void anAlignedReadIsOneLoadOfExactlyItsBytes() {
        for (HostMemoryAccessor region : Hosts.regions(memory, AccessOptions.DEFAULT)) {
            for (int width : WIDTHS) {
                Runnable scalar = () -> region.read(8, width);
                byte[] ram = new byte[width];
                Runnable bulk = () -> region.readBytes(8, ram, 0, width);
                for (Runnable access : new Runnable[] {scalar, bulk}) {
                    assertThat(Watch.count(ACCESSES, memory, 8, 8, access))
                            .as("%s, %s bytes", region, width)
                            .isOne();
                    assertThat(Watch.bytes(ACCESSES, memory, 4, 16, access))
                            .isEqualTo(IntStream.range(4, 20)
                                    .map(b -> b >= 8 && b < 8 + width ? 1 : 0)
                                    .toArray());
                }
            }
        }
    }

    @Test
    void whatIsWrittenIsRight() {
        for (HostMemoryAccessor region : Hosts.regions(memory, AccessOptions.DEFAULT)) {
            region.writeLong(8, 0x0807_0605_0403_0201L);
            assertThat(memory.asSlice(8, 8).toArray(JAVA_BYTE)).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
            assertThat(region.readInt(12)).isEqualTo(0x0807_0605);
        }
    }
}
