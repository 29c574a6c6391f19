package org.hostmem.cli;

import java.util.Map;
import org.hostmem.vfio.PciCapability;

/** What the capabilities of PCI are called: {@code PCI_CAP_ID_...} and {@code PCI_EXT_CAP_ID_...} by number. */
final class CapabilityNames {

    private static final Map<Integer, String> CONVENTIONAL = Map.ofEntries(
            Map.entry(0x00, "Null"),
            Map.entry(0x01, "Power Management"),
            Map.entry(0x02, "AGP"),
            Map.entry(0x03, "Vital Product Data"),
            Map.entry(0x04, "Slot ID"),
            Map.entry(0x05, "MSI"),
            Map.entry(0x06, "CompactPCI hot-swap"),
            Map.entry(0x07, "PCI-X"),
            Map.entry(0x08, "HyperTransport"),
            Map.entry(0x09, "Vendor Specific Information"),
            Map.entry(0x0a, "Debug port"),
            Map.entry(0x0b, "CompactPCI central resource control"),
            Map.entry(0x0c, "Hot-plug capable"),
            Map.entry(0x0d, "Subsystem"),
            Map.entry(0x0e, "AGP3"),
            Map.entry(0x0f, "Secure device"),
            Map.entry(0x10, "Express"),
            Map.entry(0x11, "MSI-X"),
            Map.entry(0x12, "SATA HBA"),
            Map.entry(0x13, "PCI Advanced Features"),
            Map.entry(0x14, "Enhanced Allocation"));

    private static final Map<Integer, String> EXTENDED = Map.ofEntries(
            Map.entry(0x00, "Null"),
            Map.entry(0x01, "Advanced Error Reporting"),
            Map.entry(0x02, "Virtual Channel"),
            Map.entry(0x03, "Device Serial Number"),
            Map.entry(0x04, "Power Budgeting"),
            Map.entry(0x05, "Root Complex Link Declaration"),
            Map.entry(0x06, "Root Complex Internal Link Control"),
            Map.entry(0x07, "Root Complex Event Collector"),
            Map.entry(0x08, "Multi-Function Virtual Channel"),
            Map.entry(0x09, "Virtual Channel, with MFVC"),
            Map.entry(0x0a, "Root Complex Register Block"),
            Map.entry(0x0b, "Vendor Specific Information"),
            Map.entry(0x0d, "Access Control Services"),
            Map.entry(0x0e, "Alternative Routing-ID Interpretation"),
            Map.entry(0x0f, "Address Translation Service"),
            Map.entry(0x10, "Single Root I/O Virtualization"),
            Map.entry(0x11, "Multi Root I/O Virtualization"),
            Map.entry(0x12, "Multicast"),
            Map.entry(0x13, "Page Request Interface"),
            Map.entry(0x15, "Resizable BAR"),
            Map.entry(0x16, "Dynamic Power Allocation"),
            Map.entry(0x17, "Transaction Processing Hints"),
            Map.entry(0x18, "Latency Tolerance Reporting"),
            Map.entry(0x19, "Secondary PCI Express"),
            Map.entry(0x1a, "Protocol Multiplexing"),
            Map.entry(0x1b, "Process Address Space ID"),
            Map.entry(0x1d, "Downstream Port Containment"),
            Map.entry(0x1e, "L1 PM Substates"),
            Map.entry(0x1f, "Precision Time Measurement"),
            Map.entry(0x23, "Designated Vendor-Specific"),
            Map.entry(0x24, "Resizable BAR of virtual functions"),
            Map.entry(0x25, "Data Link Feature"),
            Map.entry(0x26, "Physical Layer 16.0 GT/s"),
            Map.entry(0x27, "Lane Margining at the Receiver"),
            Map.entry(0x2a, "Physical Layer 32.0 GT/s"),
            Map.entry(0x2e, "Data Object Exchange"));

    private CapabilityNames() {}

    static String of(PciCapability capability) {
        return (capability.extended() ? EXTENDED : CONVENTIONAL).getOrDefault(capability.id(), "unknown");
    }
}
