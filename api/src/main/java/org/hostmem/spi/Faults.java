package org.hostmem.spi;

import org.hostmem.AccessOptions;
import org.hostmem.Direction;
import org.hostmem.RegionFaultException;
import org.hostmem.engine.SharedSecrets;

/** For authors of accessors: makes the exceptions of accesses that faulted elsewhere, or that were not made. */
public final class Faults {

    private Faults() {}

    /**
     * {@return the same fault as part of a larger request}
     *
     * @param fault of the part
     * @param completed bytes of the larger request that were transferred before the fault
     */
    public static RegionFaultException within(RegionFaultException fault, long completed) {
        return within(fault, 0, completed);
    }

    /**
     * {@return the same fault, seen from a larger region that the faulting one is a part of}
     *
     * @param fault of the part
     * @param base offset of the part in the larger region
     * @param completed bytes of the larger request that were transferred before the fault
     */
    public static RegionFaultException within(RegionFaultException fault, long base, long completed) {
        return SharedSecrets.faults().within(fault, base, completed);
    }

    /**
     * {@return the fault that an access would have caused if it had been made}
     *
     * @param offset of the access in the region, in bytes
     * @param direction of the access on the region
     * @param width of the access in bytes
     * @param cause what the memory's keeper knows, and what to do about it
     * @param traced {@link AccessOptions#faultTraces}
     */
    public static RegionFaultException foreseen(
            long offset, Direction direction, int width, String cause, boolean traced) {
        return SharedSecrets.faults().foreseen(offset, direction, width, cause, traced);
    }

    /**
     * {@return a fault of an instruction that whoever answers does not know: a hypervisor in the device's place, or the
     * CPU}
     *
     * @param offset of the access in the region, in bytes
     * @param direction of the access on the region
     * @param width of the access in bytes
     * @param completed bytes of this request that were transferred before
     * @param cause as the operating system names it, and what to do
     * @param traced {@link AccessOptions#faultTraces}
     */
    public static RegionFaultException unknownInstruction(
            long offset, Direction direction, int width, long completed, String cause, boolean traced) {
        return SharedSecrets.faults().unknownInstruction(offset, direction, width, completed, cause, traced);
    }
}
