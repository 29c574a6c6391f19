package org.hostmem.vfio.region;

import org.hostmem.RegionClosedException;

/** The check of the lifetime (R10), which comes before any access. */
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
}
