package org.hostmem.integration.broken;

import static org.assertj.core.api.Assertions.assertThat;

import org.hostmem.integration.Forked;
import org.junit.jupiter.api.Test;

/** A JVM whose signals were taken away dies in the test that looks for that, so it has to be another JVM than ours. */
class StolenSignalsTest {

    private static final int KILLED = 128;

    @Test
    void aJvmThatKeepsItsSignalsPasses() throws Exception {
        Forked.Result good = Forked.withEverything(StolenSignals.class, "--enable-native-access=ALL-UNNAMED");
        assertThat(good.exit()).as(good.output()).isZero();
        assertThat(good.output()).contains("failed [], skipped []");
    }

    @Test
    void aJvmWithoutSigsegvDies() throws Exception {
        Forked.Result dead =
                Forked.withEverything(StolenSignals.class, "--enable-native-access=ALL-UNNAMED", "-Dsteal=true");
        assertThat(dead.exit()).as(dead.output()).isGreaterThan(KILLED);
    }
}
