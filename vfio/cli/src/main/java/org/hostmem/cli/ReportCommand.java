package org.hostmem.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.hostmem.AccessRules;
import org.hostmem.Barrier;
import org.hostmem.HostMemoryException;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.EmbeddedDevice;
import org.hostmem.vfio.NoAnswerException;
import org.hostmem.vfio.PowerState;
import org.hostmem.vfio.Vfio;
import org.hostmem.vfio.VfioException;
import org.hostmem.vfio.VfioOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Reports the host and its devices. */
@Command(
        name = "report",
        description = {
            "Reports the host, the provider and its guarantees, and every region of the VFIO devices with the accesses"
                    + " that it allows.",
            "It maps each region and touches none of its bytes. A device that cannot be opened is reported with the"
                    + " reason, and the exit code is 1."
        })
final class ReportCommand extends JsonCommand {

    private static final String SUBSTITUTE =
            "no device is bound to a VFIO driver: this is the embedded device, made of memory";

    @Parameters(
            paramLabel = "ADDRESS",
            arity = "0..*",
            description = {
                Devices.ADDRESS_FORMS,
                "Default: all PCI devices that are bound to a VFIO driver, or the embedded "
                        + "device if there are none."
            })
    private List<String> addresses = List.of();

    @Option(
            names = "--cross-check",
            description =
                    "Compare cache modes with the kernel's own list of memory types; on x86, as root. A difference is"
                            + " an error.")
    private boolean crossCheck;

    @Mixin
    private WaysIn ways;

    @Override
    int execute() {
        List<String> wanted = addresses.isEmpty() ? Vfio.addresses() : addresses;
        boolean substitute = wanted.isEmpty();
        if (substitute) {
            wanted = List.of(EmbeddedDevice.ADDRESS);
        }
        HostReport host = new HostReport();
        JsonObject all = new JsonObject();
        JsonArray devices = new JsonArray();
        if (json()) {
            host.addTo(all);
        } else {
            host.print(out());
        }
        boolean failed = !host.hasProvider();
        for (String address : wanted) {
            failed |= !device(address, substitute, devices);
        }
        if (json()) {
            all.add("devices", devices);
            print(all);
        }
        flush();
        return failed ? 1 : 0;
    }

    private boolean device(String address, boolean substitute, JsonArray devices) {
        try {
            VfioOptions options = ways.apply(Devices.options(address));
            try (Device device = Devices.open(address, options)) {
                List<RegionReport> regions = device.regions().stream()
                        .map(region -> RegionReport.of(region, options, crossCheck))
                        .toList();
                if (json()) {
                    devices.add(tree(device, substitute, regions));
                } else {
                    text(device, substitute, regions);
                }
                return regions.stream().allMatch(RegionReport::isRight);
            }
        } catch (HostMemoryException refused) {
            err().println(Failures.PREFIX + refused.getMessage());
            JsonObject one = new JsonObject();
            one.addProperty("address", address);
            one.add("error", Failures.error(refused, refused.getMessage()));
            one.add("regions", new JsonArray());
            devices.add(one);
            return false;
        }
    }

    private JsonObject tree(Device device, boolean substitute, List<RegionReport> regions) {
        JsonObject one = new JsonObject();
        one.addProperty("address", device.address());
        one.addProperty("driver", device.driver());
        one.addProperty("way", device.way());
        one.addProperty("embedded", Devices.isEmbedded(device.address()));
        if (substitute) {
            one.addProperty("note", SUBSTITUTE);
        }
        one.add("memoryEnabled", answer(() -> new JsonPrimitive(device.memoryEnabled())));
        one.add("powerState", answer(() -> new JsonPrimitive(device.powerState().name())));
        String why = whyUnanswered(device);
        if (why != null) {
            one.addProperty("noAnswer", why);
        }
        one.addProperty("resettable", device.resettable());
        DmaReport.of(device).addTo(one);
        JsonArray array = new JsonArray();
        regions.forEach(region -> array.add(region.json()));
        one.add("regions", array);
        return one;
    }

    /** The value of a register. Not every device has it, and not every device answers. */
    private static JsonElement answer(Supplier<JsonElement> question) {
        try {
            return question.get();
        } catch (VfioException noAnswer) {
            return JsonNull.INSTANCE;
        }
    }

    /** Why a device does not answer; null if it does. */
    private static @Nullable String whyUnanswered(Device device) {
        try {
            device.memoryEnabled();
            return null;
        } catch (NoAnswerException silent) {
            return silent.getMessage();
        } catch (VfioException noCommandRegister) {
            return null;
        }
    }

    private void text(Device device, boolean substitute, List<RegionReport> regions) {
        out().println();
        JsonElement memory = answer(() -> new JsonPrimitive(device.memoryEnabled()));
        JsonElement power = answer(() -> new JsonPrimitive(device.powerState().name()));
        String why = whyUnanswered(device);
        String enabled = memory.isJsonNull() ? "" : memory.getAsBoolean() ? ", memory enabled" : ", memory disabled";
        boolean awake = power.isJsonNull() || power.getAsString().equals(PowerState.D0.name());
        out().println("device    " + device.address() + ", driver " + device.driver() + ", by " + device.way()
                + (why != null ? ", no answer" : enabled) + (awake ? "" : ", asleep in " + power.getAsString())
                + (device.resettable() ? ", can be reset" : ", cannot be reset"));
        if (why != null) {
            out().println("          " + why);
        }
        if (substitute) {
            out().println("          " + SUBSTITUTE);
        }
        out().println();
        Table table = new Table(
                ">region",
                "name",
                ">size",
                "flags",
                "cache mode",
                "source",
                "sure",
                "unaligned",
                ">read",
                ">write",
                ">ordered",
                "reached by");
        regions.forEach(region -> table.row(region.cells()));
        table.print("  ", out());
        out().println();
        DmaReport.of(device).print(out());
        List<String> details = new ArrayList<>();
        Map<Map<Barrier, String>, List<Integer>> barriers = new LinkedHashMap<>();
        Map<String, List<Integer>> notes = new LinkedHashMap<>();
        for (RegionReport region : regions) {
            region.details(details);
            AccessRules rules = region.rules();
            if (rules != null) {
                barriers.computeIfAbsent(rules.barriers(), unseen -> new ArrayList<>())
                        .add(region.region().index());
                rules.notes()
                        .forEach(note -> notes.computeIfAbsent(note, unseen -> new ArrayList<>())
                                .add(region.region().index()));
            }
        }
        out().println();
        barriers.forEach((instructions, of) ->
                out().println("  barriers of regions " + of + ": " + RulesCommand.barriers(instructions)));
        notes.forEach((note, of) -> out().println("  rules of regions " + of + ": " + note));
        details.forEach(out()::println);
    }
}
