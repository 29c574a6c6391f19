package org.hostmem.integration.layering.offenders.rooms.low;

import org.hostmem.integration.layering.offenders.rooms.high.High;

/** Knows a room above its own. */
public final class Low {
    /** The dependency. */
    public final Class<?> other = High.class;

    /** Nothing more. */
    public Low() {}
}
