package org.hostmem.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command line of waiting; that it waits is shown with devices of real kernels ({@code WaysGuestTest}). */
class AwaitCommandTest {

    @Test
    void aDeviceWithoutSuchAnInterruptSaysWhichThereAre() {
        Cli run = Cli.run("await embedded msix 3 --timeout 1");
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("embedded", "MSIX", "3", "0 INTX, 0 MSI, 0 MSIX, 0 ERR, 0 REQ");
        assertThat(Cli.run("await embedded msix 3 --json")
                        .json()
                        .getAsJsonObject("error")
                        .get("kind")
                        .getAsString())
                .isEqualTo("VfioException");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "await",
                "await embedded",
                "await embedded nmi",
                "await embedded msi -1",
                "await embedded msi x",
                "await embedded msi 0 --timeout -1",
                "await embedded msi 0 --timeout NaN",
                "await embedded msi 0 --timeout 1e30"
            })
    void wrongUsageIsRefusedBeforeAnythingIsOpened(String command) {
        assertThat(Cli.run(command).code()).isEqualTo(2);
    }

    @Test
    void theKindsAreInTheHelp() {
        assertThat(Cli.run("await --help").out()).contains("intx, msi, msix, err", "--timeout", "--trigger", "--way");
    }
}
