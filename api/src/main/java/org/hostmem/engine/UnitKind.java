package org.hostmem.engine;

/** The kind of the units of a run of a plan. */
public enum UnitKind {
    /** Exactly the bytes of the request. */
    EXACT,
    /** Each unit is two halves, the higher one first. */
    HIGH_HALF_FIRST,
    /** Units wider than the request. */
    WIDENED,
    /** Bytes whose units the machine chooses. */
    CHOSEN
}
