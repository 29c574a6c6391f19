package org.hostmem.cli;

import java.util.List;
import org.hostmem.AnsweredBy;
import org.hostmem.vfio.VfioInterface;
import org.hostmem.vfio.VfioOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options of every command that opens devices: the ways to try, and who answers. */
final class WaysIn {

    @Option(
            names = "--way",
            paramLabel = "cdev|group",
            converter = ByName.class,
            description = "Open a PCI device by this way only. Default: cdev if it exists, else group.")
    private @Nullable VfioInterface way;

    @Option(
            names = "--no-iommu",
            description = {
                "Allow a PCI device to be opened without an IOMMU, if there is no other way. Nothing keeps such a"
                        + " device from reading and writing",
                "all of this host's memory, and the kernel is tainted. Needs root, and enable_unsafe_noiommu_mode=1 of"
                        + " the module vfio."
            })
    private boolean noIommu;

    @Option(
            names = "--answered-by",
            paramLabel = "hardware|hypervisor|unknown",
            description = {
                "Who answers accesses to the device. In a guest, assert hardware for a "
                        + "device that was passed through to it.",
                "Default: hardware; in a guest unknown, and then only instructions that "
                        + "hypervisors decode are used."
            })
    private @Nullable AnsweredBy answeredBy;

    VfioOptions apply(VfioOptions options) {
        return through(answeredBy == null ? options : options.asserting(answeredBy));
    }

    private VfioOptions through(VfioOptions options) {
        if (way != null) {
            VfioOptions one = options.through(way);
            return noIommu
                    ? one.through(
                            way, way == VfioInterface.CDEV ? VfioInterface.NO_IOMMU_CDEV : VfioInterface.NO_IOMMU_GROUP)
                    : one;
        }
        return noIommu ? options.allowingNoIommu() : options;
    }

    /** {@code cdev} or {@code group}. */
    static final class ByName implements ITypeConverter<VfioInterface> {
        @Override
        public VfioInterface convert(String text) {
            return List.of(VfioInterface.CDEV, VfioInterface.GROUP).stream()
                    .filter(way -> way.toString().equalsIgnoreCase(text))
                    .findFirst()
                    .orElseThrow(
                            () -> new TypeConversionException("expected one of [cdev, group] but was '" + text + "'"));
        }
    }
}
