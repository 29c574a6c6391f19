package org.hostmem.cli.exhibits;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hostmem.cli.exhibits.Watch.Kind.STORES;

import java.lang.foreign.MemorySegment;
import org.hostmem.AccessOptions;
import org.hostmem.HostMemoryAccessor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** memcpy is not always __builtin_memcpy: what an access is depends on a compiler. javac and C2 are compilers, too. */
@Tag("R1")
class Point01Test extends PointTest {

    private final MemorySegment memory = Hosts.memory(64);

    Point01Test() {
        super("1");
    }

    private static void fourBytes(MemorySegment memory, int times) {
        for (int i = 0; i < times; i++) {
            memory.set(JAVA_BYTE, 0, (byte) 1);
            memory.set(JAVA_BYTE, 1, (byte) 2);
            memory.set(JAVA_BYTE, 2, (byte) 3);
            memory.set(JAVA_BYTE, 3, (byte) 4);
        }
    }

    @Test
    void fourStoresAreFewerOnceTheCompilerHasSeenThem() {
        Runnable hundred = () -> fourBytes(memory, 100);
        assertThat(Watch.count(STORES, memory, 0, 8, hundred))
                .as("stores at first")
                .isEqualTo(400);
        assertThat(Naive.eventually(() -> {
                    fourBytes(memory, 100_000);
                    return Watch.count(STORES, memory, 0, 8, hundred) < 400;
                }))
                .as("compiled, there are fewer stores")
                .isTrue();
    }

    private static void fourBytes(HostMemoryAccessor region) {
        region.writeByte(0, (byte) 1);
        region.writeByte(1, (byte) 2);
        region.writeByte(2, (byte) 3);
        region.writeByte(3, (byte) 4);
    }

    @Test
    void fourWritesAreFourStoresBeforeAndAfter() {
        for (HostMemoryAccessor region : Hosts.regions(memory, AccessOptions.DEFAULT)) {
            for (int round = 0; round < 4; round++) {
                assertThat(Watch.count(STORES, memory, 0, 8, () -> fourBytes(region)))
                        .as("%s, round %s", region, round)
                        .isEqualTo(4);
                for (int i = 0; i < 5_000; i++) {
                    fourBytes(region);
                }
            }
        }
    }
}
