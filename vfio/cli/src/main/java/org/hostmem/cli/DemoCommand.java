package org.hostmem.cli;

import org.hostmem.vfio.Device;
import org.hostmem.vfio.EmbeddedDevice;
import org.hostmem.vfio.VfioOptions;
import picocli.CommandLine.Command;

/** Shows the main job on the embedded device. */
@Command(
        name = "demo",
        description = {
            "Does the main job on the embedded device, and checks each step against its plan.",
            "It accesses registers, makes DMA of awkward sizes and alignments, an overlapping move and a read of a"
                    + " hole, and causes a fault that the JVM survives. It also shows what memcpy makes of the DMA.",
            "Only an observer outside can show what the CPU really issued: see integration-tests/lab."
        })
final class DemoCommand extends JsonCommand {

    @Override
    int execute() {
        DemoLog log = new DemoLog(json() ? null : out());
        VfioOptions options = Devices.options(EmbeddedDevice.ADDRESS)
                .with(VfioOptions.Foresight.TRY); // to show a fault that is taken, too
        try (Device device = EmbeddedDevice.open(options);
                Device careful = EmbeddedDevice.open()) {
            log.say("The embedded device: BARs of a GPU, made of memory; accesses by the provider "
                    + new HostReport().providerName());
            new DemoAccesses(device, log).run();
            new DemoFaults(device, careful, log).run();
        }
        if (json()) {
            print(log.json());
        } else {
            out().println();
            out().println(log.summary());
            flush();
        }
        return log.allRight() ? 0 : 1;
    }
}
