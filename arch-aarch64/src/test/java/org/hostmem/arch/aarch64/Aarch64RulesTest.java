package org.hostmem.arch.aarch64;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.hostmem.AccessRules;
import org.hostmem.CacheMode;
import org.hostmem.arch.generic.AscendingRow;
import org.junit.jupiter.api.Test;

class Aarch64RulesTest {

    private final Aarch64Provider provider = new Aarch64Provider();

    /** Which instructions order the sides of these routines is read from the listing by a test of integration-tests. */
    @Test
    void ascendingTransfersOfMemoryThatCpusWatchAreOrderedOnTheSidesThatTheyHave() {
        for (CacheMode mode : List.of(CacheMode.NORMAL, CacheMode.UNKNOWN)) {
            AscendingRow row =
                    Aarch64Rules.ISA.ascending(mode, provider.knownFeatures()).orElseThrow();
            assertThat(List.of(row.read(), row.write(), row.copy()))
                    .containsExactly("fromDeviceOrdered8", "toDeviceOrdered8", "copyOrdered8");
            assertThat(row.unit()).isEqualTo(8);
        }
    }

    @Test
    void onDeviceMemoryItIsTheOrderInTheProgramThatCounts() {
        for (CacheMode mode : List.of(CacheMode.WRITE_COMBINING, CacheMode.DEVICE, CacheMode.NONCACHED)) {
            assertThat(Aarch64Rules.ISA.ascending(mode, provider.knownFeatures()))
                    .as("%s", mode)
                    .isEmpty();
        }
    }

    @Test
    void noFeatureMakesTheUnitsOfUnknownMemoryWiderThanAScalar() {
        for (Set<String> features : List.of(Set.<String>of(), provider.knownFeatures())) {
            AccessRules rules = provider.rules(CacheMode.UNKNOWN, features);
            assertThat(List.of(rules.widestRead(), rules.widestWrite(), rules.widestAscending()))
                    .containsOnly(8);
        }
    }
}
