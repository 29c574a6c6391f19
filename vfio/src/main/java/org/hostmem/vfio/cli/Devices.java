package org.hostmem.vfio.cli;

import java.util.Locale;
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

    private Devices() {
    }

    static boolean isEmbedded(String address) {
        return address.equalsIgnoreCase(EmbeddedDevice.ADDRESS);
    }

    static VfioOptions options(String address) {
        return isEmbedded(address) ? VfioOptions.none().with(new CacheModeCapabilityDecoder(EmbeddedDevice.CACHE_MODE_CAPABILITY)) : VfioOptions.fromProperties();
    }

    static Device open(String address, VfioOptions options) {
        return isEmbedded(address) ? EmbeddedDevice.open(options) : Vfio.open(address, options);
    }

    /** With the user's word on the cache mode of one region. An embedded device then keeps silent about it: its report would count more. */
    static VfioOptions asserting(String address, int region, CacheMode mode) {
        VfioOptions options = isEmbedded(address) ? VfioOptions.none() : options(address);
        return options.asserting(region, mode);
    }

    /** By index, or by the name it has on a PCI device. */
    static Region region(Device device, String region) {
        String name = region.toUpperCase(Locale.ROOT);
        if (name.matches("[0-9]{1,9}")) {
            return device.region(Integer.parseInt(name));
        }
        return device.regions().stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow(() -> new VfioException(
                device.address() + " has no region " + region + "; there are " + device.regions().stream().map(each -> each.index() + " (" + each.name() + ")").toList()));
    }
}
