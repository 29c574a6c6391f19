package org.hostmem;

import java.nio.ByteOrder;
import java.util.Objects;

/**
 * What the user of a region decides when opening it; everything else is decided by the host. Immutable.
 *
 * @param byteOrder of multi-byte scalars; little-endian for PCI devices, whatever the host is
 * @param unaligned for an unaligned scalar that the host's rules do not allow as one access
 * @param fault for an access that the hardware or the kernel refuses
 * @param faultTraces whether a {@link RegionFaultException} has a stack trace, see {@link #withoutFaultTraces}
 * @param limits which accesses the device takes; {@link DeviceLimits#NONE} for what takes whatever the ISA allows
 */
public record AccessOptions(
        ByteOrder byteOrder, UnalignedPolicy unaligned, FaultPolicy fault, boolean faultTraces, DeviceLimits limits) {

    /** Little-endian, {@link UnalignedPolicy#SPLIT}, {@link FaultPolicy#THROW}, with stack traces, no limits. */
    public static final AccessOptions DEFAULT =
            new AccessOptions(ByteOrder.LITTLE_ENDIAN, UnalignedPolicy.SPLIT, FaultPolicy.THROW);

    /** Checks for {@code null}. */
    public AccessOptions {
        Objects.requireNonNull(byteOrder);
        Objects.requireNonNull(unaligned);
        Objects.requireNonNull(fault);
        Objects.requireNonNull(limits);
    }

    /**
     * Without limits of the device.
     *
     * @param byteOrder of multi-byte scalars
     * @param unaligned for an unaligned scalar that the host's rules do not allow as one access
     * @param fault for an access that the hardware or the kernel refuses
     * @param faultTraces whether a {@link RegionFaultException} has a stack trace
     */
    public AccessOptions(ByteOrder byteOrder, UnalignedPolicy unaligned, FaultPolicy fault, boolean faultTraces) {
        this(byteOrder, unaligned, fault, faultTraces, DeviceLimits.NONE);
    }

    /**
     * With stack traces of faults, and without limits of the device.
     *
     * @param byteOrder of multi-byte scalars
     * @param unaligned for an unaligned scalar that the host's rules do not allow as one access
     * @param fault for an access that the hardware or the kernel refuses
     */
    public AccessOptions(ByteOrder byteOrder, UnalignedPolicy unaligned, FaultPolicy fault) {
        this(byteOrder, unaligned, fault, true);
    }

    /**
     * {@return these options for a guest whose faults are ordinary, as those of a scan for devices: a fault says the
     * same, but has no stack trace}
     *
     * <p>A trace is most of what a fault costs: up to 2 microseconds and 3 KB that grow with the depth of the stack,
     * against about 1 microsecond for the signal and 100 bytes.
     */
    public AccessOptions withoutFaultTraces() {
        return new AccessOptions(byteOrder, unaligned, fault, false, limits);
    }

    /**
     * {@return these options with another byte order}
     *
     * @param byteOrder the new one
     */
    public AccessOptions with(ByteOrder byteOrder) {
        return new AccessOptions(byteOrder, unaligned, fault, faultTraces, limits);
    }

    /**
     * {@return these options with another policy for unaligned scalars}
     *
     * @param unaligned the new one
     */
    public AccessOptions with(UnalignedPolicy unaligned) {
        return new AccessOptions(byteOrder, unaligned, fault, faultTraces, limits);
    }

    /**
     * {@return these options with another policy for faults}
     *
     * @param fault the new one
     */
    public AccessOptions with(FaultPolicy fault) {
        return new AccessOptions(byteOrder, unaligned, fault, faultTraces, limits);
    }

    /**
     * {@return these options for a device that takes other accesses}
     *
     * @param limits of the device; the new ones
     */
    public AccessOptions with(DeviceLimits limits) {
        return new AccessOptions(byteOrder, unaligned, fault, faultTraces, limits);
    }
}
