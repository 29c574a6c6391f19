package org.hostmem.arch.generic;

import java.lang.foreign.MemorySegment;
import java.util.Set;
import org.hostmem.AccessRules;
import org.hostmem.Direction;
import org.hostmem.FaultPolicy;
import org.hostmem.Guarantee;
import org.hostmem.RegionClosedException;
import org.hostmem.RegionFaultException;
import org.hostmem.RegionFaultException.Side;
import org.hostmem.engine.Ladder;
import org.hostmem.spi.Faults;
import org.hostmem.spi.MappedRegion;

/**
 * What a fault becomes (R9): an exception that says where it was, nothing under a policy that goes on, or the end of
 * the accessor that was closed meanwhile.
 */
abstract class FaultingRegion extends OpenRegion {

    FaultingRegion(MappedRegion region, AccessRules rules, Set<Guarantee> guarantees, OpenRegion parent) {
        super(region, rules, guarantees, parent);
    }

    /** What the thread's last fault was; {@code null} if there was none, so that -1 was the value of an 8-byte load. */
    abstract Fault takeFault();

    // These return if the policy is to go on as after an unsupported request.

    final void faulted(long offset, Direction direction, int width) {
        faulted(offset, direction, width, 0, takeFault());
    }

    /**
     * Of an access without another side, as a scalar: wherever the kernel says that the fault was, for it may be some
     * bytes off.
     */
    final void faulted(long offset, Direction direction, int width, long completed, Fault recorded) {
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
    final void bulkFaulted(long offset, Direction direction, long length, long completed, Order order) {
        bulkFaulted(offset, direction, length, completed, order, MemorySegment.NULL, 0);
    }

    final void bulkFaulted(
            long offset,
            Direction direction,
            long length,
            long completed,
            Order order,
            MemorySegment ram,
            long ramOffset) {
        int width = faultingWidth(offset, direction, length, completed, order);
        long at = order == Order.DESCENDING ? length - completed - width : completed;
        Fault recorded = takeFault();
        Side side = recorded == null ? Side.UNKNOWN : recorded.side(base + offset + at, ram, ramOffset + at, width);
        faulted(offset + at, direction, width, completed, recorded, side);
    }

    private void faulted(long offset, Direction direction, int width, long completed, Fault recorded, Side side) {
        if (isClosed()) {
            throw new RegionClosedException("the accessor was closed during the access, after " + completed + " bytes");
        }
        if (recorded != null && recorded.isUnknownInstruction()) { // the device may be there: all ones would be a lie
            throw Faults.unknownInstruction(
                    offset,
                    direction,
                    width,
                    completed,
                    recorded.cause() + advice(),
                    options().faultTraces());
        }
        if (side == Side.RAM || options().fault() == FaultPolicy.THROW) {
            throw new RegionFaultException(
                    offset,
                    direction,
                    width,
                    completed,
                    side,
                    (recorded == null ? Fault.UNRECORDED : recorded).cause(),
                    options().faultTraces());
        }
    }

    private String advice() {
        return ": whoever answers does not know this instruction"
                + (rules.answeredBy().mayDecode() && rules.cacheMode().isDevice()
                        ? ", though only what hypervisors are known to decode was used; report this, with the"
                                + " hypervisor and its version"
                        : ", as a hypervisor that answers instead of hardware may not; open the region as answered by"
                                + " HYPERVISOR (--answered-by hypervisor)");
    }

    /** The unit of a bulk transfer after those that were completed. */
    final int faultingWidth(long offset, Direction direction, long length, long completed, Order order) {
        long rest = length - completed;
        return Ladder.unit(
                base + offset + (order == Order.DESCENDING ? rest : completed), rest, widest(direction, order));
    }
}
