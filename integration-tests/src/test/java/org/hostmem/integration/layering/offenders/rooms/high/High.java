package org.hostmem.integration.layering.offenders.rooms.high;

/** May be known by nobody below. */
public final class High {

    /** Nothing more. */
    public High() {}
}
