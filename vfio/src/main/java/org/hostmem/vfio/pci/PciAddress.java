package org.hostmem.vfio.pci;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.hostmem.vfio.VfioException;

/**
 * The address of a PCI function, in the one form that sysfs and VFIO use. It becomes part of paths, so nothing else
 * gets through.
 *
 * @param text for example {@code 0000:01:00.0}
 */
public record PciAddress(String text) {
    private static final Pattern FORM = Pattern.compile("(?:([0-9a-f]{4,8}):)?([0-9a-f]{2}:[01][0-9a-f]\\.[0-7])");

    /**
     * Reads an address; the domain may be left out, and upper case is allowed.
     *
     * @throws VfioException if the text is not an address
     */
    public static PciAddress parse(String address) {
        Matcher matcher = FORM.matcher(address.toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            throw new VfioException("\"" + printable(address)
                    + "\" is not a PCI address: give DOMAIN:BUS:DEVICE.FUNCTION in hexadecimal, for example"
                    + " 0000:01:00.0, as ls /sys/bus/pci/devices shows");
        }
        return new PciAddress((matcher.group(1) == null ? "0000" : matcher.group(1)) + ":" + matcher.group(2));
    }

    /** The address in a text; empty if the text is not an address. */
    public static Optional<PciAddress> find(String text) {
        return FORM.matcher(text).matches() ? Optional.of(parse(text)) : Optional.empty();
    }

    private static String printable(String text) {
        return text.substring(0, Math.min(40, text.length())).replaceAll("[^ -~]", "?");
    }

    @Override
    public String toString() {
        return text;
    }
}
