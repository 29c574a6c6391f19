package org.hostmem.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;
import org.hostmem.vfio.ConfigSpace;
import org.hostmem.vfio.Device;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** The configuration space, decoded. */
@Command(
        name = "config",
        description = {
            "Decodes the PCI configuration space of devices: the header and the capabilities.",
            "It reads 4 bytes at a time, and writes nothing.",
            "If a list of capabilities is impossible, a line below it says why."
        })
final class ConfigCommand extends JsonCommand {

    @Parameters(index = "0", arity = "1..*", paramLabel = "ADDRESS", description = Devices.ADDRESS_FORMS)
    private List<String> addresses;

    @Mixin
    private WaysIn ways;

    @Override
    int execute() {
        JsonArray devices = new JsonArray();
        for (String address : addresses) {
            try (Device device = Devices.open(address, ways.apply(Devices.options(address)))) {
                ConfigSpace config = device.config();
                if (json()) {
                    devices.add(ConfigJson.tree(address, config));
                } else {
                    out().print(ConfigText.of(address, config));
                }
            }
        }
        if (json()) {
            JsonObject tree = new JsonObject();
            tree.add("devices", devices);
            print(tree);
        }
        flush();
        return 0;
    }
}
