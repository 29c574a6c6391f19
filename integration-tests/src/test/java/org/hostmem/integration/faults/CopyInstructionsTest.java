package org.hostmem.integration.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.hostmem.integration.Forked;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The instructions of FEAT_MOPS, on an emulated CPU that has them. No real one was there. */
class CopyInstructionsTest {

    private static final List<String> WITH_MOPS = List.of("--cpu", "max", "--qemu", "10");

    @Test
    @Tag("lab")
    @DisplayName("R3, R9: UNOBSERVED transfers and fills by cpyfp and setp are exact, and tell a fault")
    void theyAreExactAndTellAFault() throws Exception {
        Forked.Result result =
                CoexistenceTest.onIsa("aarch64", WITH_MOPS, List.of("-XX:+UseSerialGC"), CopyInstructions.class, "");
        assertThat(result.output()).contains("mops: used").contains("105 faults, 0 wrong");
        assertThat(result.exit()).as(result.output()).isZero();
    }
}
