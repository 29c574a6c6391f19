package org.hostmem.cli.exhibits;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.hostmem.cli.exhibits.Watch.Kind.STORES;

import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.hostmem.AccessOptions;
import org.hostmem.AccessPlan;
import org.hostmem.AccessRules;
import org.hostmem.CacheMode;
import org.hostmem.Direction;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.TransferOrder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * memcpy is faster than a loop of 8 bytes. How much, is for integration-tests/bin/bench to say; that fewer accesses are
 * made is seen here.
 */
@Tag("R2")
class PointBTest extends PointTest {

    private static final int LENGTH = 1 << 16;

    private final MemorySegment memory = Hosts.memory(LENGTH);
    private final byte[] ram = new byte[LENGTH];

    PointBTest() {
        super("B");
    }

    private static long accesses(AccessRules rules, TransferOrder order) {
        return AccessPlan.bulk(rules, Direction.WRITE, order, 0, 0, LENGTH).accesses();
    }

    @Test
    void oneRoutineForAllMakesTwiceAsManyAccessesOrMore() {
        long loop = LENGTH / 8;
        for (String isa : new String[] {"x86_64", "aarch64", "ppc64"}) {
            assertThat(accesses(Hosts.rules(isa, CacheMode.NORMAL), TransferOrder.RELAXED))
                    .as(isa)
                    .isLessThanOrEqualTo(loop / 2);
        }
    }

    @Test
    void orderCostsOnMemoryThatOtherCpusWatchAndNotOnDevices() {
        for (String isa : new String[] {"x86_64", "aarch64", "ppc64"}) {
            assertThat(accesses(Hosts.rules(isa, CacheMode.NORMAL), TransferOrder.ASCENDING))
                    .as(isa)
                    .isGreaterThan(accesses(Hosts.rules(isa, CacheMode.NORMAL), TransferOrder.RELAXED));
            assertThat(accesses(Hosts.rules(isa, CacheMode.NONCACHED), TransferOrder.ASCENDING))
                    .as(isa)
                    .isEqualTo(accesses(Hosts.rules(isa, CacheMode.NONCACHED), TransferOrder.RELAXED));
        }
    }

    @Test
    void relaxedStillTouchesEveryByteOnce() {
        new Random(2).nextBytes(ram);
        for (HostMemoryAccessor region : Hosts.regions(memory, AccessOptions.DEFAULT)) {
            memory.fill((byte) 0);
            for (int offset : new int[] {0, 3}) {
                int length = 333;
                assertThat(Watch.bytes(
                                STORES,
                                memory,
                                offset,
                                length,
                                () -> region.writeBytes(
                                        offset, MemorySegment.ofArray(ram), 1, length, TransferOrder.RELAXED)))
                        .as("%s at %s", region, offset)
                        .containsOnly(1);
                assertThat(memory.asSlice(offset, length).toArray(JAVA_BYTE))
                        .isEqualTo(java.util.Arrays.copyOfRange(ram, 1, 1 + length));
            }
        }
    }
}
