package org.hostmem;

import java.nio.ByteOrder;
import java.util.Objects;

/**
 * What the user of a region decides when opening it; everything else is decided by the host. Immutable.
 *
 * @param byteOrder of multi-byte scalars; little-endian for PCI devices, whatever the host is
 * @param unaligned for an unaligned scalar that the host's rules do not allow as one access
 * @param fault for an access that the hardware or the kernel refuses
 */
public record AccessOptions(ByteOrder byteOrder, UnalignedPolicy unaligned, FaultPolicy fault) {

    /** Little-endian, {@link UnalignedPolicy#SPLIT}, {@link FaultPolicy#THROW}. */
    public static final AccessOptions DEFAULT = new AccessOptions(ByteOrder.LITTLE_ENDIAN, UnalignedPolicy.SPLIT, FaultPolicy.THROW);

    /** Checks for {@code null}. */
    public AccessOptions {
        Objects.requireNonNull(byteOrder);
        Objects.requireNonNull(unaligned);
        Objects.requireNonNull(fault);
    }

    /**
     * {@return these options with another byte order}
     *
     * @param byteOrder the new one
     */
    public AccessOptions with(ByteOrder byteOrder) {
        return new AccessOptions(byteOrder, unaligned, fault);
    }

    /**
     * {@return these options with another policy for unaligned scalars}
     *
     * @param unaligned the new one
     */
    public AccessOptions with(UnalignedPolicy unaligned) {
        return new AccessOptions(byteOrder, unaligned, fault);
    }

    /**
     * {@return these options with another policy for faults}
     *
     * @param fault the new one
     */
    public AccessOptions with(FaultPolicy fault) {
        return new AccessOptions(byteOrder, unaligned, fault);
    }
}
