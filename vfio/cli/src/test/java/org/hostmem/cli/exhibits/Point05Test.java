package org.hostmem.cli.exhibits;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hostmem.cli.exhibits.Watch.Kind.ACCESSES;
import static org.hostmem.cli.exhibits.Watch.Kind.STORES;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import org.hostmem.AccessOptions;
import org.hostmem.HostMemoryAccessor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A memcpy of fixed size happens to be one access, while the compiler likes it so. */
@Tag("R1")
class Point05Test extends PointTest {

    private static final VarHandle INT = JAVA_INT.varHandle();

    private final MemorySegment memory = Hosts.memory(64);
    private byte kept;

    Point05Test() {
        super("5");
    }

    private static int lowBytes(MemorySegment memory, int times) {
        int sum = 0;
        for (int i = 0; i < times; i++) {
            sum += (int) INT.getOpaque(memory, 0L) & 0xff;
        }
        return sum;
    }

    @Test
    void theCompilerNarrowsAnOpaqueReadOfFourBytes() {
        Runnable hundred = () -> kept += (byte) lowBytes(memory, 100);
        assertThat(Watch.count(ACCESSES, memory, 3, 1, hundred))
                .as("reads of the last of the four bytes at first")
                .isEqualTo(100);
        assertThat(Naive.eventually(() -> {
                    kept += (byte) lowBytes(memory, 100_000);
                    return Watch.count(ACCESSES, memory, 3, 1, hundred) == 0;
                }))
                .as("compiled, the last of the four bytes is not read")
                .isTrue();
    }

    @Test
    void aReadHasItsWidthWhateverIsMadeOfTheValue() {
        for (HostMemoryAccessor region : Hosts.regions(memory, AccessOptions.DEFAULT)) {
            Runnable read = () -> kept += (byte) region.readInt(0);
            for (int round = 0; round < 4; round++) {
                assertThat(Watch.bytes(ACCESSES, memory, 0, 8, read))
                        .as("%s, round %s", region, round)
                        .containsExactly(1, 1, 1, 1, 0, 0, 0, 0);
                for (int i = 0; i < 5_000; i++) {
                    read.run();
                }
            }
        }
    }

    @Test
    void aWidthKnownAtRunTimeOnlyGivesTheSameSingleStore() {
        for (HostMemoryAccessor region : Hosts.regions(memory, AccessOptions.DEFAULT)) {
            for (int i = 0; i < 100; i++) {
                int width = WIDTHS[i % 4];
                assertThat(Watch.count(STORES, memory, 8, 8, () -> region.write(8, width, 0)))
                        .as("%s, %s bytes", region, width)
                        .isOne();
            }
        }
    }
}
