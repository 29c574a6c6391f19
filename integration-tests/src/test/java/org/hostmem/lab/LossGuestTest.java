package org.hostmem.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.hostmem.lab.Guest.Tier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * R9, R10: what a device does when it is reset or taken away while somebody accesses it, on real kernels, in every
 * tier. One boot for each ISA.
 */
@Tag("lab")
@Tag("R9")
class LossGuestTest {

    private static final String IDENTIFICATION = "10000ed";

    private static final Map<String, Future<Guest>> BOOTS = new HashMap<>();

    @BeforeAll
    static void boot() {
        StringBuilder script = new StringBuilder("set -e\n");
        for (Tier tier : Tier.values()) {
            script.append(tier.java(
                    LossProgram.class,
                    "-XX:CompileThresholdScaling=0.1",
                    "\"$HOSTMEM_LAB_OUT\"/" + tier + ".results\n"));
        }
        for (String isa : List.of("aarch64", "x86_64")) { // the longer first
            BOOTS.put(isa, Guest.start(isa, script.toString(), "--smp", "1"));
        }
    }

    @ParameterizedTest
    @DisplayName("R9: devices that are reset, switched off and removed, and a file that is cut short")
    @ValueSource(strings = {"x86_64", "aarch64"})
    void lossesAreFaultsOrWaitForTheClose(String isa) throws Throwable {
        Guest guest = Guest.await(BOOTS.get(isa));
        assertThat(guest.exit())
                .as(() -> "exit code of the guest, which said:\n" + guest.output())
                .isZero();
        for (Tier tier : Tier.values()) {
            check(tier, guest.results(tier + ".results"));
            checkNarrow(isa, tier, guest.results(tier + ".results"));
        }
    }

    private static void check(Tier tier, Map<String, String> results) {
        assertThat(results)
                .as("%s: reset, while another thread reads", tier)
                .containsEntry("reset.seen", "values")
                .containsEntry("reset.wrong", "0")
                .containsEntry("reset.after", results.get("reset.version"));
        assertThat(results)
                .as("%s: off and on", tier)
                .containsEntry("off.read", "REGION READ 4@8 after 0")
                .containsEntry("on.read", "done");
        assertThat(results)
                .as("%s: removal of a device in use", tier)
                .containsEntry("removal.waits", "true")
                .containsEntry("removal.read", IDENTIFICATION)
                .containsEntry("removal.off.read", "REGION READ 4@0 after 0")
                .containsEntry("removal.off.forgiven", "ffffffff")
                .containsEntry("removal.on.read", IDENTIFICATION)
                .containsEntry("removal.ends", "true");
        assertThat(results)
                .as("%s: afterwards", tier)
                .containsEntry("removed", "true")
                .containsEntry("removed.read", "RegionClosedException")
                .containsEntry("removed.open", "VfioException")
                .containsEntry("back.read", IDENTIFICATION);
        assertThat(results)
                .as("%s: a file that is cut short", tier)
                .containsEntry("whole.write", "done")
                .containsEntry("cut.read", "REGION READ 4@10000 after 0")
                .containsEntry("cut.write", "REGION WRITE 4@10004 after 0")
                .containsEntry("cut.readBulk", "REGION READ N@10000 after 40")
                .containsEntry("cut.fill", "REGION WRITE N@10000 after 24");
    }

    /**
     * edu does not answer accesses of one byte: on a PC nothing comes of it, on aarch64 it is an external abort, whose
     * address the kernel need not know.
     */
    private static void checkNarrow(String isa, Tier tier, Map<String, String> results) {
        if (isa.equals("aarch64")) {
            assertThat(results.get("narrow.read"))
                    .as("%s: external abort", tier)
                    .matches("(REGION|UNKNOWN) READ 1@1 after 0");
            assertThat(results.get("narrow.write"))
                    .as("%s: external abort", tier)
                    .matches("(REGION|UNKNOWN) WRITE 1@2 after 0");
        } else {
            assertThat(results).containsEntry("narrow.read", "done").containsEntry("narrow.write", "done");
        }
    }
}
