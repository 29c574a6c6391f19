package org.hostmem.cli.exhibits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.hostmem.cli.exhibits.Watch.Kind.STORES;

import java.lang.foreign.MemorySegment;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.hostmem.AccessOptions;
import org.hostmem.AccessRules;
import org.hostmem.AccessRules.Unaligned;
import org.hostmem.CacheMode;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.Transfer;
import org.hostmem.spi.ProviderSelection;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Private copies of memcpy and memmove: neither split nor reordered, and by cache mode. */
@Tag("R1")
@Tag("R3")
@Tag("R4")
@Tag("R5")
class PointS2Test extends PointTest {

    private final MemorySegment memory = Hosts.memory(256);
    private final MemorySegment source = Hosts.memory(256);

    PointS2Test() {
        super("S2.1", "S2.2");
    }

    @Test
    void memcpySplitsOrRepeatsOneOfTheFourWidths() {
        assertThat(IntStream.of(WIDTHS)
                        .map(width -> Watch.count(STORES, memory, 0, 8, () -> Naive.memcpy(memory, source, width)))
                        .max()
                        .orElseThrow())
                .isGreaterThan(1);
    }

    @Test
    void aTransferOfOneOfThemIsOneStore() {
        byte[] ram = new byte[8];
        for (HostMemoryAccessor region : Hosts.regions(memory, AccessOptions.DEFAULT)) {
            for (int width : WIDTHS) {
                assertThat(Watch.count(STORES, memory, 8, 8, () -> region.writeBytes(8, ram, 0, width)))
                        .as("%s, %s bytes", region, width)
                        .isOne();
                assertThat(Watch.count(
                                STORES,
                                memory,
                                8,
                                8,
                                () -> region.move(
                                        64, 8, width, Transfer.DEFAULT.with(org.hostmem.OverlapPolicy.REJECT))))
                        .as("%s, move of %s", region, width)
                        .isOne();
            }
        }
    }

    @Test
    void aSequenceOfThemKeepsItsOrder() {
        for (HostMemoryAccessor region : Hosts.regions(memory, AccessOptions.DEFAULT)) {
            assertThat(Watch.order(STORES, memory, 8, new long[] {0, 8, 16, 24}, () -> {
                        region.writeInt(24, 1);
                        region.writeShort(16, (short) 1);
                        region.writeLong(0, 1);
                        region.writeByte(8, (byte) 1);
                        region.writeByte(9, (byte) 1);
                    }))
                    .as(region.toString())
                    .containsExactly(24L, 16L, 0L, 8L, 8L);
        }
    }

    @Test
    void rulesOfEveryIsaAndModeAreDataOnThisHost() {
        Set<String> isas = Hosts.allRules().stream().map(AccessRules::isa).collect(Collectors.toSet());
        assertThat(isas).contains("x86_64", "aarch64", "ppc64", "riscv64", "generic");
        assertThat(Hosts.allRules())
                .hasSize(ProviderSelection.load().providers().size() * CacheMode.values().length)
                .allSatisfy(rules -> assertThat(rules.source())
                        .as("%s %s", rules.isa(), rules.cacheMode())
                        .isNotBlank());
    }

    @Test
    void theModeAloneIsNotEnough() {
        Set<Unaligned> noncached = Hosts.allRules().stream()
                .filter(rules -> rules.cacheMode() == CacheMode.NONCACHED)
                .map(rules -> rules.unaligned(4))
                .collect(Collectors.toSet());
        assertThat(noncached)
                .as("#if defined(__x86_64__) || defined(__aarch64__) has two answers")
                .containsExactlyInAnyOrder(Unaligned.values());
    }
}
