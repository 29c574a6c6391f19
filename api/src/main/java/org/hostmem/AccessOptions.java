package org.hostmem;

import java.nio.ByteOrder;
import java.util.Objects;

/**
 * Says how to open a region: its byte order, its policies, and the limits of its device. The host decides everything
 * else. Immutable.
 */
public final class AccessOptions {

    /** Little-endian, {@link UnalignedPolicy#SPLIT}, {@link FaultPolicy#THROW}, with stack traces, no limits. */
    public static final AccessOptions DEFAULT = new AccessOptions(
            ByteOrder.LITTLE_ENDIAN, UnalignedPolicy.SPLIT, FaultPolicy.THROW, true, DeviceLimits.NONE);

    private final ByteOrder byteOrder;
    private final UnalignedPolicy unaligned;
    private final FaultPolicy fault;
    private final boolean faultTraces;
    private final DeviceLimits limits;

    private AccessOptions(
            ByteOrder byteOrder,
            UnalignedPolicy unaligned,
            FaultPolicy fault,
            boolean faultTraces,
            DeviceLimits limits) {
        Objects.requireNonNull(byteOrder);
        Objects.requireNonNull(unaligned);
        Objects.requireNonNull(fault);
        Objects.requireNonNull(limits);
        this.byteOrder = byteOrder;
        this.unaligned = unaligned;
        this.fault = fault;
        this.faultTraces = faultTraces;
        this.limits = limits;
    }

    /** {@return the byte order of multi-byte scalars; little-endian for PCI devices, whatever the host is} */
    public ByteOrder byteOrder() {
        return byteOrder;
    }

    /** {@return the policy for an unaligned scalar that the host's rules do not allow as one access} */
    public UnalignedPolicy unaligned() {
        return unaligned;
    }

    /** {@return the policy for an access that the hardware or the kernel refuses} */
    public FaultPolicy fault() {
        return fault;
    }

    /** {@return whether a {@link RegionFaultException} has a stack trace, see {@link #withoutFaultTraces}} */
    public boolean faultTraces() {
        return faultTraces;
    }

    /**
     * {@return the accesses that the device accepts; {@link DeviceLimits#NONE} if it accepts all that the ISA allows}
     */
    public DeviceLimits limits() {
        return limits;
    }

    /**
     * {@return these options with faults that have no stack trace. Use them for a guest whose faults are ordinary, such
     * as those of a scan for devices}
     *
     * <p>The trace is most of the cost of a fault: up to 2 microseconds and 3 KB, which grow with the depth of the
     * stack. The rest is about 1 microsecond for the signal and 100 bytes.
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
     * {@return these options for a device that accepts other accesses}
     *
     * @param limits of the device; the new ones
     */
    public AccessOptions with(DeviceLimits limits) {
        return new AccessOptions(byteOrder, unaligned, fault, faultTraces, limits);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof AccessOptions that
                && byteOrder.equals(that.byteOrder)
                && unaligned.equals(that.unaligned)
                && fault.equals(that.fault)
                && faultTraces == that.faultTraces
                && limits.equals(that.limits);
    }

    @Override
    public int hashCode() {
        return Objects.hash(byteOrder, unaligned, fault, faultTraces, limits);
    }

    @Override
    public String toString() {
        return "AccessOptions[byteOrder=" + byteOrder + ", unaligned=" + unaligned + ", fault=" + fault
                + ", faultTraces=" + faultTraces + ", limits=" + limits + "]";
    }
}
