package org.hostmem.arch.generic;

import java.lang.foreign.MemorySegment;
import org.hostmem.AccessRules;
import org.hostmem.Direction;
import org.hostmem.FaultPolicy;
import org.hostmem.RegionClosedException;
import org.hostmem.RegionFaultException;
import org.hostmem.RegionFaultException.Side;
import org.hostmem.engine.Ladder;
import org.hostmem.spi.Faults;
import org.hostmem.spi.MappedAccessor.Order;
import org.jspecify.annotations.Nullable;

/**
 * Says what a fault becomes (R9): an exception that tells where it was, nothing under a policy that goes on, or the end
 * of the accessor if it was closed meanwhile.
 *
 * <p>Methods that report a fault return normally if the policy is to go on as after an unsupported request.
 */
final class FaultReporter {

    private final RegionState state;
    private final Machine machine;

    FaultReporter(RegionState state, Machine machine) {
        this.state = state;
        this.machine = machine;
    }

    void faulted(long offset, Direction direction, int width) {
        faulted(offset, direction, width, 0, machine.takeFault());
    }

    /**
     * What -1 of a routine means: the value of an 8-byte access, or a fault. Returns -1 if it was the value, or the
     * policy is to go on.
     */
    long allOnesOrFault(long offset, Direction direction, int width, long completed) {
        Fault fault = machine.takeFault();
        if (width < 8 || (fault != null && fault.isNear(state.base + offset))) {
            faulted(offset, direction, width, completed, fault);
        }
        return -1;
    }

    /**
     * Reports the fault of a scalar. Any recorded address counts as the region's, because the kernel's may be some
     * bytes off.
     */
    void faulted(long offset, Direction direction, int width, long completed, @Nullable Fault recorded) {
        faulted(
                offset,
                direction,
                width,
                completed,
                recorded,
                recorded == null || (recorded.address() == 0 && !recorded.isUnknownInstruction())
                        ? Side.UNKNOWN
                        : Side.REGION);
    }

    /** Of a transfer whose other side is an array or a pattern, which are always there. */
    void bulkFaulted(long offset, Direction direction, long length, long completed, Order order) {
        bulkFaulted(offset, direction, length, completed, order, MemorySegment.NULL, 0);
    }

    void bulkFaulted(
            long offset,
            Direction direction,
            long length,
            long completed,
            Order order,
            MemorySegment ram,
            long ramOffset) {
        int width = faultingWidth(offset, direction, length, completed, order);
        long at = order == Order.DESCENDING ? length - completed - width : completed;
        Fault recorded = machine.takeFault();
        Side side = recorded == null
                ? Side.UNKNOWN
                : recorded.side(state.base + offset + at, ram, ramOffset + at, extent(width, length, completed, order));
        faulted(offset + at, direction, width, completed, recorded, side);
    }

    private void faulted(
            long offset, Direction direction, int width, long completed, @Nullable Fault recorded, Side side) {
        if (state.isClosed()) {
            throw new RegionClosedException("the accessor was closed during the access, after " + completed + " bytes");
        }
        if (recorded != null && recorded.isUnknownInstruction()) { // the device may be there: all ones would be a lie
            throw Faults.unknownInstruction(
                    offset,
                    direction,
                    width,
                    completed,
                    recorded.cause() + advice(),
                    state.options().faultTraces());
        }
        if (side == Side.RAM || state.options().fault() == FaultPolicy.THROW) {
            throw new RegionFaultException(
                    offset,
                    direction,
                    width,
                    completed,
                    side,
                    (recorded == null ? Fault.UNRECORDED : recorded).cause(),
                    state.options().faultTraces());
        }
    }

    private String advice() {
        AccessRules rules = state.rules;
        return ": whoever answers does not know this instruction"
                + (rules.answeredBy().mayDecode() && rules.cacheMode().needsExactAccesses()
                        ? ", although hypervisors are known to decode it; report this, with the hypervisor and its"
                                + " version"
                        : "; it may be a hypervisor instead of the hardware: open the region as answered by HYPERVISOR"
                                + " (--answered-by hypervisor)");
    }

    /** Where the fault can be: in the next unit, or, if the machine chooses the units, anywhere in the rest. */
    static long extent(int width, long length, long completed, Order order) {
        return order == Order.UNOBSERVED ? length - completed : width;
    }

    /** The unit of a bulk transfer after those that were completed. */
    int faultingWidth(long offset, Direction direction, long length, long completed, Order order) {
        long rest = length - completed;
        return Ladder.unit(
                state.base + offset + (order == Order.DESCENDING ? rest : completed),
                rest,
                state.widest(direction, order));
    }
}
