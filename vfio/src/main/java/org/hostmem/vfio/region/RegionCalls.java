package org.hostmem.vfio.region;

import org.hostmem.DeviceLimits;
import org.hostmem.DeviceLimits.Wider;
import org.hostmem.vfio.VfioOptions.WideAccess;

/**
 * The calls that reach bytes that are not mapped: system calls, or messages to a server.
 *
 * @param name for rules and reports
 * @param read name of the call
 * @param write name of the call
 * @param limits of what a call carries: wider accesses are split or refused
 * @param whole whether an aligned call of every width within the limits is one access for the device
 * @param source of all this
 */
public record RegionCalls(String name, String read, String write, DeviceLimits limits, boolean whole, String source) {

    /**
     * The bytes of one transaction in configuration space (PCI Local Bus 3.0, 3.2.2.3). A wider call is split or
     * refused.
     */
    private static final int WIDEST_IN_CONFIGURATION_SPACE = 4;

    /** System calls. It is not known whether the kernel splits 8 bytes. */
    public static RegionCalls system(WideAccess wide) {
        return new RegionCalls(
                "pread",
                "pread",
                "pwrite",
                limits(wide),
                wide != WideAccess.KERNEL,
                "drivers/vfio/pci/vfio_pci_rdwr.c vfio_pci_core_do_io_rw");
    }

    /**
     * Messages. One message is one access, and nothing splits it.
     *
     * @param most bytes that the server takes at once, at least one
     * @param wide what becomes of a wider scalar
     */
    public static RegionCalls messages(int most, WideAccess wide) {
        DeviceLimits limits = most >= 8
                ? DeviceLimits.NONE
                : limits(wide, Integer.highestOneBit(most), "REGION_READ and REGION_WRITE of the server");
        return new RegionCalls(
                "message",
                "REGION_READ",
                "REGION_WRITE",
                limits,
                true,
                "the vfio-user protocol: VFIO_USER_REGION_READ and _WRITE");
    }

    /** The calls, for people: {@code pread and pwrite}, or {@code messages}. */
    public String names() {
        return read.equals("pread") ? read + " and " + write : name + "s";
    }

    /** The same calls in the configuration space of a PCI function. */
    public RegionCalls inConfigurationSpace(WideAccess wide) {
        return limits.widest() <= WIDEST_IN_CONFIGURATION_SPACE
                ? this
                : new RegionCalls(
                        name,
                        read,
                        write,
                        limits(wide, WIDEST_IN_CONFIGURATION_SPACE, "configuration space"),
                        true,
                        source);
    }

    /** Of {@code pread} and {@code pwrite}. */
    private static DeviceLimits limits(WideAccess wide) {
        return wide == WideAccess.KERNEL
                ? DeviceLimits.NONE
                : limits(wide, 4, "pread and pwrite, by VfioOptions.WideAccess");
    }

    /** The limits of calls that carry at most so many bytes. */
    private static DeviceLimits limits(WideAccess wide, int widest, String who) {
        return DeviceLimits.NONE
                .withUnits(1, widest)
                .with(wide == WideAccess.REFUSE ? Wider.REFUSE : Wider.CUT)
                .imposedBy(who);
    }
}
