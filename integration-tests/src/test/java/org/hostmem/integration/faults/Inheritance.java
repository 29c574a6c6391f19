package org.hostmem.integration.faults;

import java.io.IOException;
import java.lang.foreign.Arena;
import org.hostmem.AccessOptions;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.integration.security.Descriptors;
import org.hostmem.vfio.Device;
import org.hostmem.vfio.EmbeddedDevice;

/**
 * Run in a JVM of its own: has the C library start a program while regions are open and mapped, which says what it
 * inherited. Java closes every descriptor in those that it starts itself.
 */
public final class Inheritance {

    private Inheritance() {}

    public static void main(String[] none) throws IOException {
        try (Device device = EmbeddedDevice.open()) {
            device.regions().forEach(region -> use(region.open(AccessOptions.DEFAULT)));
            System.out.println("open: " + Descriptors.names(Descriptors.open()));
            System.out.println("control: " + (int) Native.call("dup", 1));
            Native.call(
                    "system",
                    Arena.global()
                            .allocateFrom(
                                    "ls -l /proc/self/fd | sed 's/^/inherited: /'; sed 's/^/mapped: /' /proc/self/maps")
                            .address());
        }
    }

    private static void use(HostMemoryAccessor accessor) {
        accessor.readByte(0);
    }
}
