package org.hostmem.vfio.pci;

import java.io.IOException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.hostmem.vfio.VfioException;

/**
 * The part of a PCI device that a path below {@code /sys} names: all BARs, or one.
 *
 * @param address of the device
 * @param bar its index; -1 for all
 * @param writeCombining whether it is the BAR's other file
 */
public record SysfsPath(PciAddress address, int bar, boolean writeCombining) {

    private static final Pattern FORM = Pattern.compile(
            "devices/(?:[^/]+/)*([0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\\.[0-7])(?:/resource([0-5])(_wc)?)?");

    /**
     * Reads a path, through all links: {@code .../bus/pci/devices/X} leads to {@code .../devices/pci0000:00/X}.
     *
     * @param sys {@code /sys}
     * @throws VfioException if it names something else, or does not exist
     */
    public static SysfsPath of(Path sys, Path path) {
        try {
            String below = sys.toRealPath().relativize(path.toRealPath()).toString();
            Matcher matcher = FORM.matcher(below);
            if (matcher.matches()) {
                return new SysfsPath(
                        PciAddress.parse(matcher.group(1)),
                        matcher.group(2) == null ? -1 : Integer.parseInt(matcher.group(2)),
                        matcher.group(3) != null);
            }
        } catch (IOException absent) {
            throw new VfioException(
                    path + ": there is no such file"
                            + (path.toString().endsWith("_wc") ? ": only a prefetchable BAR has one" : "")
                            + "; ls /sys/bus/pci/devices/*/resource? lists the BARs",
                    absent);
        }
        throw new VfioException(path
                + " cannot be opened: below /sys only the folder of a PCI device, its resource0 to resource5,"
                + " and its resource0_wc to resource5_wc");
    }

    public String file() {
        return "resource" + bar + (writeCombining ? "_wc" : "");
    }
}
