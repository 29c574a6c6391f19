package org.hostmem.arch.x86_64;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
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
        })).isEmpty();
    }

    @Test
    void movdir64bIsFoundInLeaf7() {
        assertThat(new X86Provider().detect(Host.none(), (routine, words) -> {
            words[2] = words[0] == 7 ? 1 << 28 : 0;
            words[0] = 7;
            return 0;
        })).containsExactly("movdir64b");
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
        assertThat(new X86Provider().rules(CacheMode.WRITE_COMBINING, Set.of("sse4_1", "avx")).widestRead()).isEqualTo(16);
    }

    @Test
    void unknownMemoryHasTheRulesOfNoncached() {
        for (Set<String> features : Set.of(Set.<String>of(), Set.of("avx"))) {
            assertThat(new X86Provider().rules(CacheMode.UNKNOWN, features)).usingRecursiveComparison().ignoringFields("cacheMode")
                    .isEqualTo(new X86Provider().rules(CacheMode.NONCACHED, features));
        }
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
