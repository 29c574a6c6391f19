package org.hostmem.cli;

import java.util.List;
import java.util.StringJoiner;
import org.hostmem.vfio.ConfigSpace;
import org.hostmem.vfio.PciCapability;
import org.hostmem.vfio.PciCapability.Express;
import org.hostmem.vfio.PciCapability.ExtendedVendor;
import org.hostmem.vfio.PciCapability.Link;
import org.hostmem.vfio.PciCapability.Msi;
import org.hostmem.vfio.PciCapability.MsiX;
import org.hostmem.vfio.PciCapability.Other;
import org.hostmem.vfio.PciCapability.Place;
import org.hostmem.vfio.PciCapability.PowerManagement;
import org.hostmem.vfio.PciCapability.Vendor;
import org.hostmem.vfio.PowerState;

/** A configuration space for people, in the words of {@code lspci}: {@code Mem+} is a bit that is set. */
final class ConfigText {

    /** By bit; an empty one is left out. */
    private static final List<String> COMMAND = List.of(
            "I/O",
            "Mem",
            "BusMaster",
            "SpecCycle",
            "MemWINV",
            "VGASnoop",
            "ParErr",
            "Stepping",
            "SERR",
            "FastB2B",
            "DisINTx");

    private static final List<String> STATUS = List.of(
            "", "", "", "INTx", "Cap", "66MHz", "UDF", "FastB2B", "ParErr", "", "", ">TAbort", "<TAbort", "<MAbort",
            ">SERR", "<PERR");

    /** {@code PCI_EXP_TYPE_...} by number. */
    private static final List<String> TYPES = List.of(
            "Endpoint",
            "Legacy Endpoint",
            "type 2",
            "type 3",
            "Root Port",
            "Upstream Port",
            "Downstream Port",
            "PCI-Express to PCI/PCI-X Bridge",
            "PCI/PCI-X to PCI-Express Bridge",
            "Root Complex Integrated Endpoint",
            "Root Complex Event Collector");

    private ConfigText() {}

    static String of(String address, ConfigSpace config) {
        StringBuilder text = new StringBuilder();
        text.append("%s  %04x:%04x  class %06x  revision %02x  header type %d%n"
                .formatted(
                        address,
                        config.vendor(),
                        config.device(),
                        config.classCode(),
                        config.revision(),
                        config.headerType()));
        config.subsystemVendor()
                .ifPresent(vendor -> text.append("  subsystem  %04x:%04x%n"
                        .formatted(vendor, config.subsystemDevice().orElseThrow())));
        text.append("  control    %s%n".formatted(flags(config.command(), COMMAND)));
        text.append("  status     %s%n".formatted(flags(config.status(), STATUS)));
        if (config.interruptPin() != 0) {
            text.append("  interrupt  pin %s%n".formatted(pin(config.interruptPin())));
        }
        for (PciCapability capability : config.capabilities()) {
            String details = details(capability);
            text.append("  [%02x] %s%s%n"
                    .formatted(
                            capability.offset(),
                            CapabilityNames.of(capability),
                            details.isEmpty() ? "" : ": " + details));
        }
        config.violations()
                .forEach(violation -> text.append("  ! ").append(violation).append(System.lineSeparator()));
        return text.toString();
    }

    static String pin(int pin) {
        return pin <= 4 ? "" + (char) ('A' - 1 + pin) : "" + pin;
    }

    static String flags(int register, List<String> names) {
        StringJoiner text = new StringJoiner(" ");
        for (int bit = 0; bit < names.size(); bit++) {
            if (!names.get(bit).isEmpty()) {
                text.add(flag(names.get(bit), (register & 1 << bit) != 0));
            }
        }
        return text.toString();
    }

    private static String flag(String name, boolean set) {
        return name + (set ? "+" : "-");
    }

    private static String details(PciCapability capability) {
        return switch (capability) {
            case PowerManagement power ->
                "version " + power.version() + ", " + power.state() + ", "
                        + flag("D1", power.states().contains(PowerState.D1)) + " "
                        + flag("D2", power.states().contains(PowerState.D2)) + " "
                        + flag("NoSoftRst", power.keepsRegisters()) + " " + flag("PME-Enable", power.eventEnabled())
                        + " " + flag("PME", power.eventPending());
            case Msi msi ->
                flag("Enable", msi.enabled()) + " Count=" + msi.enabledVectors() + "/" + msi.vectors() + " "
                        + flag("Maskable", msi.maskable()) + " " + flag("64bit", msi.wide())
                        + ", address %x, data %04x".formatted(msi.address(), msi.data());
            case MsiX msix ->
                flag("Enable", msix.enabled()) + " Count=" + msix.vectors() + " " + flag("Masked", msix.masked())
                        + ", table " + place(msix.table()) + ", pending " + place(msix.pending());
            case Express express ->
                "version " + express.version() + ", " + type(express.type()) + ", MaxPayload " + express.payload()
                        + " of " + express.largestPayload() + " bytes, MaxReadReq " + express.readRequest()
                        + " bytes, " + flag("FLReset", express.resets())
                        + express.negotiated()
                                .map(link -> ", link " + link(link) + " of "
                                        + link(express.link().orElseThrow()))
                                .orElse("");
            case Vendor vendor -> vendor.length() + " bytes";
            case ExtendedVendor vendor ->
                "ID=%04x Rev=%x Len=%03x".formatted(vendor.vendorId(), vendor.revision(), vendor.length());
            case Other other -> other.extended() ? "version " + other.version() : "";
        };
    }

    static String type(int type) {
        return type < TYPES.size() ? TYPES.get(type) : "type " + type;
    }

    private static String place(Place place) {
        return "BAR=%d offset=%08x".formatted(place.region(), place.offset());
    }

    private static String link(Link link) {
        return link.speed() + " GT/s x" + link.lanes();
    }
}
