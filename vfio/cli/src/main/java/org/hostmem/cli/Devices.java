package org.hostmem.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.hostmem.CacheMode;
import org.hostmem.vfio.CacheModeCapabilityDecoder;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.EmbeddedDevice;
import org.hostmem.vfio.Region;
import org.hostmem.vfio.Vfio;
import org.hostmem.vfio.VfioException;
import org.hostmem.vfio.VfioOptions;

/** Opens what an address on the command line names. */
final class Devices {

    private Devices() {}

    static boolean isEmbedded(String address) {
        return address.equalsIgnoreCase(EmbeddedDevice.ADDRESS);
    }

    /** Whether each opening by this address may give another device. */
    static boolean isNewEachTime(String address) {
        return isEmbedded(address) || address.startsWith(SOCKET);
    }

    static VfioOptions options(String address) {
        VfioOptions options = VfioOptions.fromProperties();
        return isEmbedded(address)
                ? options.with(new CacheModeCapabilityDecoder(EmbeddedDevice.CACHE_MODE_CAPABILITY))
                : options;
    }

    /** What a command's help says of its ADDRESS. */
    static final String ADDRESS_FORMS =
            "A PCI address, for example 0000:01:00.0; 'embedded': a device made of memory that lives as long as the"
                + " command; a path with a '/' in it: a file, or below /sys the folder of a PCI device or its"
                + " resource0, resource0_wc, ...; fd:N: a descriptor that was inherited; hand-over:PATH: a socket on"
                + " which a process hands over a descriptor ('hostmem hand-over'); unix:PATH: a device served over a"
                + " socket (vfio-user).";

    private static final String ADDRESSES =
            "a PCI address such as 0000:01:00.0, a path with a '/' in it, 'embedded', fd:N, hand-over:PATH or"
                    + " unix:PATH";
    private static final String DESCRIPTOR = "fd:";
    private static final String SOCKET = "hand-over:";
    private static final String SERVER = "unix:";

    /** Opens the device, unless the output of this process goes to its memory. */
    static Device open(String address, VfioOptions options) {
        Device device = opened(address, options);
        try {
            TargetFile.refuseStandardOutput(device);
            return device;
        } catch (RuntimeException refused) {
            device.close();
            throw refused;
        }
    }

    private static Device opened(String address, VfioOptions options) {
        if (isEmbedded(address)) {
            return EmbeddedDevice.open(options);
        }
        if (address.startsWith(DESCRIPTOR)) {
            return Vfio.duplicate(descriptor(address), options);
        }
        if (address.startsWith(SOCKET)) {
            return Vfio.receive(path(address.substring(SOCKET.length())), options);
        }
        if (address.contains("/") && !address.startsWith(SERVER)) {
            Path path = path(address);
            return isBelowSys(path) ? Vfio.sysfs(path, options) : Vfio.file(path, options);
        }
        if (address.isEmpty()) {
            throw new VfioException("the ADDRESS is empty: give " + ADDRESSES);
        }
        if (!address.startsWith(SERVER) && Files.isDirectory(path(address))) {
            throw new VfioException("\"" + address + "\" is a folder and not an address: give " + ADDRESSES);
        }
        if (!address.startsWith(SERVER) && Files.exists(path(address))) {
            throw new VfioException(
                    "\"" + address + "\" is a file and not an address: put ./ before it to open it as a file");
        }
        return Vfio.open(address, options);
    }

    private static int descriptor(String address) {
        String number = address.substring(DESCRIPTOR.length());
        if (!number.matches("[0-9]{1,9}")) {
            throw new VfioException(
                    "\"" + address + "\" is not a descriptor: give fd:N with its decimal number, for example fd:3");
        }
        return Integer.parseInt(number);
    }

    private static Path path(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException impossible) {
            throw new VfioException(
                    "\"" + text.replaceAll("[^ -~]", "?") + "\" is not a path: " + impossible.getReason());
        }
    }

    /** Through links and dots, too; where there is nothing, by its words. */
    private static boolean isBelowSys(Path path) {
        try {
            return path.toRealPath().startsWith("/sys");
        } catch (IOException absent) {
            return path.toAbsolutePath().normalize().startsWith("/sys");
        }
    }

    /**
     * Adds the user's assertion of the cache mode of one region. The embedded device then does not report that mode,
     * because its report would override the assertion.
     */
    static VfioOptions asserting(int region, CacheMode mode) {
        return VfioOptions.fromProperties().asserting(region, mode);
    }

    /** By index, or by the name it has on a PCI device. */
    static Region region(Device device, String region) {
        OptionalInt index = index(region);
        return device.regions().stream()
                .filter(each -> index.isPresent() && each.index() == index.getAsInt())
                .findFirst()
                .orElseThrow(() -> new VfioException(
                        device.address() + " has no region \"" + region + "\": give the index or the name of one of "
                                + device.regions().stream()
                                        .map(each -> each.index() + " (" + each.name() + ")")
                                        .toList()));
    }

    /** Of the region that is meant; empty if it is none anywhere. */
    static OptionalInt index(String region) {
        return region.matches("[0-9]{1,9}") ? OptionalInt.of(Integer.parseInt(region)) : Region.indexOf(region);
    }
}
