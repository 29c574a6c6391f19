package org.hostmem.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.hostmem.FaultPolicy;
import org.hostmem.HostMemoryAccessor;
import org.hostmem.RegionFaultException;
import org.hostmem.RegionFaultException.Side;
import org.hostmem.spi.UnsupportedRequests;
import org.jspecify.annotations.Nullable;

/**
 * One side of a request that makes several calls, under the {@linkplain FaultPolicy fault policy} of each region. A
 * call does not know the fault of the call before it. So the calls throw their faults to this class. After the first
 * fault the request does not access that region any more.
 */
final class Forgiving {

    private @Nullable HostMemoryAccessor asked;
    private @Nullable HostMemoryAccessor throwing;
    private boolean over;
    /** The regions that have faulted; null if there are none. */
    private @Nullable List<HostMemoryAccessor> gone;

    /** Selects the region that the next calls access. */
    void ask(HostMemoryAccessor accessor) {
        asked = accessor;
        throwing = UnsupportedRequests.throwing(accessor);
        over = gone != null && gone.contains(UnsupportedRequests.wholeRegion(accessor));
    }

    /** The accessor that throws at a fault, if there is one. */
    HostMemoryAccessor accessor() {
        return Objects.requireNonNull(throwing);
    }

    /** Whether the policy may forgive a fault. */
    boolean isNeeded() {
        return throwing != asked;
    }

    boolean isOver() {
        return over;
    }

    /** Goes on without the region, or throws if its policy says so. */
    void forgive(RegionFaultException fault) {
        if (!isNeeded() || fault.side() == Side.RAM) {
            throw fault;
        }
        over = true;
        if (gone == null) {
            gone = new ArrayList<>();
        }
        gone.add(UnsupportedRequests.wholeRegion(Objects.requireNonNull(asked)));
    }

    void end() {
        asked = null;
        throwing = null;
        over = false;
        gone = null;
    }
}
