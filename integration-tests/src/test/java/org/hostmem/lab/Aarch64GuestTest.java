package org.hostmem.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.hostmem.TransferOrder;
import org.hostmem.lab.Guest.Tier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * On a real arm64 kernel's vfio-pci, whose BARs are Device memory: plain Java faults there, and Hostmem does not, in
 * the interpreter, C1 and C2. One boot for all.
 */
@Tag("lab")
class Aarch64GuestTest {

    /**
     * Bulk both ways and in each order, and a fill, for each size and offset; a read and a write of each scalar width
     * at each offset.
     */
    static final int ACCESSES =
            NoncachedProgram.SIZES * NoncachedProgram.OFFSETS * (2 * TransferOrder.values().length + 1)
                    + NoncachedProgram.OFFSETS * 4 * 2;

    private static Guest guest;
    private static final Map<Tier, Map<String, String>> RESULTS = new EnumMap<>(Tier.class);

    @BeforeAll
    static void boot() throws Exception {
        StringBuilder script = new StringBuilder("set -e\n");
        for (Tier tier : Tier.values()) {
            // A sweep is too short for the usual thresholds.
            script.append(tier.java(
                    NoncachedProgram.class,
                    "-XX:CompileThresholdScaling=0.1",
                    "\"$HOSTMEM_LAB_OUT\"/" + tier + ".results\n"));
        }
        guest = Guest.run("aarch64", script.toString());
        assertThat(guest.exit())
                .as(() -> "exit code of the guest, which said:\n" + guest.output())
                .isZero();
        for (Tier tier : Tier.values()) {
            RESULTS.put(tier, guest.results(tier + ".results"));
        }
    }

    @ParameterizedTest
    @EnumSource(Tier.class)
    void programRanInItsTier(Tier tier) throws IOException {
        List<String> compiled = guest.compiled(tier, NoncachedProgram.class);
        if (tier == Tier.INTERPRETER) {
            assertThat(compiled).isEmpty();
        } else {
            assertThat(compiled).contains("write", "read", "check", "randomize");
        }
    }

    @ParameterizedTest
    @EnumSource(Tier.class)
    void regionHasInstructions(Tier tier) {
        assertThat(RESULTS.get(tier).get("rules")).isEqualTo("aarch64 NONCACHED");
        assertThat(RESULTS.get(tier).get("guarantees")).contains("PRECISE_FAULTS", "EXACTLY_ONCE");
    }

    @ParameterizedTest
    @EnumSource(Tier.class)
    void everySizeAtEveryOffsetArrivesWithoutAFault(Tier tier) {
        assertThat(RESULTS.get(tier).get("done")).isEqualTo("" + ACCESSES);
        assertThat(RESULTS.get(tier).get("failures")).isEqualTo("0");
        assertThat(RESULTS.get(tier).get("failures with those after the controls"))
                .isEqualTo("0");
    }

    @ParameterizedTest
    @EnumSource(Tier.class)
    void plainCopyFaultsAtOddOffsets(Tier tier) {
        assertThat(RESULTS.get(tier))
                .containsEntry("copy 7", "8 of 8 fault")
                .containsEntry("copy 15", "8 of 8 fault")
                .containsEntry("copy 64", "8 of 8 fault");
        assertThat(RESULTS.get(tier)).as("it is the alignment that faults").containsEntry("copy 8 aligned", "0");
    }

    /** The interpreter stores four bytes, one after the other; compiled code does not. */
    @ParameterizedTest
    @CsvSource({"INTERPRETER, none", "C1, fault", "C2, fault"})
    void plainUnalignedStoreFaultsOnceItIsHot(Tier tier, String expected) {
        assertThat(RESULTS.get(tier)).containsEntry("unaligned stores", expected);
    }
}
