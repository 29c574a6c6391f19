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
 * One side of a request of several calls, under the {@linkplain FaultPolicy fault policy} of each region that it asks.
 * A call of its own would forget the fault of the one before, so faults are thrown to here: from the first on, the
 * request asks that region for nothing any more.
 */
final class Forgiving {

    private @Nullable HostMemoryAccessor asked;
    private @Nullable HostMemoryAccessor throwing;
    private boolean over;
    /** Regions that have faulted; null as long as there are none. */
    private @Nullable List<HostMemoryAccessor> gone;

    /** From now on it is this region that is asked. */
    void ask(HostMemoryAccessor accessor) {
        asked = accessor;
        throwing = UnsupportedRequests.throwing(accessor);
        over = gone != null && gone.contains(UnsupportedRequests.wholeRegion(accessor));
    }

    /** What throws at a fault, if anything does. */
    HostMemoryAccessor accessor() {
        return Objects.requireNonNull(throwing);
    }

    /** Whether there may be anything to forgive. */
    boolean isNeeded() {
        return throwing != asked;
    }

    boolean isOver() {
        return over;
    }

    /** Goes on without the region, or throws if that is its policy. */
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
