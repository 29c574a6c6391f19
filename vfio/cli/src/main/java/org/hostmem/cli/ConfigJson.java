package org.hostmem.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
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

/** A configuration space for programs. */
final class ConfigJson {

    private ConfigJson() {}

    static JsonObject tree(String address, ConfigSpace config) {
        JsonObject tree = new JsonObject();
        tree.addProperty("address", address);
        tree.addProperty("bytes", config.size());
        tree.addProperty("vendor", config.vendor());
        tree.addProperty("device", config.device());
        tree.addProperty("command", config.command());
        tree.addProperty("status", config.status());
        tree.addProperty("revision", config.revision());
        tree.addProperty("class", config.classCode());
        tree.addProperty("headerType", config.headerType());
        tree.addProperty("multiFunction", config.multiFunction());
        tree.addProperty("subsystemVendor", config.subsystemVendor().orElse(null));
        tree.addProperty("subsystemDevice", config.subsystemDevice().orElse(null));
        tree.addProperty("interruptPin", config.interruptPin());
        JsonArray capabilities = new JsonArray();
        config.capabilities().forEach(each -> capabilities.add(tree(each)));
        tree.add("capabilities", capabilities);
        tree.add("violations", Json.strings(config.violations()));
        return tree;
    }

    private static JsonObject tree(PciCapability capability) {
        JsonObject tree = new JsonObject();
        tree.addProperty("offset", capability.offset());
        tree.addProperty("id", capability.id());
        tree.addProperty("extended", capability.extended());
        tree.addProperty("name", CapabilityNames.of(capability));
        switch (capability) {
            case PowerManagement power -> {
                tree.addProperty("version", power.version());
                tree.add("states", Json.strings(power.states()));
                tree.addProperty("state", power.state().name());
                tree.addProperty("keepsRegisters", power.keepsRegisters());
                tree.addProperty("eventEnabled", power.eventEnabled());
                tree.addProperty("eventPending", power.eventPending());
            }
            case Msi msi -> {
                tree.addProperty("enabled", msi.enabled());
                tree.addProperty("vectors", msi.vectors());
                tree.addProperty("enabledVectors", msi.enabledVectors());
                tree.addProperty("maskable", msi.maskable());
                tree.addProperty("wide", msi.wide());
                tree.addProperty("messageAddress", Quantity.hex(msi.address()));
                tree.addProperty("messageData", msi.data());
            }
            case MsiX msix -> {
                tree.addProperty("enabled", msix.enabled());
                tree.addProperty("vectors", msix.vectors());
                tree.addProperty("masked", msix.masked());
                tree.add("table", tree(msix.table()));
                tree.add("pending", tree(msix.pending()));
            }
            case Express express -> {
                tree.addProperty("version", express.version());
                tree.addProperty("type", ConfigText.type(express.type()));
                tree.addProperty("largestPayload", express.largestPayload());
                tree.addProperty("payload", express.payload());
                tree.addProperty("readRequest", express.readRequest());
                tree.addProperty("resets", express.resets());
                express.link().ifPresent(link -> tree.add("link", tree(link)));
                express.negotiated().ifPresent(link -> tree.add("negotiated", tree(link)));
            }
            case Vendor vendor -> tree.addProperty("length", vendor.length());
            case ExtendedVendor vendor -> {
                tree.addProperty("version", vendor.version());
                tree.addProperty("vendorId", vendor.vendorId());
                tree.addProperty("revision", vendor.revision());
                tree.addProperty("length", vendor.length());
            }
            case Other other -> {
                if (other.extended()) {
                    tree.addProperty("version", other.version());
                }
            }
        }
        return tree;
    }

    private static JsonObject tree(Place place) {
        JsonObject tree = new JsonObject();
        tree.addProperty("region", place.region());
        tree.addProperty("offset", place.offset());
        return tree;
    }

    private static JsonObject tree(Link link) {
        JsonObject tree = new JsonObject();
        tree.addProperty("gigatransfers", link.speed());
        tree.addProperty("lanes", link.lanes());
        return tree;
    }
}
