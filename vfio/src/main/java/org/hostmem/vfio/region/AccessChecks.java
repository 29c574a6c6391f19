package org.hostmem.vfio.region;

import java.util.Objects;
import org.hostmem.AccessRejectedException;
import org.hostmem.Direction;
import org.hostmem.RegionCapabilities;
import org.hostmem.RegionClosedException;
import org.hostmem.engine.Checks;

/** The checks of R10, which come before any access. */
public final class AccessChecks {

    private AccessChecks() {}

    public static void open(boolean closed) {
        if (closed) {
            throw closed();
        }
    }

    public static RegionClosedException closed() {
        return new RegionClosedException("the accessor, or its device, is closed; open it again");
    }

    public static void bounds(long offset, long length, long size) {
        if (offset < 0 || length < 0 || offset > size - length) {
            throw Checks.outside(length, offset, size);
        }
    }

    public static void direction(Direction direction, RegionCapabilities region) {
        if (Objects.requireNonNull(direction) == Direction.READ ? !region.readable() : !region.writable()) {
            throw new AccessRejectedException(
                    Checks.noRightTo(direction),
                    "the region may not be " + (direction == Direction.READ ? "read" : "written")
                            + ": the host does not allow it");
        }
    }
}
