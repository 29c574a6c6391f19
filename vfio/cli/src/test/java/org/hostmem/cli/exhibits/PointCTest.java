package org.hostmem.cli.exhibits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hostmem.cli.exhibits.Watch.Kind.STORES;

import java.lang.foreign.MemorySegment;
import org.hostmem.AccessOptions;
import org.hostmem.AccessRules;
import org.hostmem.AccessRules.Unaligned;
import org.hostmem.CacheMode;
import org.hostmem.HostMemoryAccessor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * No memcpy into host devices off x86-64: it faults there, which is seen in the lab's guests; here it is seen that it
 * makes unaligned stores.
 */
@Tag("R4")
class PointCTest extends PointTest {

    private final MemorySegment memory = Hosts.memory(128);

    PointCTest() {
        super("C");
    }

    @Test
    void memcpyMakesAnUnalignedStoreToAnAlignedPlace() {
        int[] times = Watch.bytes(STORES, memory, 0, 15, () -> Naive.memcpy(memory, Hosts.memory(16), 15));
        int stores = Watch.count(STORES, memory, 0, 8, () -> Naive.memcpy(memory, Hosts.memory(16), 15));
        assertThat(times[6]).isOne();
        assertThat(times[7]).as("a second store begins at 7").isEqualTo(2);
        assertThat(stores).isEqualTo(2);
    }

    @Test
    void onOtherIsasToo() {
        for (String isa : new String[] {"aarch64", "riscv64"}) {
            assertThat(Hosts.seenInTheLab("memcpy-64@3", isa)).as(isa).contains("R4");
        }
        assertThat(Hosts.seenInTheLab("memcpy-15@1", "ppc64le")).contains("R4");
    }

    @Test
    void noPlanForStrictMemoryHasAnUnalignedAccess() {
        int strict = 0;
        for (AccessRules rules : Hosts.allRules()) {
            if (rules.unaligned(8) != Unaligned.SINGLE) {
                strict++;
                for (int offset = 0; offset < 64; offset++) {
                    for (int length = 0; length < 80; length++) {
                        Hosts.write(rules, offset, length)
                                .forEach((at, width) -> assertThat(at & width - 1)
                                        .as(rules.isa())
                                        .isZero());
                    }
                }
            }
        }
        assertThat(strict).isPositive();
    }

    @Test
    void theRamSidesAlignmentChangesNothing() {
        byte[] ram = new byte[128];
        for (HostMemoryAccessor region : Hosts.regions(memory, CacheMode.NONCACHED, AccessOptions.DEFAULT)) {
            for (int ramOffset = 0; ramOffset < 8; ramOffset++) {
                int from = ramOffset;
                // 24 bytes at 8: whatever the units, none crosses from one half of the first 8 to the other but one of
                // all 8.
                assertThat(Watch.count(STORES, memory, 8, 8, () -> region.writeBytes(8, ram, from, 24)))
                        .as("%s from %s", region, from)
                        .isOne();
                assertThat(Watch.bytes(STORES, memory, 3, 32, () -> region.writeBytes(3, ram, from, 32)))
                        .as("%s from %s", region, from)
                        .containsOnly(1);
            }
        }
    }
}
