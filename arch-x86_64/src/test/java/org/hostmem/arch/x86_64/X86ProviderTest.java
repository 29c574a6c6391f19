package org.hostmem.arch.x86_64;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.hostmem.AccessRules;
import org.hostmem.CacheMode;
import org.hostmem.arch.generic.Probe;
import org.hostmem.spi.Host;
import org.junit.jupiter.api.Test;

class X86ProviderTest {

    private static final int SSE4_1 = 1 << 19;
    private static final int OSXSAVE = 1 << 27;
    private static final int AVX = 1 << 28;

    @Test
    void avxCountsIfBothHalvesOfTheRegistersAreSaved() {
        assertThat(detect(SSE4_1 | OSXSAVE | AVX, 7)).containsExactlyInAnyOrder("sse4_1", "avx");
    }

    @Test
    void avxDoesNotCountIfOnlyTheUpperHalvesAreSaved() {
        assertThat(detect(SSE4_1 | OSXSAVE | AVX, 4)).containsExactly("sse4_1");
    }

    @Test
    void xgetbvIsNotRunWithoutOsxsave() {
        assertThat(new X86Provider().detect(Host.none(), (routine, words) -> {
                    assertThat(routine).isEqualTo("cpuid");
                    words[2] = words[0] == 1 ? AVX : 0;
                    return 0;
                }))
                .isEmpty();
    }

    @Test
    void movdir64bIsFoundInLeaf7() {
        assertThat(new X86Provider().detect(Host.none(), (routine, words) -> {
                    words[2] = words[0] == 7 ? 1 << 28 : 0;
                    words[0] = 7;
                    return 0;
                }))
                .containsExactly("movdir64b");
    }

    @Test
    void avx512CountsIfAllItsRegistersAreSaved() {
        assertThat(detectAvx512(0xe7)).containsExactlyInAnyOrder("avx", "avx512");
    }

    @Test
    void avx512DoesNotCountIfTheUpperSixteenAreNotSaved() {
        assertThat(detectAvx512(0x67)).containsExactly("avx");
    }

    @Test
    void writeCombiningReadsAreNoWiderThanMovntdqa() {
        assertThat(new X86Provider()
                        .rules(CacheMode.WRITE_COMBINING, Set.of("sse4_1", "avx"))
                        .widestRead())
                .isEqualTo(16);
    }

    @Test
    void noFeatureMakesTheUnitsOfUnknownMemoryWiderThanAScalar() {
        AccessRules rules = new X86Provider().rules(CacheMode.UNKNOWN, new X86Provider().knownFeatures());
        assertThat(List.of(rules.widestRead(), rules.widestWrite(), rules.widestAscending()))
                .containsOnly(8);
    }

    @Test
    void sixteenBytesAreOneAccessOnIntelAndAmdWithAvx() {
        assertThat(detectVendor("GenuineIntel", AVX)).contains(X86Rules.AVX_ATOMIC16);
        assertThat(detectVendor("AuthenticAMD", AVX)).contains(X86Rules.AVX_ATOMIC16);
    }

    @Test
    void sixteenBytesAreNotOneAccessWithoutAvx() {
        assertThat(detectVendor("GenuineIntel", 0)).isEmpty();
    }

    @Test
    void sixteenBytesAreNotOneAccessWhereNoManualSaysSo() {
        assertThat(detectVendor("HygonGenuine", AVX)).isEmpty();
    }

    @Test
    void ascendingUnitsOfNormalMemoryAreNoWiderThanWhatIsAtomic() {
        X86Provider provider = new X86Provider();
        assertThat(provider.rules(CacheMode.NORMAL, Set.of("avx", "avx512")).widestAscending())
                .isEqualTo(8);
        assertThat(provider.rules(CacheMode.NORMAL, provider.knownFeatures()).widestAscending())
                .isEqualTo(16);
        assertThat(provider.rules(CacheMode.NORMAL, provider.knownFeatures()).widestWrite())
                .as("any order")
                .isEqualTo(64);
    }

    private static Set<String> detectVendor(String vendor, int ecx) {
        ByteBuffer name =
                ByteBuffer.wrap(vendor.getBytes(StandardCharsets.US_ASCII)).order(ByteOrder.LITTLE_ENDIAN);
        return new X86Provider().detect(Host.none(), (routine, words) -> {
            boolean first = words[0] == 0;
            words[1] = name.getInt(0);
            words[3] = name.getInt(4);
            words[2] = first ? name.getInt(8) : words[0] == 1 ? ecx : 0;
            words[0] = 1;
            return 0;
        });
    }

    private static Set<String> detectAvx512(long xcr0) {
        return new X86Provider().detect(Host.none(), (routine, words) -> {
            if (routine.equals("cpuid")) {
                words[2] = words[0] == 7 ? 1 << 6 : words[0] == 1 ? OSXSAVE | AVX : 0;
                words[0] = 7;
            }
            return xcr0;
        });
    }

    private static Set<String> detect(int ecx, long xcr0) {
        Probe probe = (routine, words) -> {
            if (routine.equals("cpuid")) {
                words[2] = words[0] == 1 ? ecx : 0;
            }
            return xcr0;
        };
        return new X86Provider().detect(Host.none(), probe);
    }
}
