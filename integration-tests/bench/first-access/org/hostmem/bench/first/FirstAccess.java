package org.hostmem.bench.first;

import org.hostmem.AccessOptions;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.EmbeddedDevice;

/** From the start of the JVM to the first access to a device. */
public final class FirstAccess {

    private FirstAccess() {}

    public static void main(String[] args) {
        try (Device device = EmbeddedDevice.open()) {
            int id = device.region(EmbeddedDevice.REGISTERS)
                    .open(AccessOptions.DEFAULT)
                    .readInt(0);
            System.out.println(Integer.toHexString(id));
        }
    }
}
