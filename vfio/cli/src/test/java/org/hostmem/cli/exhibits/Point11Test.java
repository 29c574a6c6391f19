package org.hostmem.cli.exhibits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hostmem.cli.exhibits.Watch.Kind.STORES;

import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;
import org.hostmem.AccessOptions;
import org.hostmem.HostMemoryAccessor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Off x86-64 memcpy writes a single byte three times. That is seen in the lab; on x86-64 it writes one of two bytes
 * twice.
 */
@Tag("R1")
@Tag("R2")
class Point11Test extends PointTest {

    private final MemorySegment memory = Hosts.memory(64);

    Point11Test() {
        super("11");
    }

    @Test
    void ofTwoOrThreeBytesMemcpyWritesOneTwice() {
        int most = 0;
        for (int length = 2; length <= 3; length++) {
            int bytes = length;
            most = Math.max(
                    most,
                    IntStream.of(Watch.bytes(STORES, memory, 0, 4, () -> Naive.memcpy(memory, Hosts.memory(4), bytes)))
                            .max()
                            .orElseThrow());
        }
        assertThat(most).isEqualTo(2);
    }

    @Test
    void onAarch64CopiesOfAFewBytesWriteSomeOfThemTwice() {
        assertThat(Hosts.seenInTheLab("memcpy-7@1", "aarch64")).contains("R2", "R3");
        assertThat(Hosts.seenInTheLab("copy-array-7@1", "aarch64")).contains("R2");
    }

    @Test
    void oneByteIsOneStoreOfThatByte() {
        for (HostMemoryAccessor region : Hosts.regions(memory, AccessOptions.DEFAULT)) {
            for (int offset = 8; offset < 16; offset++) {
                int at = offset;
                int[] expected =
                        IntStream.range(4, 20).map(b -> b == at ? 1 : 0).toArray();
                assertThat(Watch.bytes(STORES, memory, 4, 16, () -> region.writeBytes(at, new byte[1], 0, 1)))
                        .as("%s, bulk at %s", region, at)
                        .isEqualTo(expected);
                assertThat(Watch.bytes(STORES, memory, 4, 16, () -> region.writeByte(at, (byte) 1)))
                        .as("%s, scalar at %s", region, at)
                        .isEqualTo(expected);
                assertThat(Watch.bytes(STORES, memory, 4, 16, () -> region.fill(at, 1, (byte) 1)))
                        .as("%s, fill at %s", region, at)
                        .isEqualTo(expected);
            }
        }
    }
}
